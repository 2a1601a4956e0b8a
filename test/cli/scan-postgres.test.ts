/** `cardea scan` on PostgreSQL: what it reads, as whom, and that it leaves nothing behind. */
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type pg from 'pg'
import { parsePolicy } from '../../src/policy/load.js'
import { connected } from '../catalog/support.js'
import { type Database, describePostgres, postgres } from '../support/databases.js'
import { cards, scanned, verdicts } from './scan-kit.js'
import { cardea, inDirectory } from './support.js'

async function fresh(script: (client: pg.Client) => Promise<void>): Promise<Database> {
  const database = await postgres.database()
  const client = await connected(database.url)
  try {
    await script(client)
  } finally {
    await client.end()
  }
  return database
}

/** A role that may sign in to the database and nothing else; the caller grants. */
async function role(database: Database, name: string, ...grants: readonly string[]): Promise<string> {
  const client = await connected(database.url)
  try {
    await client.query(`create role ${name} login password 'x'`)
    for (const grant of grants) await client.query(grant)
  } finally {
    await client.end()
  }
  const url = new URL(database.url)
  url.username = name
  url.password = 'x'
  return url.href
}

async function dropped(database: Database, name: string): Promise<void> {
  const client = await connected(database.url)
  await client.query(`drop owned by ${name}; drop role ${name}`)
  await client.end()
}

const PANS = cards(60)
const list = (numbers: readonly string[]) => numbers.map(number => `('${number}')`).join(', ')

describePostgres('cardea scan on PostgreSQL: types and names', () => {
  let database: Database
  beforeAll(async () => {
    database = await fresh(async client => {
      await client.query(`
        create schema "My Shop";
        create domain digits as text;
        create domain secret_bytes as bytea;
        create type pair as (a text, b int);
        create table "My Shop"."Order.Items" (
          "Id" bigint generated always as identity primary key,
          "Ref "" *" text, whole bigint, exact numeric(30,4), fixed char(30), floating float8, own digits,
          raw bytea, packed bytea, owned secret_bytes, list text[], numbers bigint[], doc jsonb, old json, two pair, mark xml,
          derived text generated always as (lower("Ref "" *")) stored,
          big numeric, flag bool, at timestamptz default now(), day date default current_date, uid uuid default gen_random_uuid(),
          empty text, net inet default '10.0.0.1', span int4range, moment interval, bits bit(3), words tsvector);
        create table counts (id bigint primary key, serial_no bigint);
        insert into counts select n, 4000000000000000 + n from generate_series(1, 500) n;
        create table nothing_yet (id int, card_number text, cvv text);
        create view shown as select "Ref "" *" from "My Shop"."Order.Items";
        create materialized view copied as select 1 as one with no data`)
      const insert = `insert into "My Shop"."Order.Items"
        ("Ref "" *", whole, exact, fixed, floating, own, raw, packed, owned, list, numbers, doc, old, two, mark, big)
        select p, p::bigint, p::numeric, p, p::float8, p, convert_to(p, 'UTF8'), decode(p, 'hex'), convert_to(p, 'UTF8'), array[p, null], array[p::bigint],
          jsonb_build_object('card', jsonb_build_object('number', p::bigint)), json_build_object('n', p), row(p, 1)::pair, xmlelement(name x, p), p::numeric * 1000000000000 + 987654321987
        from (values ${list(PANS)}) v(p)`
      await client.query(insert)
      await client.query(
        `create materialized view copies as select "Ref "" *" as one from "My Shop"."Order.Items"`,
      )
    })
  })
  afterAll(() => database.drop())

  test('numbers are found in every type that can hold them, and in nothing else', async () => {
    const { code, report } = await scanned(database.url)
    const at = (column: string) => `My Shop.Order.Items.${column}`
    expect([code, report.unread]).toEqual([1, []])
    expect(verdicts(report)).toEqual({
      ...Object.fromEntries(
        [
          'Ref " *',
          'whole',
          'exact',
          'fixed',
          'floating',
          'own',
          'raw',
          'packed',
          'owned',
          'list',
          'numbers',
          'doc',
          'old',
          'derived',
        ].map(column => [at(column), 'pan']),
      ),
      'public.copies.one': 'pan',
      'public.nothing_yet.card_number': 'pan?',
      'public.nothing_yet.cvv': 'sad?',
    })
    expect(report.found.find(({ column }) => column === 'doc')).toMatchObject({ at: 'card.number' })
    expect(report.holding.map(({ column, holds, values }) => [column, holds, values])).toEqual([
      ['two', 'pan', 60],
      ['mark', 'pan', 60],
    ])
    expect(report.skipped).toEqual([{ schema: 'public', relation: 'shown', why: 'a view' }])
  })

  test('the policy loads, and labels exactly those columns', () =>
    inDirectory(async at => {
      const { out, err } = await cardea('scan', database.url, '--policy')
      expect(err).toBe('')
      expect(parsePolicy(out).labels).toContainEqual({
        column: '"My Shop"."Order.Items"."Ref "" *"',
        label: 'pan',
      })
      await writeFile(at('policy.yaml'), out)
      const { report } = await scanned(database.url, '--policy-file', at('policy.yaml'))
      expect(report.found.filter(({ covered }) => !covered).map(({ column }) => column)).toEqual([
        'card_number',
        'cvv',
      ])
      const ignoring = ['--ignore', 'nothing_yet.*', '--only', 'public.nothing_yet']
      expect(await cardea('scan', database.url, ...ignoring)).toMatchObject({ code: 0 })
      expect(await cardea('scan', database.url, '--only', 'nothing_yet')).toMatchObject({ code: 1 })
    }))
})

