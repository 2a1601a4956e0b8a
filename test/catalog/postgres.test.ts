import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type pg from 'pg'
import type { Catalog, CatalogRoutine } from '../../src/model/catalog.js'
import { type Database, describePostgres, postgres } from '../support/databases.js'
import { columnNames, connected, labelled, probe, relation } from './support.js'

const SCHEMA = `
create schema billing;
create table cards (
  id int primary key, pan text not null, exp date, note varchar(20), gone int, amount numeric(12,2),
  unique (pan, exp), unique (note) deferrable initially deferred);
alter table cards drop column gone;
create unique index partial_key on cards (exp) where exp is not null;
create unique index expression_key on cards (lower(pan));
create unique index other_collation on cards (note collate "C");
create unique index with_payload on cards (amount) include (note);
create table "Odd ""Name"" ünï" ("Pan.Nummer" text, "select" int, "ÅÄÖ" int unique);
create table audited (id int primary key);
create table quiet (id int primary key, card int references cards (id) on delete cascade);
create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger on_audited before insert on audited for each row execute function touch();
create table ruled (id int);
create rule also as on insert to ruled do also notify someone;
create view plain_view as select id, pan as number from cards;
create view nested_view as select number from plain_view;
create materialized view stored_view as select pan from cards;
create sequence numbers;
create foreign data wrapper nowhere;
create server nowhere foreign data wrapper nowhere;
create foreign table away (pan text) server nowhere;
create domain card_number as text;
create type money_pair as (a int, b card_number);
create table typed (number card_number, pair money_pair, many int[], at timestamptz, flag bool not null);
create unlogged table unlogged_one (id int);
create temporary table fleeting (pan text);
create table no_columns ();
create function billing.upper(text) returns text language sql immutable as 'select $1';
create procedure billing.run() language sql as 'select 1';
create aggregate billing.total(int) (sfunc = int4pl, stype = int);
create operator billing.=== (leftarg = text, rightarg = text, function = pg_catalog.texteq);
`

const TREE = `
create table events (id int not null, pan text, at date not null, primary key (id, at)) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01') partition by list (id);
create table events_2025_1 partition of events_2025 for values in (1);
create trigger deep before insert on events_2025_1 for each row execute function touch();
create table animals (id int primary key, chip text);
create table dogs (id int primary key, bark text) inherits (animals);
create table puppies () inherits (dogs);
create table pets (chip text, owner text);
create table cats () inherits (animals, pets);
`

