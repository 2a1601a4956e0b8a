import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { postgresCatalog } from '../../src/catalog/postgres.js'
import { STATE } from '../../src/catalog/postgres-queries.js'
import { CardeaError, ConfigurationError } from '../../src/errors.js'
import { type Database, describePostgres, postgres } from '../support/databases.js'
import { columnNames, connected, Holding, probe, TestClock } from './support.js'

const SCHEMA = `
create schema other;
create table cards (id int primary key, pan text not null);
create table parents (a int);
create table children () inherits (parents);
create view shown as select pan from cards;
create sequence numbers;
create function twice(int) returns int language sql immutable as 'select $1 * 2';
create operator === (leftarg = text, rightarg = text, function = pg_catalog.texteq);
create function noop() returns trigger language plpgsql as 'begin return new; end';
create type mood as enum ('a');
create table moods (m mood);
create table refers (card int);
`

/** Every kind of change that a picture must not survive. */
const CHANGES: readonly string[] = [
  'create table fresh (id int)',
  'drop table fresh',
  'alter table cards add column cvv text',
  'alter table cards rename column pan to number',
  'alter table cards alter column cvv type varchar(40)',
  'alter table cards drop column cvv',
  'alter table cards alter column number drop not null',
  'alter table cards rename to card',
  'alter table card set schema other',
  'alter table other.card add constraint one unique (number)',
  'alter table other.card drop constraint one',
  'create unique index by_number on other.card (number)',
  'drop index other.by_number',
  'create or replace view shown as select number as pan from other.card where id > 0',
  'create materialized view kept as select 1 as one',
  'create trigger t before insert on other.card for each row execute function noop()',
  'drop trigger t on other.card',
  'create rule r as on insert to other.card do also notify x',
  'drop rule r on other.card',
  'alter table refers add constraint fk foreign key (card) references other.card (id) on delete cascade',
  'alter table refers drop constraint fk',
  'alter table children no inherit parents',
  'alter table children inherit parents',
  "create or replace function twice(int) returns int language sql volatile as 'select $1 * 2'",
  'drop function twice(int)',
  'drop operator === (text, text)',
  'create procedure p() language sql as $$select 1$$',
  'alter type mood rename to temper',
  'alter sequence numbers rename to figures',
  'alter schema other rename to another',
]

/** What leaves the schema as it was. */
const NOISE: readonly string[] = [
  "insert into cards values (1, '4111111111111111')",
  'update cards set id = 2',
  'analyze cards',
  'vacuum cards',
  'create temporary table passing (id int primary key, pan text); create temporary view passing_view as select 1',
  "select nextval('numbers')",
  'delete from cards',
]

