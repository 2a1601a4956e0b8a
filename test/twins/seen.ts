/** Everything that a caller can observe of a statement, but for time, ids and the name of the database. */
import type { Knex } from 'knex'
import { CardeaError, DatabaseError } from '../../src/index.js'
import { asRaw } from '../support/corpus.js'
import type { GovernedTwin } from '../support/twins.js'

export interface Seen {
  readonly failed?: string
  readonly names: readonly string[]
  readonly rows: unknown
  readonly affected?: unknown
}

export interface Sent {
  readonly sql: string
  readonly bindings?: readonly (string | number | boolean | null)[] | undefined
  /** Inside a transaction that is rolled back, so that the next statement finds what this one found. */
  readonly undone: boolean
}

/** Runs a statement of the corpus on one twin, governed. @throws whatever is neither ours nor the engine's. */
export async function seen(twin: GovernedTwin, sent: Sent): Promise<Seen> {
  if (!sent.undone) return observe(twin, twin.db, sent)
  let found: Seen | undefined
  const undo = new Error('undo')
  try {
    await twin.db.transaction(async trx => {
      found = await observe(twin, trx, sent)
      throw undo
    })
  } catch (error) {
    if (error !== undo) throw error
  }
  if (found === undefined) throw new Error('The transaction ran nothing.')
  return found
}

async function observe(twin: GovernedTwin, knex: Knex, { sql, bindings }: Sent): Promise<Seen> {
  const [text, values] = asRaw({ sql, bindings }, twin.engine)
  try {
    return shape(await knex.raw(twin.spelled(text), [...values]), twin)
  } catch (error) {
    if (!(error instanceof CardeaError) && !(error instanceof DatabaseError)) throw error
    const { decisionId: _, ...rest } = error as CardeaError & { decisionId?: string }
    return { failed: plain(twin, { ...rest, message: error.message }), names: [], rows: [] }
  }
}

function shape(response: unknown, twin: GovernedTwin): Seen {
  if (twin.engine === 'postgres') {
    const { rows, rowCount, command, fields } = response as PgResponse
    return { names: namesOf(twin, fields), rows: plain(twin, rows), affected: `${command} ${rowCount}` }
  }
  if (twin.engine === 'sqlite') {
    return Array.isArray(response)
      ? { names: Object.keys((response[0] as object | undefined) ?? {}), rows: plain(twin, response) }
      : { names: [], rows: [], affected: plain(twin, response) }
  }
  const [rows, fields] = response as [unknown, readonly { readonly name: string }[] | undefined]
  return Array.isArray(rows)
    ? { names: namesOf(twin, fields), rows: plain(twin, rows) }
    : { names: [], rows: [], affected: plain(twin, { ...(rows as object) }) }
}

interface PgResponse {
  readonly rows: unknown
  readonly rowCount: number | null
  readonly command: string
  readonly fields: readonly { readonly name: string }[]
}

function namesOf(
  twin: GovernedTwin,
  fields: readonly { readonly name: string }[] | undefined,
): readonly string[] {
  return (fields ?? []).map(field => field.name.replace(twin.database, 'database'))
}

function plain(twin: GovernedTwin, value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? `${item}n` : item))
    .replaceAll(twin.database, 'database')
    .replaceAll(/\(decision \w+\)/gu, '')
}

/** What is left to compare where the statement shows the time, a random value or numbers of the server's own. */
export function outline({ names, rows, affected, failed }: Seen): object {
  const count = typeof rows === 'string' ? (JSON.parse(rows) as unknown[]).length : 0
  return { names, count, affected, failed: failed === undefined ? undefined : 'failed' }
}

/** The same with its rows in an order of their own. */
export function unordered(found: Seen): Seen {
  if (typeof found.rows !== 'string') return found
  const rows = (JSON.parse(found.rows) as unknown[]).map(row => JSON.stringify(row)).sort()
  return { ...found, rows }
}