describePostgres('the catalog of a PostgreSQL database', () => {
  let database: Database
  let client: pg.Client
  let catalog: Catalog

  beforeAll(async () => {
    database = await postgres.database()
    client = await connected(database.url)
    await client.query(SCHEMA)
    await client.query(TREE)
    catalog = await probe(client).source.current()
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  test('knows every kind of relation', () => {
    const kinds = catalog.relations.filter(each => !each.system).map(each => `${each.name}: ${each.kind}`)
    expect(kinds).toEqual(
      [
        'Odd "Name" ünï: table',
        ...['animals', 'audited'].map(name => `${name}: table`),
        'away: foreign-table',
        ...['cards', 'cats', 'dogs'].map(name => `${name}: table`),
        ...['events', 'events_2024', 'events_2025', 'events_2025_1'].map(name => `${name}: table`),
        'nested_view: view',
        'no_columns: table',
        'numbers: sequence',
        ...['pets'].map(name => `${name}: table`),
        'plain_view: view',
        ...['puppies', 'quiet', 'ruled'].map(name => `${name}: table`),
        'stored_view: materialized-view',
        'typed: table',
        'unlogged_one: table',
      ].sort((a, b) => (a < b ? -1 : 1)),
    )
  })

  test('knows the engine’s own relations and says so', () => {
    const system = new Set(catalog.relations.filter(each => each.system).map(each => each.schema))
    expect([...system].sort()).toEqual(['information_schema', 'pg_catalog'])
    expect(columnNames(catalog, 'pg_class', 'pg_catalog')).toContain('relname')
    expect(relation(catalog, 'tables', 'information_schema').kind).toBe('view')
  })

  test('leaves out temporary tables and TOAST, which other sessions have differently', () => {
    expect(catalog.relations.filter(each => /^pg_(temp|toast)/.test(each.schema))).toEqual([])
    expect(catalog.relations.some(each => each.name === 'fleeting')).toBe(false)
  })

  test('lists columns as * expands them, without dropped ones', async () => {
    expect(columnNames(catalog, 'cards')).toEqual(['id', 'pan', 'exp', 'note', 'amount'])
    for (const each of catalog.relations.filter(({ system, kind }) => !system && kind === 'table')) {
      const name = `"${each.schema}"."${each.name.replaceAll('"', '""')}"`
      const { fields } = await client.query(`select * from ${name} limit 0`)
      expect([each.name, each.columns.map(column => column.name)]).toEqual([
        each.name,
        fields.map(field => field.name),
      ])
      expect(new Set([each.id, ...fields.map(field => field.tableID)]).size).toBe(1)
    }
  })

  test('keeps names as they are, however odd', () => {
    expect(relation(catalog, 'Odd "Name" ünï')).toMatchObject({
      columns: [{ name: 'Pan.Nummer' }, { name: 'select' }, { name: 'ÅÄÖ' }],
      keys: [['ÅÄÖ']],
    })
  })

  test('names types as the engine does, with the schema of those it did not bring', () => {
    const types = relation(catalog, 'typed').columns.map(({ type, nullable }) => `${type} ${nullable}`)
    expect(types).toEqual([
      'public.card_number true',
      'public.money_pair true',
      'integer[] true',
      'timestamp with time zone true',
      'boolean false',
    ])
    expect(relation(catalog, 'cards').columns.map(column => column.type)).toEqual([
      'integer',
      'text',
      'date',
      'character varying',
      'numeric',
    ])
  })

  test('counts as a key only what makes equality unique', () => {
    expect(relation(catalog, 'cards').keys).toEqual([['amount'], ['id'], ['pan', 'exp']])
    expect(relation(catalog, 'events').keys).toEqual([['id', 'at']])
    expect(relation(catalog, 'animals').keys).toEqual([])
    expect(relation(catalog, 'dogs').keys).toEqual([])
    expect(relation(catalog, 'audited').keys).toEqual([['id']])
  })

  test('a key really finds one row at most, children included', async () => {
    await client.query("insert into animals values (1, 'a'); insert into dogs values (1, 'b', 'wuff')")
    const { rows } = await client.query('select * from animals where id = 1')
    expect(rows).toHaveLength(2)
  })

  test('gives the query of a view with every name qualified', () => {
    const definition = relation(catalog, 'plain_view').definition
    expect(definition?.replace(/\s+/g, ' ')).toMatch(
      /^SELECT (cards\.)?id, (cards\.)?pan AS number FROM public\.cards$/,
    )
    expect(relation(catalog, 'nested_view').definition).toContain('public.plain_view')
    expect(relation(catalog, 'stored_view').definition).toContain('public.cards')
    expect(relation(catalog, 'cards').definition).toBeUndefined()
  })

  test('says where a write may set off more than itself', () => {
    const names = catalog.relations
      .filter(each => each.hasTriggersOrRules && !each.system)
      .map(each => each.name)
    expect(names).toEqual(['audited', 'cards', 'events', 'events_2025', 'events_2025_1', 'ruled'])
  })

  test('lists routines and operators that are not the engine’s', () => {
    const byName = (a: CatalogRoutine, b: CatalogRoutine) => (a.name < b.name ? -1 : 1)
    const expected: CatalogRoutine[] = [
      { schema: 'public', name: 'touch', kind: 'function', volatility: 'volatile' },
      {
        schema: 'billing',
        name: '===',
        kind: 'operator',
        volatility: 'immutable',
        arguments: ['text', 'text'],
      },
      { schema: 'billing', name: 'run', kind: 'procedure', volatility: 'volatile' },
      {
        schema: 'billing',
        name: 'total',
        kind: 'aggregate',
        volatility: 'immutable',
        arguments: ['other'],
      },
      {
        schema: 'billing',
        name: 'upper',
        kind: 'function',
        volatility: 'immutable',
        arguments: ['text'],
        hidden: true,
      },
    ]
    expect([...catalog.routines].sort(byName)).toEqual(expected.sort(byName))
  })

  test('a label on any member of a family labels all of them', async () => {
    const at = async (column: string) =>
      labelled(await probe(client, [{ column, label: 'pan' }]).source.current())
    const events = ['events', 'events_2024', 'events_2025', 'events_2025_1'].map(
      name => `public.${name}.pan=pan`,
    )
    expect(await at('events.pan')).toEqual(events)
    expect(await at('events_2025_1.pan')).toEqual(events)
    const chips = ['animals', 'cats', 'dogs', 'pets', 'puppies'].map(name => `public.${name}.chip=pan`)
    expect(await at('animals.chip')).toEqual(chips)
    expect(await at('pets.chip')).toEqual(chips)
    expect(await at('dogs.bark')).toEqual(['public.dogs.bark=pan', 'public.puppies.bark=pan'])
    expect(await at('billing.*.*')).toEqual([])
  })

  test('a role without any privilege sees the same schema', async () => {
    const role = `${database.database}_nobody`
    await client.query(
      `create role ${role} login password 'x'; grant connect on database ${database.database} to ${role}`,
    )
    const url = new URL(database.url)
    url.username = role
    url.password = 'x'
    const nobody = await connected(url.href)
    try {
      const theirs = await probe(nobody).source.current()
      expect(theirs.relations).toEqual(catalog.relations)
      expect(theirs.routines).toEqual(catalog.routines)
      await expect(nobody.query('select * from public.cards')).rejects.toThrow('permission denied')
    } finally {
      await nobody.end()
      await client.query(`drop owned by ${role}; drop role ${role}`)
    }
  })
})

describePostgres('the search path', () => {
  let database: Database
  beforeAll(async () => {
    database = await postgres.database()
  })
  afterAll(() => database.drop())

  async function pathWith(setup: string): Promise<readonly string[]> {
    const client = await connected(database.url)
    try {
      await client.query(setup)
      return (await probe(client).source.current()).searchPath
    } finally {
      await client.end()
    }
  }

  test('is that of the role, in order, without schemas that do not exist', async () => {
    expect(await pathWith('create schema "Odd, One"; create schema b')).toEqual(['public'])
    expect(await pathWith('set search_path = "Odd, One", missing, public, b')).toEqual([
      'Odd, One',
      'public',
      'b',
    ])
    expect(await pathWith('create schema authorization current_user')).toEqual([database.user, 'public'])
    expect(await pathWith("set search_path = ''")).toEqual([])
  })

  test('shows pg_catalog where somebody put it behind other schemas', async () => {
    expect(await pathWith('set search_path = public, pg_catalog')).toEqual(['public', 'pg_catalog'])
  })

  test('is part of the version, and is left as it was', async () => {
    const client = await connected(database.url)
    const { source } = probe(client)
    const before = await source.current()
    await client.query('set search_path = b')
    const after = await source.revalidate()
    expect(after.searchPath).toEqual(['b'])
    expect(after.version).not.toBe(before.version)
    expect((await client.query('show search_path')).rows).toEqual([{ search_path: 'b' }])
    await client.end()
  })

  test('a routine that somebody put into a schema of the engine is listed', async () => {
    const client = await connected(database.url)
    await client.query('set allow_system_table_mods = on')
    await client.query("create function pg_catalog.lower(int) returns text language sql as $$ select 'x' $$")
    const { routines } = await probe(client).source.current()
    expect(routines).toEqual([
      { schema: 'pg_catalog', name: 'lower', kind: 'function', volatility: 'volatile', arguments: ['other'] },
    ])
    await client.end()
  })
})
