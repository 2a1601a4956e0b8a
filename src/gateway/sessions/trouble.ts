import { errorCode } from '../../audit/error-code.js'
import { CardeaError } from '../../errors.js'

/** Milliseconds that one statement may take. */
export const LONGEST_MS = 5_000

/** Knex writes statements with their bindings into its errors: nothing but the engine's name for one is kept. */
export function trouble(error: unknown, what: string): CardeaError {
  if (error instanceof CardeaError) return error
  const code = errorCode(error)
  const name = code === undefined ? '' : ` (${code})`
  return new CardeaError(
    'CARDEA_STORE_UNAVAILABLE',
    `${what}${name}. Check that the store can be reached and that cardea store migrate has been run.`,
  )
}
