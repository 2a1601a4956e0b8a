import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import Sqlite from 'better-sqlite3'
import { parseSchema } from '../../src/catalog/schema-file.js'
import { mysqlConnected } from '../catalog/mysql-support.js'
import { columnNames, connected, probe } from '../catalog/support.js'
import { type Database, describeMariadb, describePostgres, mariadb, postgres } from '../support/databases.js'
import { cardea, inDirectory } from './support.js'

const PAN = '4111111111111111'
const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: '*.cards.pan', label: pan }
`

describePostgres('cardea schema dump', () => {
  let database: Database
  beforeAll(async () => {
    database = await postgres.database()
    const client = await connected(database.url)
    await client.query(`
      create table cards (id int primary key, pan text not null);
      insert into cards values (1, '5555555555554444');
      create view recent as select id from cards where id > 0`)
    await client.end()
  })
  afterAll(() => database.drop())

  test('writes the catalog of the live database, exactly, and none of its data', () =>
    inDirectory(async at => {
      const path = at('schema.json')
      const { code, out, err } = await cardea('schema', 'dump', '--url', database.url, '--out', path)
      expect([code, out]).toEqual([0, ''])
      const client = await connected(database.url)
      const live = await probe(client).source.current()
      await client.end()
      const text = await readFile(path, 'utf8')
      expect(err).toBe(`wrote ${path}: 2 relations, version ${live.version}\n`)
      expect(await parseSchema(text, []).current()).toEqual(live)
      expect(text).not.toContain('5555555555554444')
      expect((await cardea('schema', 'dump', '--url', database.url)).out).toBe(text)
    }))

  test('masks a PAN that somebody wrote into a view, and says so', async () => {
    const client = await connected(database.url)
    await client.query(`create view careless as select id from cards where pan = '${PAN}'`)
    const { code, out, err } = await cardea('schema', 'dump', '--url', database.url)
    await client.query('drop view careless')
    await client.end()
    expect(code).toBe(0)
    expect(err).toContain('public.careless')
    expect(out).not.toContain(PAN)
    expect(columnNames(await parseSchema(out, []).current(), 'careless')).toEqual(['id'])
  })

  test('says in words that it cannot write', async () => {
    const { code, err } = await cardea('schema', 'dump', '--url', database.url, '--out', '/nowhere/at/all')
    expect(code).toBe(2)
    expect(err).toContain('cannot be written')
  })
})

describeMariadb('cardea schema dump of MariaDB', () => {
  test('writes the schema, which explain then judges by', async () => {
    const database = await mariadb.database()
    const client = await mysqlConnected(database.url)
    await client.query('create table cards (id int primary key, pan varchar(40) not null)')
    await client.query("insert into cards values (1, '5555555555554444')")
    try {
      await judgedBy(database.url, database.database)
    } finally {
      await client.end()
      await database.drop()
    }
  })
})

describe('cardea schema dump of SQLite', () => {
  test('writes the schema, which explain then judges by', () =>
    inDirectory(async at => {
      const file = new Sqlite(at('shop.db'))
      file.exec(
        "create table cards (id integer primary key, pan text); insert into cards values (1, '5555555555554444')",
      )
      file.close()
      await judgedBy(`sqlite:${at('shop.db')}`, 'main')
      await judgedBy(`sqlite://${at('shop.db')}`, 'main')
    }))
})

/** The dump and the live database give the same verdict. */
async function judgedBy(url: string, schema: string): Promise<void> {
  await inDirectory(async at => {
    await writeFile(at('policy.yaml'), POLICY)
    expect(await cardea('schema', 'dump', '--url', url, '--out', at('schema.json'))).toMatchObject({
      code: 0,
      out: '',
    })
    expect(await readFile(at('schema.json'), 'utf8')).not.toContain('5555555555554444')
    for (const source of [
      ['--schema', at('schema.json')],
      ['--url', url],
    ]) {
      const explain = (sql: string) => cardea('explain', sql, '--policy', at('policy.yaml'), ...source)
      expect(await explain('select id from cards where id = 1')).toMatchObject({ code: 0 })
      const { code, out } = await explain('select pan from cards where id = 1')
      expect([code, out]).toEqual([3, expect.stringContaining(`${schema}.cards.pan`)])
      expect(await explain('delete from cards')).toMatchObject({ code: 4 })
    }
  })
}

describe('cardea schema dump without a database', () => {
  test.each([
    ['nobody listens', 'postgres://alice:hunter2@127.0.0.1:1/shop', 'ECONNREFUSED'],
    ['nobody listens for MySQL', 'mysql://alice:hunter2@127.0.0.1:1/shop', 'ECONNREFUSED'],
    ['the file is not there', 'sqlite:/alice/hunter2/127.0.0.1.db', 'not there'],
    ['the address is of another kind', 'oracle://alice:hunter2@127.0.0.1/shop', 'must look like'],
    ['the address is none', 'alice:hunter2 at 127.0.0.1', 'must look like'],
  ])('fails when %s, without repeating the address', async (_, url, words) => {
    const { code, out, err } = await cardea('schema', 'dump', '--url', url)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(words)
    for (const secret of ['alice', 'hunter2', 'shop\n', '127.0.0.1']) expect(err).not.toContain(secret)
  })
})