describePostgres('cardea scan on PostgreSQL: large, partitioned and inherited tables', () => {
  let database: Database
  beforeAll(async () => {
    database = await fresh(async client => {
      await client.query(`
        create table archive (id bigint, ref text, pad text);
        create table parts (id bigint, ref text) partition by range (id);
        create table parts_1 partition of parts for values from (0) to (20000);
        create table parts_2 partition of parts for values from (20000) to (40000) partition by range (id);
        create table parts_2a partition of parts_2 default;
        create table parent (id int, ref text);
        create table child (extra text) inherits (parent);
        insert into parent select n, 'none' from generate_series(1, 600) n`)
      const pans = `(array[${PANS.map(pan => `'${pan}'`).join(',')}])[1 + n % 60]`
      // Card numbers came late: the first rows know nothing of them.
      await client.query(`
        insert into archive select n, case when n > 5000 then ${pans} else 'none' end, repeat('x', 100)
          from generate_series(1, 40000) n;
        insert into parts select n, case when n > 20000 then ${pans} else 'none' end from generate_series(0, 39999) n;
        insert into child select n, ${pans}, '' from generate_series(1, 100) n`)
    })
  })
  afterAll(() => database.drop())

  test.each(['before', 'after'])('are sampled all over, %s ANALYZE, the same at every run', async when => {
    if (when === 'after') {
      const client = await connected(database.url)
      await client.query('analyze')
      await client.end()
    }
    const { code, report } = await scanned(database.url, '--rows', '500')
    expect(code).toBe(1)
    const seen = new Map(
      [...report.found, ...report.holding].map(each => [`${each.relation}.${each.column}`, each]),
    )
    expect([...seen.keys()].sort()).toEqual(['archive.ref', 'child.ref', 'parts.ref'])
    expect(report.rows).toBeLessThanOrEqual(3 * 500 + 100)
    expect(report.tables).toBe(4)
    expect(verdicts(report)).toEqual({ 'public.archive.ref': 'pan', 'public.child.ref': 'pan' })
    expect(report.found).toMatchObject([{ sample: 'pages' }, { sample: 'whole', rows: 100 }])
    expect((await scanned(database.url, '--rows', '500')).report).toEqual(report)
  })
})

