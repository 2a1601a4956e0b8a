/** What is said not to fail on any value, against the engines: every value is tried, and none makes an error. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { MYSQL_FUNCTIONS } from '../../../src/analysis/functions/mysql.data.js'
import {
  MYSQL_STEADY_OPERATORS,
  MYSQL_STEADY_TYPES,
  mysqlMayFail,
} from '../../../src/analysis/functions/mysql-failures.js'
import { POSTGRES_FUNCTIONS } from '../../../src/analysis/functions/postgres.data.js'
import {
  POSTGRES_STEADY_OPERATORS,
  POSTGRES_STEADY_TYPES,
  postgresMayFail,
} from '../../../src/analysis/functions/postgres-failures.js'
import { SQLITE_FUNCTIONS } from '../../../src/analysis/functions/sqlite.data.js'
import {
  SQLITE_STEADY_OPERATORS,
  SQLITE_STEADY_TYPES,
  sqliteMayFail,
} from '../../../src/analysis/functions/sqlite-failures.js'
import type { Expression } from '../../../src/analysis/relational.js'
import {
  describeMariadb,
  describePostgres,
  mariadb,
  postgres,
  type Database as ServerDatabase,
} from '../../support/databases.js'

type MayFail = (name: string, args: readonly Expression[], at: number) => boolean
/** The error's text; undefined when the statement ran. */
type Try = (sql: string) => Promise<string | undefined>

const VALUES = [
  ...[
    '',
    'a',
    '%',
    '[',
    '(',
    '\\',
    '{',
    '$',
    '$.',
    '[1,2]',
    '{"a":1}',
    'é',
    '4111111111111111',
    '1e308',
    '-1e308',
  ],
  ...['9223372036854775807', '-9223372036854775808', '18446744073709551616', '0', '-1', '0.5', '2024-02-30'],
  ...['9999-12-31 23:59:59', '838:59:59', 'x'.repeat(300)],
]
const OTHERS: readonly Expression[] = [
  { type: 'constant', value: 2 },
  { type: 'constant', value: 'a' },
  { type: 'constant', value: '%s' },
  { type: 'constant', value: 'utf8' },
  { type: 'constant', value: 'hex' },
]
const COLUMN: Expression = { type: 'column', path: ['v'], star: false }

/** Calls in which the function says that the value `v` cannot make it fail. */
function* steadyCalls(names: Iterable<string>, mayFail: MayFail): Generator<readonly [string, string]> {
  for (const name of names) {
    for (const args of argumentLists()) {
      const at = args.indexOf(COLUMN)
      if (!mayFail(name, args, at)) yield [name, `${name}(${args.map(written).join(', ')})`]
    }
  }
}

function* argumentLists(): Generator<readonly Expression[]> {
  yield [COLUMN]
  for (const other of OTHERS) {
    yield [COLUMN, other]
    yield [other, COLUMN]
    for (const last of OTHERS) {
      yield [COLUMN, other, last]
      yield [other, COLUMN, last]
      yield [other, last, COLUMN]
    }
  }
}

function written(argument: Expression): string {
  if (argument.type === 'constant')
    return typeof argument.value === 'string' ? `'${argument.value}'` : `${argument.value}`
  return 'v'
}

/** Those of the calls that run on a harmless value; the rest are no calls, or fail whatever the value. */
async function callable(calls: Iterable<readonly [string, string]>, attempt: Try, suffix = '') {
  const ran: (readonly [string, string])[] = []
  for (const [name, call] of calls)
    if ((await attempt(`select ${call}${suffix} from plain`)) === undefined) ran.push([name, call])
  return ran
}

/** Those that ran for some value of the table and failed for another, and how many ran at all. */
async function fickle(calls: Iterable<readonly [string, string]>, attempt: Try, suffix = '') {
  const failed: string[] = []
  const ran = await callable(calls, attempt, suffix)
  for (const [, call] of ran) {
    const error = await attempt(`select ${call}${suffix} from nasty`)
    if (error !== undefined) failed.push(`${call}: ${error}`)
  }
  return { failed, ran: new Set(ran.map(([name]) => name)).size }
}

