/** What the benign tests share: an ordinary shop on PostgreSQL, and the same statement with and without governance. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import knexFactory, { type Knex } from 'knex'
import { type Effect, fileTrail, GovernedConnection, parsePolicy } from '../../src/index.js'
import { type Database, postgres } from '../support/databases.js'

const agent = { subject: 'ann', issuer: 'https://login.corp.example', roles: ['analyst'] }
const approver = { subject: 'bob', issuer: 'https://login.corp.example' }

const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: '*.cards.pan', label: pan }
  - { column: '*.cards.cvv', label: sad }
  - { column: '*.customers.ssn', label: ssn }
`

export interface Shop {
  /** Nobody watches. */
  readonly plain: Knex
  /** Governed by `pci-baseline`; every approval that is asked for is given. */
  readonly governed: Knex
  verdict(statement: Statement): Promise<Verdict>
  /** How often a person was asked. */
  asked(): number
  close(): Promise<void>
}

export interface Verdict {
  readonly effect: Effect
  readonly rule: string
  readonly reason: string
}

/** SQL as PostgreSQL takes it, with `$1`, and its values. */
export type Statement = string | readonly [sql: string, ...values: readonly unknown[]]

/** @param more SQL that runs after the shop is set up. */
export async function openShop(more = ''): Promise<Shop> {
  const database: Database = await postgres.database()
  const directory = mkdtempSync(join(tmpdir(), 'cardea-benign-'))
  const plain = knexFactory({ client: 'pg', connection: database.url, pool: { min: 0, max: 3 } })
  await plain.raw(escaped(readFileSync(new URL('./shop.sql', import.meta.url), 'utf8')))
  if (more !== '') await plain.raw(escaped(more))
  let questions = 0
  const connection = await GovernedConnection.wrap(plain, {
    policy: parsePolicy(POLICY, { file: 'policy.yaml' }),
    approval: async () => {
      questions++
      return { decision: 'approved', approver, reason: 'test' }
    },
    audit: fileTrail({ directory, durability: 'os' }),
    dataSource: { id: 'shop', environment: 'production' },
  })
  return {
    plain,
    governed: connection.as(agent, { session: 's1' }),
    verdict: async statement => {
      const { sql, values } = parts(statement)
      const { decision } = await connection.explain(sql, values, agent)
      return { effect: decision.effect, rule: decision.rule, reason: decision.reason }
    },
    asked: () => questions,
    close: async () => {
      await connection.close()
      await plain.destroy()
      await database.drop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** What a caller sees of an answer: rows and their types, in order, with the names and types of the columns. */
export interface Answer {
  readonly command: string
  readonly rowCount: number | null
  readonly rows: unknown
  readonly fields: readonly { readonly name: string; readonly type: number; readonly table: number }[]
}

export async function ask(knex: Knex, statement: Statement): Promise<Answer> {
  const { sql, values } = parts(statement)
  const { command, rowCount, rows, fields } = await knex.raw(sql, [...values])
  return {
    command,
    rowCount,
    rows,
    fields: fields.map((field: { name: string; dataTypeID: number; tableID: number }) => ({
      name: field.name,
      type: field.dataTypeID,
      table: field.tableID,
    })),
  }
}

/** As `knex.raw` takes it. A value used twice is bound twice, as Knex itself does. */
function parts(statement: Statement): { readonly sql: string; readonly values: readonly Knex.RawBinding[] } {
  const [text, ...given] = typeof statement === 'string' ? [statement] : statement
  const values: Knex.RawBinding[] = []
  const sql = escaped(text ?? '').replace(/\$(\d+)(?![$\w])/gu, (_, number: string) => {
    values.push(given[Number(number) - 1] as Knex.RawBinding)
    return '?'
  })
  return { sql, values }
}

function escaped(sql: string): string {
  return sql.replaceAll('?', '\\?')
}