describePostgres('a cached picture of PostgreSQL', () => {
  let database: Database
  let client: pg.Client
  let other: pg.Client

  beforeEach(async () => {
    database = await postgres.database()
    client = await connected(database.url)
    other = await connected(database.url)
    await client.query(SCHEMA)
  })
  afterEach(async () => {
    await Promise.all([client.end(), other.end()])
    await database.drop()
  })

  test('is the same object until something changes, and costs no statement', async () => {
    const { source, sent } = probe(client)
    const first = await source.current()
    const before = sent.length
    expect(source.current()).toBe(first)
    expect(sent).toHaveLength(before)
  })

  test('notices every kind of DDL of another session on revalidate', async () => {
    const { source } = probe(client)
    let known = await source.current()
    for (const change of CHANGES) {
      await other.query(change)
      expect(source.current()).toBe(known)
      const seen = await source.revalidate()
      expect([change, seen.version === known.version]).toEqual([change, false])
      expect([change, seen.version]).toEqual([change, (await probe(client).source.current()).version])
      known = seen
    }
  })

  test('stays, with one statement, through everything that is no change', async () => {
    const { source, sent } = probe(client)
    const known = await source.current()
    for (const noise of NOISE) {
      await other.query(noise)
      sent.length = 0
      expect(await source.revalidate()).toBe(known)
      expect([noise, sent]).toEqual([noise, [STATE]])
    }
  })

  test('does not see a change before it is committed', async () => {
    const { source } = probe(client)
    const known = await source.current()
    await other.query('begin; create table pending (id int)')
    expect(await source.revalidate()).toBe(known)
    await other.query('commit')
    expect(columnNames(await source.revalidate(), 'pending')).toEqual(['id'])
  })

  test('is the same object again when a reload finds the same content', async () => {
    const { source, sent } = probe(client)
    const known = await source.current()
    await other.query('truncate cards; comment on table cards is $$x$$; create index plain on cards (pan)')
    sent.length = 0
    expect(await source.revalidate()).toBe(known)
    expect(sent.length).toBeGreaterThan(1)
  })

  test('is read again after invalidate, whatever was being compared before', async () => {
    const holding = new Holding()
    const { source } = probe(client, [], undefined, holding.after)
    await source.current()
    const answered = holding.hold()
    const early = source.revalidate()
    await answered
    await other.query('create table late (id int)')
    source.invalidate()
    const late = source.current()
    holding.release()
    expect((await early).relations.some(each => each.name === 'late')).toBe(false)
    expect(columnNames(await late, 'late')).toEqual(['id'])
    expect(columnNames(await source.current(), 'late')).toEqual(['id'])
  })

  test('costs one statement after invalidate where nothing has changed', async () => {
    const { source, sent } = probe(client)
    const known = await source.current()
    source.invalidate()
    sent.length = 0
    expect(await source.current()).toBe(known)
    expect(sent).toEqual([STATE])
  })

  test('is not kept when it was invalidated while being compared', async () => {
    const holding = new Holding()
    const { source } = probe(client, [], undefined, holding.after)
    await source.current()
    const answered = holding.hold()
    const early = source.revalidate()
    await answered
    await other.query('create table late (id int)')
    source.invalidate()
    holding.release()
    await early
    expect(columnNames(await source.current(), 'late')).toEqual(['id'])
  })

  test('is read once for any number of callers', async () => {
    const { source, sent } = probe(client)
    const all = await Promise.all(Array.from({ length: 50 }, () => source.current()))
    expect(new Set(all).size).toBe(1)
    expect(new Set(sent).size).toBe(sent.length - 1)
    sent.length = 0
    const again = await Promise.all(Array.from({ length: 50 }, () => source.revalidate()))
    expect(new Set([...again, ...all]).size).toBe(1)
    expect(sent).toEqual([STATE, STATE])
  })

  test('a revalidate never rests on a comparison that began before it', async () => {
    const holding = new Holding()
    const { source } = probe(client, [], undefined, holding.after)
    const known = await source.current()
    const answered = holding.hold()
    const first = source.revalidate()
    await answered
    await other.query('create table between_two (id int)')
    const second = source.revalidate()
    holding.release()
    expect(await first).toBe(known)
    expect(columnNames(await second, 'between_two')).toEqual(['id'])
  })

  test('parts read while the schema changed are read again', async () => {
    let changes = 0
    const { source } = probe(client, [], async sql => {
      if (sql !== STATE && changes < 2) {
        changes += 1
        await other.query(`alter table cards add column c${changes} text`)
      }
    })
    expect(columnNames(await source.current(), 'cards')).toEqual(['id', 'pan', 'c1', 'c2'])
  })

  test('a schema that never holds still is unavailable', async () => {
    let changes = 0
    const { source } = probe(client, [], async sql => {
      changes += 1
      if (sql !== STATE) await other.query(`create table t${changes} (id int)`)
    })
    await expect(source.current()).rejects.toMatchObject({ code: 'CARDEA_CATALOG_UNAVAILABLE' })
  })

  test('is compared beside the statements after half its time', async () => {
    const { source, clock, sent } = probe(client)
    const known = await source.current()
    await other.query('create table fresh (id int)')
    sent.length = 0
    clock.pass(29_999)
    expect(source.current()).toBe(known)
    expect(sent).toEqual([])
    clock.pass(1)
    expect(source.current()).toBe(known)
    expect(source.current()).toBe(known)
    expect(sent).toEqual([STATE])
    while (source.current() === known) await new Promise(resolve => setImmediate(resolve))
    expect(columnNames(await source.current(), 'fresh')).toEqual(['id'])
  })

  test('is not handed out uncompared after its whole time', async () => {
    const { source, clock } = probe(client)
    await source.current()
    await other.query('create table fresh (id int)')
    clock.pass(60_000)
    expect(columnNames(await source.current(), 'fresh')).toEqual(['id'])
  })

  test('is gone when the comparison fails', async () => {
    const { source, clock } = probe(client)
    const known = await source.current()
    await client.end()
    clock.pass(30_000)
    expect(source.current()).toBe(known)
    await expect(source.revalidate()).rejects.toMatchObject({ code: 'CARDEA_CATALOG_UNAVAILABLE' })
    await expect(source.current()).rejects.toBeInstanceOf(CardeaError)
  })

  test('comes back after a failure', async () => {
    let failing = true
    const { source } = probe(client, [], () => {
      if (failing) throw new Error('down')
    })
    await expect(source.current()).rejects.toBeInstanceOf(CardeaError)
    failing = false
    expect(columnNames(await source.current(), 'cards')).toEqual(['id', 'pan'])
  })
})

