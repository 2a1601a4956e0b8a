import { CardeaError } from '../../errors.js'

/**
 * The error for a database that did not do its part. Of the driver's own only the code is kept: its text may
 * name whom a row is about.
 */
export function trouble(error: unknown, what: string): CardeaError {
  const code =
    typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
      ? ` (${error.code})`
      : ''
  return new CardeaError(
    'CARDEA_CONNECTION_FAILED',
    `${what}${code}. Check that the database can be reached, that the account may use it, and that cardea store migrate has been run.`,
  )
}
