/** How the database under the store is spoken to, whichever it is. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import { CardeaError, ConfigurationError } from '../../../errors.js'

export type Engine = 'postgres' | 'mysql' | 'sqlite'

const ENGINES: Readonly<Record<string, Engine>> = {
  postgresql: 'postgres',
  mysql: 'mysql',
  sqlite3: 'sqlite',
}

/** Milliseconds that one statement may take. */
export const LONGEST_MS = 5_000
const TRIES = 12
const PAUSE_MS = 4

/** @throws ConfigurationError for a Knex that the store cannot work with. */
export function engineOf(knex: Knex): Engine {
  if (knex.isTransaction === true) {
    throw new ConfigurationError(
      'The store of budgets needs a Knex of its own, not a transaction: what was used up must stay used up.',
    )
  }
  const dialect: unknown = knex.client?.dialect
  const engine = typeof dialect === 'string' ? ENGINES[dialect] : undefined
  if (engine !== undefined) return engine
  throw new ConfigurationError('The store of budgets works on PostgreSQL, MySQL, MariaDB and SQLite.')
}

/**
 * Runs work that may be done again from its beginning, again where it collided with others, or where its connection
 * was found broken: counted twice errs on the safe side.
 *
 * @throws CardeaError `CARDEA_STORE_UNAVAILABLE`, which holds no text of the database's.
 */
export async function attempt<T>(what: string, work: () => PromiseLike<T>): Promise<T> {
  let broken = 0
  for (let left = TRIES; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      const again = isCollision(error) || (!isTimeout(error) && ++broken <= 2)
      if (left === 1 || !again) throw storeFailed(what, error)
    }
    await sleep(PAUSE_MS * (TRIES - left + 1))
  }
}

/** What the engine calls the error; never its text, which holds the statement and its bindings. */
function nameOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{5,60}$/.test(code) ? code : ''
}

const COLLISIONS = ['40001', '40P01', '55P03', 'ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD']

function isCollision(error: unknown): boolean {
  const name = nameOf(error)
  return COLLISIONS.includes(name) || name.startsWith('SQLITE_BUSY')
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'KnexTimeoutError'
}

export function storeFailed(what: string, error: unknown): CardeaError {
  if (error instanceof CardeaError) return error
  const name = nameOf(error)
  const named = name === '' ? '' : ` (${name})`
  return new CardeaError('CARDEA_STORE_UNAVAILABLE', `The store of budgets could not ${what}${named}.`)
}
