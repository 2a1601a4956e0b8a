import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type mysql from 'mysql2/promise'
import { mysqlCatalog } from '../../src/catalog/mysql.js'
import { STATE } from '../../src/catalog/mysql-queries.js'
import { CardeaError, ConfigurationError } from '../../src/errors.js'
import { type Database, describeMariadb, mariadb } from '../support/databases.js'
import { mysqlConnected, mysqlProbe, runScript } from './mysql-support.js'
import { columnNames, TestClock } from './support.js'

const SCHEMA = `
create table cards (id int primary key, pan varchar(40) not null);
create table refers (id int primary key, card int);
create view shown as select pan from cards;
create function twice(a int) returns int deterministic no sql return a * 2;
`

/** Every kind of change that a picture must not survive. */
const CHANGES: readonly string[] = [
  'create table fresh (id int)',
  'drop table fresh',
  'alter table cards add column cvv varchar(4)',
  'alter table cards modify column cvv varchar(40) first',
  'alter table cards modify column cvv int',
  'alter table cards modify column cvv int not null',
  'alter table cards modify column cvv int invisible',
  'alter table cards drop column cvv',
  'alter table cards add column tail varchar(9) as (right(pan, 9)) virtual',
  'alter table cards add column copied varchar(40) default (pan)',
  'alter table cards rename column copied to copied_too',
  'alter table cards modify column id int auto_increment',
  'alter table cards add unique only_one (copied_too)',
  'alter table cards drop index only_one, add unique only_one (copied_too(3))',
  'create or replace view shown as select pan from cards where id > 0',
  'create trigger t before insert on refers for each row set new.card = 1',
  'drop trigger t',
  'alter table refers add constraint fk foreign key (card) references cards (id) on delete cascade',
  'alter table refers drop constraint fk',
  'create or replace function twice(a int) returns int modifies sql data return a * 2',
  'drop function twice',
  'create procedure p() select 1',
  'create sequence numbers',
  'drop sequence numbers',
  'rename table refers to referring',
]

/** What leaves the schema as it was. */
const NOISE: readonly string[] = [
  "insert into cards values (1, '4111111111111111')",
  'update cards set id = 2',
  'analyze table cards',
  'create temporary table passing (id int primary key, pan text)',
  'delete from cards',
]

describeMariadb('a cached picture of MariaDB', () => {
  let database: Database
  let client: mysql.Connection
  let other: mysql.Connection

  beforeEach(async () => {
    database = await mariadb.database()
    client = await mysqlConnected(database.url)
    other = await mysqlConnected(database.url)
    await runScript(client, SCHEMA)
  })
  afterEach(async () => {
    await Promise.all([client.end(), other.end()])
    await database.drop()
  })

  test('is the same object until something changes, and costs no statement', async () => {
    const { source, sent } = mysqlProbe(client)
    const first = await source.current()
    const before = sent.length
    expect(source.current()).toBe(first)
    expect(sent).toHaveLength(before)
  })

  test('notices every kind of DDL of another session on revalidate', async () => {
    const { source } = mysqlProbe(client)
    let known = await source.current()
    for (const change of CHANGES) {
      await other.query(change)
      const seen = await source.revalidate()
      const own = (catalog: typeof seen) =>
        JSON.stringify([catalog.relations, catalog.routines].map(list => list.filter(isOwn)))
      expect([change, own(seen) === own(known)]).toEqual([change, false])
      expect([change, own(seen)]).toEqual([change, own(await mysqlProbe(client).source.current())])
      known = seen
    }
  })

  test('stays through everything that is no change', async () => {
    const { source } = mysqlProbe(client)
    const own = async () => JSON.stringify((await source.revalidate()).relations.filter(isOwn))
    const known = await own()
    for (const noise of NOISE) {
      await other.query(noise)
      expect([noise, await own()]).toEqual([noise, known])
    }
  })

  test('parts read while the schema changed are read again', async () => {
    let changes = 0
    const { source } = mysqlProbe(client, [], async sql => {
      if (sql !== STATE && changes < 1) {
        changes += 1
        await other.query(`alter table cards add column c${changes} text`)
      }
    })
    expect(columnNames(await source.current(), 'cards', database.database)).toEqual(['id', 'pan', 'c1'])
  })

  test('follows the session to another database', async () => {
    const { source } = mysqlProbe(client)
    expect((await source.current()).searchPath).toEqual([database.database])
    await client.query('use information_schema')
    expect((await source.revalidate()).searchPath).toEqual(['information_schema'])
  })

  test('is gone when the comparison fails', async () => {
    const { source } = mysqlProbe(client)
    await source.current()
    await client.end()
    await expect(source.revalidate()).rejects.toMatchObject({ code: 'CARDEA_CATALOG_UNAVAILABLE' })
    await expect(source.current()).rejects.toBeInstanceOf(CardeaError)
    client = await mysqlConnected(database.url)
  })

  /** Other test files make and drop databases of their own on the same server. */
  function isOwn({ schema }: { readonly schema: string }): boolean {
    return schema === database.database
  }
})

describeMariadb('a MariaDB catalog that cannot be read', () => {
  let database: Database
  beforeAll(async () => {
    database = await mariadb.database()
  })
  afterAll(() => database.drop())

  test.each([
    ['nobody listens', (url: URL) => Object.assign(url, { port: '1' }), 'ECONNREFUSED'],
    [
      'the password is wrong',
      (url: URL) => Object.assign(url, { password: 'guess-me' }),
      'ER_ACCESS_DENIED_ERROR',
    ],
    [
      'there is no such database',
      (url: URL) => Object.assign(url, { pathname: '/secret_name' }),
      'ER_BAD_DB_ERROR',
    ],
  ])('says why and no more when %s', async (_, change, code) => {
    const url = change(new URL(database.url))
    const source = mysqlCatalog({
      labels: [],
      clock: new TestClock(),
      query: async sql => {
        const connection = await mysqlConnected(url.href)
        const [rows] = await connection.query<mysql.RowDataPacket[]>(sql)
        return rows
      },
    })
    const error = await Promise.resolve(source.current()).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(CardeaError)
    const told = `${error} ${JSON.stringify(error)} ${(error as Error).stack?.split('\n')[0]}`
    expect(told).toContain(code)
    for (const secret of [url.host, url.password, url.pathname, 'guess-me', 'secret_name']) {
      expect(told).not.toContain(secret)
    }
    expect((error as Error).cause).toBeUndefined()
  })

  test('refuses rows of another shape', async () => {
    const source = mysqlCatalog({ query: async () => [{ digest: 1 }], labels: [], clock: new TestClock() })
    await expect(source.current()).rejects.toMatchObject({ code: 'CARDEA_CATALOG_UNAVAILABLE' })
  })
})

describe('a MySQL catalog with options that cannot be honoured', () => {
  test('is refused at once', () => {
    const query = async () => []
    const clock = new TestClock()
    expect(() => mysqlCatalog({ query, clock, labels: [{ column: 'pan', label: 'pan' }] })).toThrow(
      ConfigurationError,
    )
    expect(() => mysqlCatalog({ query, clock, labels: [], maxAgeMs: 0 })).toThrow(ConfigurationError)
  })
})
