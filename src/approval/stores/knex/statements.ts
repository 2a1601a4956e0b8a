import { setTimeout as sleep } from 'node:timers/promises'
import { CardeaError } from '../../../errors.js'
import { errorName, isCollision } from './engine.js'

const LONGEST_MS = 10_000
const TRIES = 8
const PAUSE_MS = 5

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
export async function attempt<T>(
  what: string,
  statement: () => Timed<T>,
  expected: (error: unknown) => boolean = () => false,
): Promise<T> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await statement().timeout(LONGEST_MS)
    } catch (error) {
      if (expected(error)) throw error
      if (left === 1 || !isCollision(error)) throw storeFailed(what, error)
    }
    await sleep(PAUSE_MS * (TRIES - left + 1))
  }
}

/** Knex writes statements with their bindings into its errors, so nothing of the error but its name is kept. */
export function storeFailed(what: string, error: unknown): CardeaError {
  if (error instanceof CardeaError) return error
  const name = errorName(error)
  const named = name === undefined ? '' : ` (${name})`
  return new CardeaError('CARDEA_STORE_UNAVAILABLE', `The approval store could not ${what}${named}.`)
}