function scalars(
  functions: ReadonlyMap<string, { readonly shape: string; readonly standing: string }>,
): string[] {
  return [...functions].flatMap(([name, { shape, standing }]) =>
    standing === 'listed' && (shape === 'scalar' || shape === 'aggregate') && !name.startsWith('@@')
      ? [name]
      : [],
  )
}

const WINDOW =
  /^(?:row_number|rank|dense_rank|percent_rank|cume_dist|lag|lead|first_value|last_value|nth_value)$/

describe('SQLite', () => {
  const database = new Database(':memory:')
  database.exec('create table plain (v); create table nasty (v)')
  database.exec("insert into plain values ('1')")
  for (const value of VALUES) database.prepare('insert into nasty values (?)').run(value)
  database.exec(
    'insert into nasty values (null), (1e308), (-9223372036854775808), (9223372036854775807), (0), (9e999)',
  )
  const attempt: Try = async sql => {
    try {
      database.prepare(sql).raw().all()
      return undefined
    } catch (error) {
      return String(error)
    }
  }

  test('no function that is steady fails on a value', async () => {
    const names = scalars(SQLITE_FUNCTIONS).filter(name => !WINDOW.test(name))
    const { failed, ran } = await fickle(steadyCalls(names, sqliteMayFail), attempt)
    expect(failed).toEqual([])
    expect(ran).toBeGreaterThan(45)
  })

  test('neither does a window function, an operator or a cast', async () => {
    const windows = [...SQLITE_FUNCTIONS.keys()].filter(name => WINDOW.test(name))
    const over = await fickle(steadyCalls(windows, sqliteMayFail), attempt, ' over (order by v)')
    const operators = [...SQLITE_STEADY_OPERATORS].filter(name => name !== '~')
    const pairs = operators.flatMap(name => [[name, `v ${name} v`] as const, [name, `v ${name} 3`] as const])
    const casts = [...SQLITE_STEADY_TYPES].map(type => [type, `cast(v as ${type})`] as const)
    const others = await fickle([...pairs, ...casts, ['~', '~v'] as const, ['-', '-v'] as const], attempt)
    expect([...over.failed, ...others.failed]).toEqual([])
    expect(over.ran).toBeGreaterThan(2)
  })

  test.each(['json(v)', "json_extract(v, '$')", 'abs(v)', "v -> '$'", 'sum(cast(v as integer))'])(
    '%s fails on some value, and is not said to be steady',
    async call => {
      expect(await attempt(`select ${call} from nasty`)).toBeDefined()
      const name = /^\w+/.exec(call)?.[0] ?? ''
      if (call.includes('->')) expect(SQLITE_STEADY_OPERATORS.has('->')).toBe(false)
      else expect(sqliteMayFail(name, [COLUMN, { type: 'constant', value: '$' }], 0)).toBe(true)
    },
  )
})