describePostgres('a catalog that cannot be read', () => {
  let database: Database
  beforeAll(async () => {
    database = await postgres.database()
  })
  afterAll(() => database.drop())

  function overPool(config: pg.PoolConfig) {
    const pool = new pg.Pool(config)
    const query = async (sql: string, params: readonly unknown[]) => (await pool.query(sql, [...params])).rows
    return { pool, source: postgresCatalog({ query, labels: [], clock: new TestClock() }) }
  }

  test.each([
    ['nobody listens', (url: URL) => Object.assign(url, { port: '1' }), 'ECONNREFUSED'],
    ['the password is wrong', (url: URL) => Object.assign(url, { password: 'guess-me' }), '28P01'],
    ['there is no such database', (url: URL) => Object.assign(url, { pathname: '/secret_name' }), '3D000'],
  ])('says why and no more when %s', async (_, change, code) => {
    const url = change(new URL(database.url))
    const { pool, source } = overPool({ connectionString: url.href })
    const error = await Promise.resolve(source.current()).catch((reason: unknown) => reason)
    await pool.end()
    expect(error).toBeInstanceOf(CardeaError)
    const told = `${error} ${JSON.stringify(error)} ${(error as Error).stack?.split('\n')[0]}`
    expect(told).toContain(code)
    for (const secret of [url.host, url.password, url.pathname, 'guess-me', 'secret_name', database.user]) {
      expect(told).not.toContain(secret)
    }
    expect((error as Error).cause).toBeUndefined()
  })

  test('refuses rows of another shape', async () => {
    const source = postgresCatalog({ query: async () => [{ digest: 1 }], labels: [], clock: new TestClock() })
    await expect(source.current()).rejects.toMatchObject({ code: 'CARDEA_CATALOG_UNAVAILABLE' })
  })
})

describe('a catalog with options that cannot be honoured', () => {
  test('is refused at once', () => {
    const query = async () => []
    const clock = new TestClock()
    expect(() => postgresCatalog({ query, clock, labels: [{ column: 'pan', label: 'pan' }] })).toThrow(
      ConfigurationError,
    )
    for (const maxAgeMs of [0, -1, Number.NaN]) {
      expect(() => postgresCatalog({ query, clock, labels: [], maxAgeMs })).toThrow(ConfigurationError)
    }
  })
})
