/**
 * Real databases for tests.
 *
 * The servers are started by the run itself when a test first asks, one of each engine for every worker of
 * jest, and stopped after the last one. Each
 * call of `database()` gives a fresh, empty database whose user may do everything.
 *
 * @example
 * describePostgres('a reader', () => {
 *   let database: Database
 *   beforeAll(async () => { database = await postgres.database() })
 *   afterAll(() => database.drop())
 *   test('…', async () => { const client = new pg.Client(database.url) … })
 * })
 */
import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { keepStores, keepsStores, type StoreTable } from './artefacts/stores.js'
import type { Engine, Handover } from './servers/host.js'
import type { ServerAddress } from './servers/process.js'

export interface Database {
  /** `postgres://` or `mysql://`, with user and password. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Cuts open connections and drops the database. */
  drop(): Promise<void>
}

export interface DatabaseServer {
  /** A fresh database. @throws Error, with the reason, when no server can be had. */
  database(): Promise<Database>
  /**
   * Everything the server has logged in this run, every statement of every test file included: look for
   * something unique. @throws Error for a server that was named in the environment: its log is not ours.
   */
  serverLog(): Promise<string>
}

export const postgres: DatabaseServer = {
  async database() {
    const server = await address('postgres')
    const name = freshName()
    let gone = false
    await asPostgresAdmin(server, `CREATE DATABASE ${name} TEMPLATE template0`)
    return {
      ...place('postgres', server, name),
      drop: async () => {
        // A test may drop it twice.
        if (!gone) await keepPostgresStores({ ...server, database: name })
        gone = true
        await asPostgresAdmin(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      },
    }
  },
  serverLog: async () => readLog(await address('postgres')),
}

export const mariadb: DatabaseServer = {
  async database() {
    const server = await address('mariadb')
    const name = freshName()
    let gone = false
    await asMariadbAdmin(server, `CREATE DATABASE ${name}`)
    return {
      ...place('mysql', server, name),
      drop: async () => {
        // A test may drop it twice.
        if (!gone) await keepMariadbStores({ ...server, database: name })
        gone = true
        await asMariadbAdmin(server, `DROP DATABASE IF EXISTS ${name}`)
      },
    }
  },
  serverLog: async () => readLog(await address('mariadb')),
}

/** Like `describe`, for tests that need PostgreSQL: skipped and counted without one, failing with CI=true. */
export function describePostgres(name: string, body: () => void): void {
  describeWith('postgres', name, body)
}

/** Like `describe`, for tests that need MariaDB: skipped and counted without one, failing with CI=true. */
export function describeMariadb(name: string, body: () => void): void {
  describeWith('mariadb', name, body)
}

function describeWith(engine: Engine, name: string, body: () => void): void {
  const { missing, skipped } = handover()
  const why = missing[engine]
  if (why === undefined) {
    describe(name, body)
  } else if (process.env['CI'] === 'true') {
    describe(name, () => {
      test(`needs ${engine}`, () => {
        throw new Error(`No ${engine} server: ${why}`)
      })
    })
  } else {
    appendFileSync(skipped, `${engine}: ${name} (${relative('.', expect.getState().testPath ?? '')})\n`)
    describe.skip(name, body)
  }
}

function handover(): Handover {
  const json = process.env['CARDEA_TEST_DATABASES']
  if (json === undefined) throw new Error('No database servers: run the tests with jest, which starts them.')
  return JSON.parse(json) as Handover
}

async function address(engine: Engine): Promise<ServerAddress> {
  const response = await fetch(`${handover().url}/${engine}/${process.env['JEST_WORKER_ID'] ?? '1'}`)
  if (!response.ok) throw new Error(`No ${engine} server: ${await response.text()}`)
  return (await response.json()) as ServerAddress
}

function place(protocol: string, server: ServerAddress, database: string): Omit<Database, 'drop'> {
  const { host, port, user, password } = server
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
  return {
    url: `${protocol}://${login}@${host}:${port}/${database}`,
    host,
    port,
    user,
    password,
    database,
  }
}

function freshName(): string {
  return `cardea_test_${randomBytes(6).toString('hex')}`
}

function readLog(server: ServerAddress): string {
  if (server.log === undefined)
    throw new Error('The log of a server named in the environment is not readable.')
  return existsSync(server.log) ? readFileSync(server.log, 'utf8') : ''
}

async function asPostgresAdmin({ log: _, ...server }: ServerAddress, statement: string): Promise<void> {
  const client = new pg.Client(server)
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function asMariadbAdmin({ log: _, ...server }: ServerAddress, statement: string): Promise<void> {
  const client = await mysql.createConnection(server)
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function keepPostgresStores({ log: _, ...server }: ServerAddress): Promise<void> {
  if (!keepsStores) return
  const client = new pg.Client(server)
  client.on('error', () => {})
  await client.connect()
  const rows = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows
  try {
    await keepStores(
      async () => (await rows('select schemaname, relname from pg_stat_user_tables')).map(tableOf),
      ({ schema, name }) => rows(`select * from "${schema}"."${name}"`),
    )
  } finally {
    await client.end()
  }
}

async function keepMariadbStores({ log: _, ...server }: ServerAddress): Promise<void> {
  if (!keepsStores) return
  const client = await mysql.createConnection(server)
  const rows = async (sql: string) => (await client.query<mysql.RowDataPacket[]>(sql))[0]
  try {
    await keepStores(
      async () =>
        (await rows('show tables')).map(row => ({ schema: '', name: String(Object.values(row)[0]) })),
      ({ name }) => rows(`select * from \`${name}\``),
    )
  } finally {
    await client.end()
  }
}

function tableOf({ schemaname, relname }: Readonly<Record<string, unknown>>): StoreTable {
  return { schema: String(schemaname), name: String(relname) }
}
