/**
 * Twin databases A and B with everything that a schema can hold around them, on three engines, under
 * `pci-baseline`: they differ only in protected characters, so whoever can tell them apart has learnt
 * something. The files are test/fixtures/twins and test/corpus/<engine>/schema.sql.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import makeKnex, { type Knex } from 'knex'
import { type ApprovalCallback, fileTrail, GovernedConnection, parsePolicy } from '../../src/index.js'
import { askMysql } from './ask.js'
import { type Database, mariadb, postgres } from './databases.js'

export type EngineName = 'postgres' | 'mysql' | 'sqlite'
export type TwinName = 'A' | 'B'
export const ENGINES: readonly EngineName[] = ['postgres', 'mysql', 'sqlite']

export const agent = { subject: 'alice', issuer: 'https://login.corp.example', roles: ['support'] }
const approver = { subject: 'bob', issuer: 'https://login.corp.example' }

/** The labels of the twins: those that corpus verdicts are judged by. */
export const TWIN_POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: '*.cards.pan', label: pan }
  - { column: '*.cards.cvv', label: sad }
  - { column: '*.customers.ssn', label: ssn }
  - { column: '*.customers.email', label: email }
  - { column: '*.tokens.pan', label: pan }
  - { column: '*.slips.pan', label: pan }
  - { column: '*."Mixed Case"."P.A.N"', label: pan }
`
const MORE_LABELS: Readonly<Record<EngineName, readonly string[]>> = {
  postgres: ['archive.pan', 'parted.pan'],
  mysql: ['hidden_columns.pan', 'versioned.pan', 'parted.pan'],
  sqlite: ['numbers.pan', 'loose.pan', 'card_search.pan'],
}

/** Another database of the twin's, which its schema and the corpus call `vault`. */
const VAULT = /\bvault(?=\.)/gu

export interface Twin {
  readonly engine: EngineName
  /** Nobody watches. */
  readonly raw: Knex
  /** The engine's own name of the database. */
  readonly database: string
  /** A statement of the corpus as this twin takes it. */
  spelled(sql: string): string
  /** Everything that the server, or the library that is the engine, was handed since the twin was opened. */
  arrivals(): Promise<string>
  close(): Promise<void>
}

export async function openTwin(engine: EngineName, twin: TwinName): Promise<Twin> {
  const { config, database, load, settle, arrivals, drop } = await place(engine)
  const spelled = (sql: string) => spelledIn(engine, database, sql)
  const raw = makeKnex(config)
  await load(raw, spelled(tablesOf(engine, twin)))
  await settle()
  return {
    engine,
    raw,
    database,
    spelled,
    arrivals,
    close: async () => {
      await raw.destroy()
      await drop()
    },
  }
}

export interface GovernedTwin extends Twin {
  readonly governed: GovernedConnection
  readonly db: Knex
  /** How often a person was asked. */
  asked(): number
}

export async function governTwin(twin: Twin): Promise<GovernedTwin> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-twin-'))
  let questions = 0
  const approval: ApprovalCallback = async () => {
    questions++
    return { decision: 'approved', approver, reason: 'test' }
  }
  const governed = await GovernedConnection.wrap(twin.raw, {
    policy: parsePolicy(policyOf(twin.engine), { file: 'policy.yaml' }),
    approval,
    audit: fileTrail({ directory, durability: 'os' }),
    dataSource: { id: 'twin', environment: 'production' },
  })
  return {
    ...twin,
    governed,
    db: governed.as(agent, { session: 's1' }),
    asked: () => questions,
    close: async () => {
      await governed.close()
      await twin.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export function policyOf(engine: EngineName): string {
  const more = MORE_LABELS[engine].map(column => `  - { column: '*.${column}', label: pan }\n`)
  return `${TWIN_POLICY}${more.join('')}`
}

interface Place {
  readonly config: Knex.Config
  readonly database: string
  load(raw: Knex, sql: string): Promise<void>
  /** Makes plans the same on both twins: an engine's guesses at a table's size come and go. */
  settle(): Promise<void>
  arrivals(): Promise<string>
  drop(): Promise<void>
}

async function place(engine: EngineName): Promise<Place> {
  if (engine === 'sqlite') return sqlitePlace()
  const server = engine === 'postgres' ? postgres : mariadb
  const found = await server.database()
  return engine === 'postgres' ? postgresPlace(found) : mysqlPlace(found)
}

function postgresPlace(found: Database): Place {
  return {
    config: { client: 'pg', connection: found.url, pool: { min: 0, max: 2 } },
    database: found.database,
    load: async (raw, sql) => {
      await raw.raw(sql.replaceAll('?', '\\?'))
    },
    settle: async () => {},
    arrivals: async () => entriesOf(await postgres.serverLog(), found.database),
    drop: () => found.drop(),
  }
}

function mysqlPlace(found: Database): Place {
  const { host, port, user, password, database } = found
  const login = { host, port, user, password, database }
  const ask = (sql: string) => askMysql(found, sql)
  return {
    config: { client: 'mysql2', connection: login, pool: { min: 0, max: 2 } },
    database,
    load: async (_raw, sql) => {
      await ask(`CREATE DATABASE IF NOT EXISTS ${database}_vault`)
      await ask(sql)
    },
    settle: async () => {
      const tables = await ask(`SELECT table_schema AS s, table_name AS n FROM information_schema.tables
        WHERE table_schema IN ('${database}', '${database}_vault') AND table_type = 'BASE TABLE'`)
      const names = tables.map(({ s, n }) => `\`${s}\`.\`${n}\``)
      await ask(`ANALYZE TABLE ${names.join(', ')}`)
    },
    arrivals: async () => connectionsOf(await mariadb.serverLog(), database),
    drop: async () => {
      await ask(`DROP DATABASE IF EXISTS ${database}_vault`)
      await found.drop()
    },
  }
}

