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
  GovernedConnection,
  parsePolicy,
} from '../../src/index.js'
import { type Database, postgres } from '../support/databases.js'

export const issuer = 'https://login.corp.example'
export const alice = { subject: 'alice', issuer, roles: ['support'] }
export const bob = { subject: 'bob', issuer }

export const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: public.cards.pan, label: pan }
  - { column: public.cards.cvv, label: sad }
  - { column: public.customers.ssn, label: ssn }
`

export const approve: ApprovalCallback = async () => ({ decision: 'approved', approver: bob, reason: 'test' })

export interface TestHouse {
  readonly raw: Knex
  readonly governed: GovernedConnection
  readonly db: Knex
  readonly directory: string
  /** Everything on disk that the trail wrote. */
  trail(): string
  close(): Promise<void>
}

export interface TestHouseOptions {
  readonly twin?: 'A' | 'B'
  readonly approval?: ApprovalCallback
  readonly audit?: readonly AuditSink[]
  readonly policy?: string
  /** SQL that the host runs before anything is governed. */
  readonly setup?: string
  /** Connections at most. Default 4. */
  readonly connections?: number
}

export async function openHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const database: Database = await postgres.database()
  const directory = mkdtempSync(join(tmpdir(), 'cardea-main-'))
  const raw = knexFactory({
    client: 'pg',
    connection: database.url,
    pool: { min: 0, max: options.connections ?? 4 },
  })
  const fixture = new URL(`../fixtures/twins/fixture.postgres.${options.twin ?? 'A'}.sql`, import.meta.url)
  await raw.raw(readFileSync(fixture, 'utf8').replaceAll('?', '\\?'))
  if (options.setup !== undefined) await raw.raw(options.setup)
  const governed = await GovernedConnection.wrap(raw, {
    policy: parsePolicy(options.policy ?? POLICY, { file: 'policy.yaml' }),
    approval: options.approval ?? approve,
    audit: options.audit ?? fileTrail({ directory, durability: 'os' }),
    dataSource: { id: 'billing', environment: 'production' },
  })
  return {
    raw,
    governed,
    db: governed.as(alice, { agent: { framework: 'autogen', id: 'bot' }, session: 's1' }),
    directory,
    trail: () =>
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
        .join('\n'),
    close: async () => {
      await governed.close()
      await raw.destroy()
      await database.drop()
      rmSync(directory, { recursive: true, force: true })
    },
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
