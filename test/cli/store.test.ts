/** `cardea store migrate | status`, on three engines. */
import { describe, expect, test } from '@jest/globals'
import { type Database, describeMariadb, describePostgres, mariadb, postgres } from '../support/databases.js'
import { cardea, inDirectory } from './support.js'

const NEW =
  'approvals: 001_approvals\nidentity: 001_agent_tokens, 002_revocations\ncalls: 001_calls\nsessions: 001_sessions, 002_agent_stops\nbudgets: 001_budgets\naudit: 001_records\n'
const LACKS = 'approvals: lacks 001_approvals; run cardea store migrate\n'
const DONE =
  'approvals: up to date\nidentity: up to date\ncalls: up to date\nsessions: up to date\nbudgets: up to date\naudit: up to date\n'

async function wholeLife(url: string): Promise<void> {
  const before = await cardea('store', 'status', '--store', url)
  expect([before.code, before.err]).toEqual([1, ''])
  expect(before.out).toContain(LACKS)
  expect(await cardea('store', 'migrate', '--store', url)).toEqual({ code: 0, out: NEW, err: '' })
  expect(await cardea('store', 'migrate', '--store', url)).toEqual({ code: 0, out: DONE, err: '' })
  expect(await cardea('store', 'status', '--store', url)).toEqual({ code: 0, out: DONE, err: '' })
  const { code, out } = await cardea('store', 'status', '--store', url, '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    approvals: { applied: ['001_approvals'], missing: [], unknown: [] },
  })
}

async function inDatabase(made: Promise<Database>, use: (url: string) => Promise<void>): Promise<void> {
  const database = await made
  try {
    await use(database.url)
  } finally {
    await database.drop()
  }
}

describePostgres('on PostgreSQL', () => {
  test('makes the tables once', () => inDatabase(postgres.database(), wholeLife))

  test('takes the password from the environment', () =>
    inDatabase(postgres.database(), async url => {
      const { password } = new URL(url)
      const before = process.env['PGPASSWORD']
      process.env['PGPASSWORD'] = decodeURIComponent(password)
      try {
        await wholeLife(url.replace(`:${password}@`, '@'))
      } finally {
        if (before === undefined) delete process.env['PGPASSWORD']
        else process.env['PGPASSWORD'] = before
      }
    }))

  test('keeps the password to itself when it cannot connect', () =>
    inDatabase(postgres.database(), async url => {
      const wrong = url.replace(/:[^:@/]+@/, ':WRONG-SECRET@')
      const { code, out, err } = await cardea('store', 'status', '--store', wrong)
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain('CARDEA_STORE_UNAVAILABLE')
      expect(err).not.toContain('WRONG-SECRET')
    }))
})

describeMariadb('on MariaDB', () => {
  test('makes the tables once', () => inDatabase(mariadb.database(), wholeLife))

  test('takes the password from the environment', () =>
    inDatabase(mariadb.database(), async url => {
      const { password } = new URL(url)
      const before = process.env['MYSQL_PWD']
      process.env['MYSQL_PWD'] = decodeURIComponent(password)
      try {
        await wholeLife(url.replace(`:${password}@`, '@'))
      } finally {
        if (before === undefined) delete process.env['MYSQL_PWD']
        else process.env['MYSQL_PWD'] = before
      }
    }))
})

describe('on SQLite', () => {
  test('makes the file and the tables', () =>
    inDirectory(async at => {
      const url = `sqlite:${at('store.db')}`
      const missing = await cardea('store', 'status', '--store', url)
      expect(missing.code).toBe(2)
      expect(missing.err).toContain('Run cardea store migrate first')
      expect(await cardea('store', 'migrate', '--store', url)).toEqual({ code: 0, out: NEW, err: '' })
      expect(await cardea('store', 'status', '--store', url)).toEqual({ code: 0, out: DONE, err: '' })
    }))
})

test.each(['nonsense', 'http://a/b', 'oracle://a/b'])('refuses %s', async url => {
  const { code, err } = await cardea('store', 'status', '--store', url)
  expect(code).toBe(2)
  expect(err).toContain('--store must look like')
})
