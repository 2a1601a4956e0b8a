/** What the main-job tests share: a governed twin database, and everything that came out of it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import knexFactory, { type Knex } from 'knex'
import {
  type ApprovalCallback,
  type AuditSink,
  fileTrail,
  type GovernanceOptions,
  GovernedConnection,
  type Principal,
  parsePolicy,
} from '../../src/index.js'
import { mariadb, postgres } from '../support/databases.js'

export const issuer = 'https://login.corp.example'
export const alice = { subject: 'alice', issuer, roles: ['support'] }
export const bob = { subject: 'bob', issuer }

export const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: '*.cards.pan', label: pan }
  - { column: '*.cards.cvv', label: sad }
  - { column: '*.customers.ssn', label: ssn }
`

export const approve: ApprovalCallback = async () => ({ decision: 'approved', approver: bob, reason: 'test' })

export interface TestHouse {
  readonly raw: Knex
  /** Makes another Knex on the same database, password and all. */
  readonly config: Knex.Config
  readonly governed: GovernedConnection
  /** The engine's own name of the schema that holds the tables. */
  readonly schema: string
  readonly db: Knex
  /** Whose statements `db` runs. */
  readonly who: Principal
  readonly directory: string
  /** Everything on disk that the trail wrote. */
  trail(): string
  /** One more governed connection to the same database, with a trail of its own; to be closed by the caller. */
  beside(also: Partial<GovernanceOptions>): Promise<GovernedConnection>
  /** The same database and trail under a new governed connection; this one is closed. */
  restart(also: Partial<GovernanceOptions>): Promise<TestHouse>
  close(): Promise<void>
}

export type Engine = 'postgres' | 'mysql' | 'sqlite'

export interface TestHouseOptions {
  /** Default `postgres`. */
  readonly engine?: Engine
  readonly twin?: 'A' | 'B'
  readonly approval?: NonNullable<GovernanceOptions['approval']>
  readonly audit?: readonly AuditSink[]
  readonly policy?: string
  /** SQL that the host runs before anything is governed; several statements, each ended at the end of a line. */
  readonly setup?: string
  /** Connections at most. Default 4. */
  readonly connections?: number
  /** Whatever else the connection is to be governed with. */
  readonly also?: Partial<GovernanceOptions>
}

export async function openHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const { engine = 'postgres' } = options
  const directory = mkdtempSync(join(tmpdir(), 'cardea-main-'))
  const { config, schema, drop } = await place(engine, directory)
  const raw = knexFactory({ ...config, pool: { min: 0, max: options.connections ?? 4 } })
  const fixture = new URL(`../fixtures/twins/fixture.${engine}.${options.twin ?? 'A'}.sql`, import.meta.url)
  for (const sql of [readFileSync(fixture, 'utf8'), options.setup ?? '']) await load(raw, engine, sql)
  const wrap = (also: Partial<GovernanceOptions>): Promise<GovernedConnection> =>
    GovernedConnection.wrap(raw, {
      policy: parsePolicy(options.policy ?? POLICY, { file: 'policy.yaml' }),
      approval: options.approval ?? approve,
      audit: options.audit ?? fileTrail({ directory: join(directory, 'audit'), durability: 'os' }),
      dataSource: { id: 'billing', environment: 'production' },
      ...options.also,
      ...also,
    })
  const inhabited = (governed: GovernedConnection): TestHouse => ({
    raw,
    config,
    governed,
    schema,
    who: alice,
    db: governed.as(alice, { agent: { framework: 'autogen', id: 'bot' }, session: 's1' }),
    directory: join(directory, 'audit'),
    trail: () =>
      readdirSync(join(directory, 'audit'), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
        .join('\n'),
    beside: also =>
      wrap({
        audit: fileTrail({ directory: mkdtempSync(join(directory, 'beside-')), durability: 'os' }),
        ...also,
      }),
    restart: async also => {
      await governed.close()
      return inhabited(await wrap(also))
    },
    close: async () => {
      await governed.close()
      await raw.destroy()
      await drop()
      rmSync(directory, { recursive: true, force: true })
    },
  })
  return inhabited(await wrap({}))
}

interface Place {
  readonly config: Knex.Config
  readonly schema: string
  drop(): Promise<void>
}

async function place(engine: Engine, directory: string): Promise<Place> {
  if (engine === 'sqlite') {
    const connection = { filename: join(directory, 'shop.db') }
    return {
      config: { client: 'better-sqlite3', connection, useNullAsDefault: true },
      schema: 'main',
      drop: async () => {},
    }
  }
  const found = await (engine === 'postgres' ? postgres : mariadb).database()
  const { host, port, user, password, database } = found
  return {
    config: {
      client: engine === 'postgres' ? 'pg' : 'mysql2',
      connection: { host, port, user, password, database },
    },
    schema: engine === 'postgres' ? 'public' : database,
    drop: () => found.drop(),
  }
}

async function load(raw: Knex, engine: Engine, script: string): Promise<void> {
  const statements = engine === 'postgres' ? [script] : script.split(/;\s*\n/)
  for (const statement of statements) {
    if (statement.trim() !== '') await raw.raw(statement.replaceAll('?', '\\?'))
  }
}

/** Everything an error shows to whoever holds it. */
export function everythingIn(error: unknown): string {
  return inspect(error, { depth: 12, showHidden: true, getters: true })
}

/** Whether a PAN's digits stand in the text, whatever separates them. */
export function holds(text: string, pan: string): boolean {
  return text.replace(/[^0-9]/gu, '').includes(pan) || text.includes(pan)
}
