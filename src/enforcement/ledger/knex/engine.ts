import type { Knex } from 'knex'
import { CardeaError, ConfigurationError } from '../../../errors.js'

export const TABLE = 'cardea_calls'

/** Milliseconds that one statement may take. */
const LONGEST_MS = 5_000

const ENGINES: readonly unknown[] = ['postgresql', 'mysql', 'sqlite3']

/** @throws ConfigurationError for a Knex that the store cannot work with. */
export function checkEngine(knex: Knex): void {
  if (knex.isTransaction === true) {
    throw new ConfigurationError(
      'The call ledger needs a Knex of its own, not a transaction: what was written must stay written.',
    )
  }
  if (ENGINES.includes(knex.client?.dialect)) return
  throw new ConfigurationError('The call ledger works on PostgreSQL, MySQL, MariaDB and SQLite.')
}

/** What the engine calls the error; never its text, which holds the statement and its bindings. */
function nameOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{5,60}$/.test(code) ? code : ''
}

/** A second row for the same slot. */
export function isDuplicate(error: unknown): boolean {
  return ['23505', 'ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_PRIMARYKEY', 'SQLITE_CONSTRAINT_UNIQUE'].includes(
    nameOf(error),
  )
}

/** A statement that takes a limit; what Knex calls a chainable. */
interface Timed<T> extends PromiseLike<T> {
  timeout(milliseconds: number): PromiseLike<T>
}

/** @throws CardeaError `CARDEA_STORE_UNAVAILABLE`; whatever `expected` lets through, as it is. */
export async function attempt<T>(
  what: string,
  statement: Timed<T>,
  expected: (error: unknown) => boolean = () => false,
): Promise<T> {
  try {
    return await statement.timeout(LONGEST_MS)
  } catch (error) {
    throw expected(error) ? error : ledgerFailed(what, error)
  }
}

export function ledgerFailed(what: string, error: unknown): CardeaError {
  const name = nameOf(error)
  const named = name === '' ? '' : ` (${name})`
  return new CardeaError('CARDEA_STORE_UNAVAILABLE', `The call ledger could not ${what}${named}.`)
}
