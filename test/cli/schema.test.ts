import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseSchema } from '../../src/catalog/schema-file.js'
import { columnNames, connected, probe } from '../catalog/support.js'
import { type Database, describePostgres, postgres } from '../support/databases.js'
import { cardea, inDirectory } from './support.js'

const PAN = '4111111111111111'

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

describe('cardea schema dump without a database', () => {
  test.each([
    ['nobody listens', 'postgres://alice:hunter2@127.0.0.1:1/shop', 'ECONNREFUSED'],
    ['the address is of another kind', 'mysql://alice:hunter2@127.0.0.1/shop', 'only PostgreSQL'],
    ['the address is none', 'alice:hunter2 at 127.0.0.1', 'must look like'],
  ])('fails when %s, without repeating the address', async (_, url, words) => {
    const { code, out, err } = await cardea('schema', 'dump', '--url', url)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(words)
    for (const secret of ['alice', 'hunter2', 'shop\n', '127.0.0.1']) expect(err).not.toContain(secret)
  })
})
