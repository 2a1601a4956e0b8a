/** Statements in process and through the door, on both twins, with everything that came of them. */
import { CardeaError, DatabaseError, type Decision } from '../../../../src/index.js'
import type { GovernedSession } from '../../../../src/model/session.js'
import { asRaw, type CorpusStatement } from '../../../support/corpus.js'
import { agent } from '../../../support/twins.js'
import { varies } from '../../../twins/varying.js'
import type { Answers } from '../../governance/compare.js'
import type { Answer } from './answer.js'
import { type Sent, sentOf, type TwinDoor } from './doors.js'

export interface Twins {
  readonly a: TwinDoor
  readonly b: TwinDoor
}

export interface Observed extends Answers<Answer> {
  readonly one: CorpusStatement
  readonly decision: Decision
  /** No two runs of it are alike. */
  readonly varies: boolean
  /** Absent where the text is the session's own affair at the door. */
  readonly inProcess: InProcess | undefined
}

export type InProcess =
  | { readonly rows: string; readonly names: readonly string[] }
  | { readonly affected: number }
  | { readonly error: CardeaError | DatabaseError }

export async function observe(
  twins: Twins,
  read: GovernedSession['read'],
  one: CorpusStatement,
): Promise<Observed> {
  const { governed } = twins.a.wire
  const [sql, values] = asRaw(one, 'mysql')
  const { decision, facts } = await governed.explain(twins.a.spelled(sql), values, agent)
  const [command] = read(one.sql)
  const isStatement = command?.kind === 'statement'
  const undone = !isStatement || !facts.analyzable || !facts.readOnly
  // Knex takes every question mark for a value, which the protocol does not.
  const inKnex = isStatement && (one.bindings !== undefined || !one.sql.includes('?'))
  // On both, so that counters of the tables stand alike.
  const [inProcess] = inKnex
    ? await Promise.all([askInProcess(twins.a, one, undone), askInProcess(twins.b, one, undone)])
    : []
  const answers = await askBoth(twins, { ...sentOf(one), undone })
  return { one, decision, varies: REMEMBERS.test(one.sql) || varies(one, facts), inProcess, ...answers }
}

export async function askBoth({ a, b }: Twins, sent: Sent): Promise<Answers<Answer>> {
  return {
    text: await Promise.all([a.ask(sent, 'text'), b.ask(sent, 'text')]),
    binary: await Promise.all([a.ask(sent, 'binary'), b.ask(sent, 'binary')]),
  }
}

/** As whom the door takes its clients of this test. */
const BOT = Object.freeze({ framework: 'Node-MySQL-2', id: 'bot' })

type Response = readonly [
  rows: readonly object[] | { readonly affectedRows: number },
  fields: readonly { readonly name: string }[],
]

async function askInProcess(door: TwinDoor, one: CorpusStatement, undone: boolean): Promise<InProcess> {
  const db = door.wire.governed.as(agent, { session: 'process', agent: BOT })
  const [sql, bindings] = asRaw(one, 'mysql')
  const ask = async (knex: Pick<typeof db, 'raw'>): Promise<InProcess> => {
    try {
      const [rows, fields]: Response = await knex.raw(door.spelled(sql), [...bindings])
      if ('affectedRows' in rows) return { affected: rows.affectedRows }
      return { rows: inForm(rows), names: fields.map(({ name }) => name) }
    } catch (error) {
      if (error instanceof CardeaError || error instanceof DatabaseError) return { error }
      throw error
    }
  }
  if (!undone) return ask(db)
  const transaction = await db.transaction()
  const found = await ask(transaction)
  await transaction.rollback()
  return found
}

/** An answer as the driver would give it in process, with its rows in an order of their own: the server breaks ties as it likes. */
export function inProcessForm({ rows, columns, affected }: Answer): InProcess {
  if (affected !== undefined) return { affected }
  const names = columns.map(({ name }) => name)
  return {
    rows: inForm(rows.map(row => Object.fromEntries(names.map((name, at) => [name, row[at]])))),
    names,
  }
}

function inForm(rows: readonly unknown[]): string {
  return rows
    .map(row => JSON.stringify(row, roughly))
    .sort()
    .join()
}

/** Fractions have fewer digits in text than in binary; in process mysql2 rounds a BIGINT, and masked bytes are a text. */
export function roughly(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6))
  if (typeof value === 'string' && /^\d{17,19}$/.test(value)) return Number(value)
  const bytes = value as { readonly type?: unknown; readonly data?: unknown } | null
  return bytes?.type === 'Buffer' ? Buffer.from(bytes.data as number[]).toString('latin1') : value
}

/** Shows what was asked before, or a counter that no rollback takes back. */
const REMEMBERS = /\b(found_rows|row_count|last_insert_id)\s*\(|^\s*insert\b.*\breturning\b/is
