import { setTimeout as sleep } from 'node:timers/promises'
import { CardeaError } from '../../../errors.js'
import { errorName, isCollision } from './engine.js'

const LONGEST_MS = 10_000
const TRIES = 8
const PAUSE_MS = 5
const BROKEN = 3

/** A statement that takes a limit; what Knex calls a chainable. */
interface Timed<T> extends PromiseLike<T> {
  timeout(milliseconds: number): PromiseLike<T>
}

/**
 * Runs one statement in a transaction of its own, again when it collided with others.
 *
 * @throws CardeaError `CARDEA_STORE_UNAVAILABLE`, which holds no text of the database's; whatever `expected`
 *   lets through, as it is.
 */
export function attempt<T>(
  what: string,
  statement: () => Timed<T>,
  expected: (error: unknown) => boolean = () => false,
): Promise<T> {
  return tried(what, statement, expected, isCollision)
}

/**
 * Likewise for a statement that does no harm when it takes place twice: it is run again, too, when its
 * connection was found broken, as are all in the pool after the server was away.
 */
export function attemptTwice<T>(what: string, statement: () => Timed<T>): Promise<T> {
  let broken = 0
  return tried(
    what,
    statement,
    () => false,
    error => isCollision(error) || (!isTimeout(error) && ++broken <= BROKEN),
  )
}

async function tried<T>(
  what: string,
  statement: () => Timed<T>,
  expected: (error: unknown) => boolean,
  passing: (error: unknown) => boolean,
): Promise<T> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await statement().timeout(LONGEST_MS)
    } catch (error) {
      if (expected(error)) throw error
      if (left === 1 || !passing(error)) throw storeFailed(what, error)
    }
    await sleep(PAUSE_MS * (TRIES - left + 1))
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'KnexTimeoutError'
}

/** Knex writes statements with their bindings into its errors, so nothing of the error but its name is kept. */
export function storeFailed(what: string, error: unknown): CardeaError {
  if (error instanceof CardeaError) return error
  const name = errorName(error)
  const named = name === undefined ? '' : ` (${name})`
  return new CardeaError('CARDEA_STORE_UNAVAILABLE', `The approval store could not ${what}${named}.`)
}