/** The entries of PostgreSQL's log that name the database; an entry may have many lines. */
function entriesOf(log: string, database: string): string {
  return log
    .split(/\n(?=\d{4}-\d{2}-\d{2} )/u)
    .filter(entry => entry.includes(`] ${database}: `))
    .map(entry => entry.replaceAll('\n\t', '\n'))
    .join('\n')
}

/** The entries of MariaDB's log by connections to the database; an entry may have many lines. */
function connectionsOf(log: string, database: string): string {
  const entries = log.split(/\n(?=[^\t\n]*\t\s*\d+ [A-Z][a-z]+(?: [a-z]+)?\t)/u)
  const own = new Set<string>()
  const kept = entries.filter(entry => {
    const [, id, command] = /\t\s*(\d+) ([A-Z][a-z]+(?: [a-z]+)?)\t/u.exec(entry) ?? []
    if (id === undefined) return false
    if (command === 'Connect' && entry.includes(` on ${database} `)) own.add(id)
    return own.has(id)
  })
  return kept.join('\n')
}

interface SqliteHandle {
  exec(sql: string): void
  prepare(sql: string): unknown
}

function sqlitePlace(): Place {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-sqlite-'))
  const prepared: string[] = []
  return {
    config: {
      client: 'better-sqlite3',
      connection: { filename: join(directory, 'twin.db') },
      useNullAsDefault: true,
      pool: {
        min: 0,
        max: 1,
        afterCreate: (handle: SqliteHandle, done: (error: Error | null, handle: SqliteHandle) => void) => {
          handle.exec(`ATTACH DATABASE '${join(directory, 'vault.db')}' AS vault`)
          const prepare = handle.prepare.bind(handle)
          handle.prepare = sql => {
            prepared.push(sql)
            return prepare(sql)
          }
          done(null, handle)
        },
      },
    },
    database: 'main',
    load: async (raw, sql) => {
      const handle = (await raw.client.acquireConnection()) as SqliteHandle
      try {
        handle.exec(sql)
      } finally {
        await raw.client.releaseConnection(handle)
      }
    },
    settle: async () => {},
    arrivals: async () => prepared.join('\n'),
    drop: async () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** What a twin is made of. The fixtures differ in card numbers, codes and social security numbers; addresses are labelled here too. */
export function tablesOf(engine: EngineName, twin: TwinName): string {
  const text = read(`../fixtures/twins/fixture.${engine}.${twin}.sql`)
  return `${twin === 'A' ? text : text.replaceAll('@example', '@elpmaxe')}\n${read(`../corpus/${engine}/schema.sql`)}`
}

/** A statement of the corpus as it is said in a database of that name. */
export function spelledIn(engine: EngineName, database: string, sql: string): string {
  return engine === 'mysql' ? sql.replace(VAULT, `\`${database}_vault\``) : sql
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
}