describePostgres('cardea scan on PostgreSQL: what may not be read', () => {
  let database: Database
  beforeAll(async () => {
    database = await fresh(client =>
      client
        .query(`
        create schema closed;
        create table cards (id int, pan text, secret text);
        create table hidden (pan text);
        create table closed.far (pan text);
        create table secured (pan text);
        alter table secured enable row level security;
        create policy own on secured using (pan = current_user);
        insert into cards select 1, p, 'x' from (values ${list(PANS)}) v(p);
        insert into hidden select pan from cards;
        insert into secured select pan from cards`)
        .then(() => {}),
    )
  })
  afterAll(() => database.drop())

  test('is named, and the code says incomplete; SELECT on a column is enough for that column', async () => {
    const name = `cardea_scan_${process.pid}_a`
    const url = await role(
      database,
      name,
      `grant select (id, pan) on cards to ${name}`,
      `grant select on secured to ${name}`,
    )
    try {
      const { code, report } = await scanned(url)
      expect(code).toBe(2)
      expect(verdicts(report)).toEqual({ 'public.cards.pan': 'pan' })
      expect(report.unread).toEqual([
        { schema: 'closed', relation: 'far', why: 'may not be read' },
        { schema: 'public', relation: 'cards', columns: ['secret'], why: 'may not be read' },
        { schema: 'public', relation: 'hidden', why: 'may not be read' },
        { schema: 'public', relation: 'secured', why: 'may not be read' },
      ])
      const { code: few } = await scanned(url, '--only', 'cards')
      expect(few).toBe(2)
    } finally {
      await dropped(database, name)
    }
  })

  test('a role with SELECT alone is enough, and nothing is written', async () => {
    const name = `cardea_scan_${process.pid}_b`
    const url = await role(
      database,
      name,
      `grant usage on schema closed to ${name}`,
      `grant select on cards, hidden, closed.far to ${name}`,
    )
    const client = await connected(database.url)
    try {
      const state = async () => {
        await client.query('select pg_stat_clear_snapshot()')
        const { rows } = await client.query(`
          select (select sum(n_tup_ins + n_tup_upd + n_tup_del)::text from pg_stat_all_tables
                  where schemaname !~ '^pg_') as writes,
            (select md5(string_agg(t::text || ctid::text || xmin::text || xmax::text, ',')) from cards t) as rows,
            (select count(*)::text from pg_class) as objects,
            (select string_agg(relname || relfilenode, ',' order by oid) from pg_class
              where relnamespace = 'public'::regnamespace) as storage`)
        return rows[0]
      }
      const before = await state()
      const { code, report } = await scanned(url, '--only', 'cards', '--only', 'hidden', '--only', 'closed.*')
      expect([code, report.unread]).toEqual([1, []])
      expect(await state()).toEqual(before)
    } finally {
      await client.end()
      await dropped(database, name)
    }
  })

  test('a table that somebody has locked is passed by, and nobody waits behind', async () => {
    const holder = await connected(database.url)
    try {
      await holder.query('begin; lock table hidden in access exclusive mode')
      const { code, report } = await scanned(database.url, '--connections', '1')
      expect(code).toBe(2)
      expect(report.unread).toEqual([{ schema: 'public', relation: 'hidden', why: 'is locked' }])
      expect(verdicts(report)).toMatchObject({ 'public.cards.pan': 'pan', 'public.secured.pan': 'pan' })
    } finally {
      await holder.query('rollback')
      await holder.end()
    }
  })

  test('a statement that takes too long is given up', async () => {
    expect(await cardea('scan', database.url, '--only', 'slow')).toMatchObject({ code: 2, out: '' })
    const client = await connected(database.url)
    try {
      // Cells of 4 MB, each to be unpacked.
      await client.query(`
        create table slow (id int, t json);
        insert into slow select n, to_json(repeat('ab', 2000000)) from generate_series(1, 20) n`)
      const { code, report } = await scanned(database.url, '--only', 'slow', '--timeout', '5')
      expect([code, report.unread]).toEqual([
        2,
        [{ schema: 'public', relation: 'slow', why: 'took too long' }],
      ])
    } finally {
      await client.query('drop table slow')
      await client.end()
    }
  })
})

describePostgres('cardea scan on PostgreSQL: many', () => {
  test('tables and columns', async () => {
    const database = await fresh(async client => {
      const columns = (count: number) => Array.from({ length: count }, (_, at) => `c${at} text`).join(', ')
      await client.query(`create table wide (${columns(1_000)}, last_one text)`)
      await client.query(`insert into wide (c3, last_one) select p, p from (values ${list(PANS)}) v(p)`)
      await client.query(
        `do $$ begin for n in 1..400 loop execute format('create table t%s (id int, a text)', n); end loop; end $$`,
      )
      await client.query(`insert into t77 select 1, p from (values ${list(PANS)}) v(p)`)
    })
    try {
      const { code, report, err } = await scanned(database.url, '--progress', '--connections', '3')
      expect([code, report.tables, report.columns]).toEqual([1, 401, 1_801])
      expect(verdicts(report)).toEqual({
        'public.t77.a': 'pan',
        'public.wide.c3': 'pan',
        'public.wide.last_one': 'pan',
      })
      expect(err).toMatch(/^401 of 401 tables$/m)
    } finally {
      await database.drop()
    }
  })
})
