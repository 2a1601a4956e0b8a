import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from '@jest/globals'
import { type Knex, knex } from 'knex'
import { type KnexPoint, knexPoint } from '../../../../src/enforcement/knex/enforcement-point.js'
import type { Field } from '../../../../src/model/result.js'
import {
  type Database,
  describeMariadb,
  describePostgres,
  mariadb,
  postgres,
} from '../../../support/databases.js'
import { type TestGovernor, type TestPolicy, testGovernor } from './test-governor.js'

export type EngineName = 'sqlite' | 'postgres' | 'mariadb'

export const secret = 'the-treasure-map'
export const email = 'ada@example.com'
/** Words that no probe may get to see. */
export const protectedWords = [secret, email, 'bob@example.com', 'new@example.com']

/** One database with the probe's tables, as the host holds it. */
export interface Stand {
  readonly engine: EngineName
  readonly base: Knex
  readonly point: KnexPoint
  readonly password: string | undefined
  isEmail(field: Field): boolean
  /** A handle under the probe's policy: `secrets` is denied, `users.email` is masked. */
  handle(policy?: TestPolicy): { db: Knex; governor: TestGovernor }
  /** The host's own instance with another pool size, and as the host has it before it is wrapped. */
  another(pool: { min: number; max: number }, prepare?: (base: Knex) => void): Promise<Stand>
}

const suites: Record<EngineName, (name: string, body: () => void) => void> = {
  sqlite: (name, body) => describe(name, body),
  postgres: describePostgres,
  mariadb: describeMariadb,
}

/** The same tests on every engine that Knex reaches. */
export function onEveryEngine(name: string, body: (stand: () => Stand) => void): void {
  for (const engine of ['sqlite', 'postgres', 'mariadb'] as const) on(engine, `${name} (${engine})`, body)
}

export function on(engine: EngineName, name: string, body: (stand: () => Stand) => void): void {
  suites[engine](name, () => {
    const opened: { close(): Promise<void> }[] = []
    let stand: Stand | undefined
    beforeAll(async () => {
      const { config, password, drop } = await freshConfig(engine)
      opened.push({ close: drop })
      stand = await standOn(engine, config, password, opened)
      await furnish(stand.base)
    }, 120_000)
    afterAll(async () => {
      for (const one of opened.reverse()) await one.close()
    })
    body(() => {
      if (stand === undefined) throw new Error('The database is not ready.')
      return stand
    })
  })
}

async function standOn(
  engine: EngineName,
  config: Knex.Config,
  password: string | undefined,
  opened: { close(): Promise<void> }[],
  prepare: (base: Knex) => void = () => {},
): Promise<Stand> {
  const base = knex({ ...config, log: quiet })
  opened.push({ close: () => base.destroy() })
  prepare(base)
  const point = await knexPoint(base)
  let emailField: { tableId: number; columnNumber: number } | undefined
  const isEmail = (field: Field) => {
    const { origin } = field
    if (origin === undefined) return false
    if (engine === 'postgres')
      return origin.tableId === emailField?.tableId && origin.columnNumber === emailField?.columnNumber
    return origin.relation === 'users' && origin.column === 'email'
  }
  const stand: Stand = {
    engine,
    base,
    point,
    password,
    isEmail,
    handle: (policy = {}) => {
      const governor = testGovernor({ deny: /secrets/i, isEmail, ...policy })
      const db = point.handle(governor, {
        credentials: { kind: 'asserted', principal: { subject: 'ada', issuer: 'tests' } },
        session: 'session-1',
        dataSource: { id: 'probe', environment: 'test' },
        origination: 'test',
      })
      return { db, governor }
    },
    another: (pool, prepare) => standOn(engine, { ...config, pool }, password, opened, prepare),
  }
  if (engine === 'postgres') {
    const found = await base.raw(
      "select attrelid::int as t, attnum::int as c from pg_attribute where attrelid = to_regclass('users') and attname = 'email'",
    )
    const row = found.rows[0]
    if (row !== undefined) emailField = { tableId: row.t, columnNumber: row.c }
    else {
      await createUsers(base)
      return standOn(engine, config, password, opened)
    }
  }
  return stand
}

const quiet = { warn() {}, error() {}, deprecate() {}, debug() {} }

async function freshConfig(
  engine: EngineName,
): Promise<{ config: Knex.Config; password: string | undefined; drop: () => Promise<void> }> {
  if (engine === 'sqlite') {
    const directory = await mkdtemp(join(tmpdir(), 'cardea-knex-'))
    return {
      config: {
        client: 'better-sqlite3',
        connection: { filename: join(directory, 'probe.db') },
        useNullAsDefault: true,
        pool: { min: 0, max: 4 },
      },
      password: undefined,
      drop: () => rm(directory, { recursive: true, force: true }),
    }
  }
  const database: Database = await (engine === 'postgres' ? postgres : mariadb).database()
  const { host, port, user, password } = database
  return {
    config: {
      client: engine === 'postgres' ? 'pg' : 'mysql2',
      connection: { host, port, user, password, database: database.database },
      pool: { min: 0, max: 4 },
    },
    password,
    drop: () => database.drop(),
  }
}

async function createUsers(base: Knex): Promise<void> {
  await base.schema.createTable('users', table => {
    table.increments('id')
    table.string('name')
    table.string('email').unique('users_email_unique')
    table.integer('age')
  })
}

async function furnish(base: Knex): Promise<void> {
  if (!(await base.schema.hasTable('users'))) await createUsers(base)
  await base('users').insert([
    { name: 'Ada', email, age: 36 },
    { name: 'Bob', email: 'bob@example.com', age: 40 },
  ])
  await base.schema.createTable('secrets', table => {
    table.increments('id')
    table.string('word')
  })
  await base('secrets').insert({ word: secret })
  await base.schema.createTable('numbers', table => {
    table.increments('id')
    table.integer('n')
  })
}