describeMariadb('MariaDB', () => {
  let server: ServerDatabase
  let connection: mysql.Connection
  const attempt: Try = async sql => {
    try {
      await connection.query(sql)
      return undefined
    } catch (error) {
      return String(error)
    }
  }
  beforeAll(async () => {
    server = await mariadb.database()
    connection = await mysql.createConnection({ uri: server.url })
    await connection.query(
      "set sql_mode = 'IGNORE_SPACE,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE'",
    )
    for (const table of ['plain', 'nasty']) await connection.query(`create table ${table} (v varchar(400))`)
    await connection.query("insert into plain values ('1')")
    await connection.query('insert into nasty values ?', [[...VALUES, null].map(value => [value])])
  })
  afterAll(async () => {
    await connection.end()
    await server.drop()
  })

  test('no function that is steady fails on a value', async () => {
    const names = scalars(MYSQL_FUNCTIONS).filter(name => !WINDOW.test(name))
    const { failed, ran } = await fickle(steadyCalls(names, mysqlMayFail), attempt)
    expect(failed).toEqual([])
    expect(ran).toBeGreaterThan(110)
  })

  test('neither does one on numbers', async () => {
    const names = scalars(MYSQL_FUNCTIONS).filter(name => !WINDOW.test(name))
    const ran = await callable(steadyCalls(names, mysqlMayFail), attempt)
    const failed: string[] = []
    const whole = '9223372036854775807), (-9223372036854775808), (0), (null), (1'
    for (const [type, values] of [
      ['bigint', whole],
      ['double', '1.7e308), (-1.7e308), (0), (1e-308'],
    ]) {
      await connection.query('drop table if exists nasty_numbers')
      await connection.query(`create table nasty_numbers (v ${type})`)
      await connection.query(`insert into nasty_numbers values (${values})`)
      for (const [, call] of ran) {
        const error = await attempt(`select ${call} from nasty_numbers`)
        if (error !== undefined) failed.push(`${type}: ${call}: ${error}`)
      }
    }
    expect(failed).toEqual([])
  })

  test('neither does a window function, an operator or a cast', async () => {
    const windows = [...MYSQL_FUNCTIONS.keys()].filter(name => WINDOW.test(name))
    const over = await fickle(steadyCalls(windows, mysqlMayFail), attempt, ' over (order by v)')
    const pairs = [...MYSQL_STEADY_OPERATORS].map(
      name => [name, name === '~' || name === '!' ? `${name} v` : `v ${name} v`] as const,
    )
    const casts = [...MYSQL_STEADY_TYPES].map(type => [type, `cast(v as ${type})`] as const)
    const others = await fickle([...pairs, ...casts], attempt)
    expect([...over.failed, ...others.failed]).toEqual([])
    expect([over.ran, others.ran].every(count => count >= 5)).toBe(true)
  })

  test.each([
    ['exp(v)', 'exp'],
    ['pow(v, 2)', 'pow'],
    ['cot(v)', 'cot'],
    ['abs(cast(v as signed))', 'abs'],
    ['degrees(v)', 'degrees'],
    ['round(cast(v as signed), v)', 'round'],
    ['v * v', '*'],
    ['v + v', '+'],
  ])('%s: %s is not said to be steady', async (call, name) => {
    if (name !== 'round') expect(await attempt(`select ${call} from nasty`)).toBeDefined()
    expect(MYSQL_STEADY_OPERATORS.has(name)).toBe(false)
    expect(mysqlMayFail(name, [COLUMN, COLUMN], 1)).toBe(true)
  })
})

describePostgres('PostgreSQL', () => {
  let server: ServerDatabase
  let client: pg.Client
  const attempt: Try = async sql => {
    try {
      await client.query(sql)
      return undefined
    } catch (error) {
      return String(error)
    }
  }
  beforeAll(async () => {
    server = await postgres.database()
    client = new pg.Client(server.url)
    await client.connect()
    for (const table of ['plain', 'nasty']) await client.query(`create table ${table} (v text)`)
    await client.query("insert into plain values ('1')")
    await client.query('insert into nasty select unnest($1::text[])', [[...VALUES, null]])
  })
  afterAll(async () => {
    await client.end()
    await server.drop()
  })

  test('no function that is steady fails on a value', async () => {
    const names = scalars(POSTGRES_FUNCTIONS).filter(name => !WINDOW.test(name))
    const { failed, ran } = await fickle(steadyCalls(names, postgresMayFail), attempt)
    expect(failed).toEqual([])
    expect(ran).toBeGreaterThan(60)
  })

  test('neither does a window function, an operator or a cast', async () => {
    const windows = [...POSTGRES_FUNCTIONS.keys()].filter(name => WINDOW.test(name))
    const over = await fickle(steadyCalls(windows, postgresMayFail), attempt, ' over (order by v)')
    const pairs = [...POSTGRES_STEADY_OPERATORS].map(name => [name, `v ${name} v`] as const)
    const json = [...POSTGRES_STEADY_OPERATORS].map(name => [name, `to_jsonb(v) ${name} v`] as const)
    const casts = [...POSTGRES_STEADY_TYPES].map(type => [type, `cast(v as ${type})`] as const)
    const others = await fickle([...pairs, ...json, ...casts], attempt)
    expect([...over.failed, ...others.failed]).toEqual([])
    expect(others.ran).toBeGreaterThan(6)
  })
})
