import { CardeaError } from '../../errors.js'

/** Milliseconds that one statement may take. */
export const LONGEST_MS = 5_000

/**
 * The error for a database that did not do its part. Knex writes statements with their bindings into its
 * errors, so nothing of the error but the engine's name for it is kept.
 */
export function trouble(error: unknown, what: string): CardeaError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  const name = typeof code === 'string' && /^[A-Z0-9_]{5,60}$/.test(code) ? ` (${code})` : ''
  return new CardeaError(
    'CARDEA_STORE_UNAVAILABLE',
    `${what}${name}. Check that the database can be reached, that the account may use it, and that cardea store migrate has been run.`,
  )
}
