/** Errors of a database by name. Knex writes statements and bindings into their texts, so nothing else is looked at. */

/** SQLSTATE on PostgreSQL, `ER_…` on MySQL, `SQLITE_…`; also the codes of sockets. */
export function engineName(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if ('name' in error && error.name === 'KnexTimeoutError') return 'TIMEOUT'
  if (!('code' in error) || typeof error.code !== 'string') return undefined
  return /^[A-Z][A-Z0-9_]{1,60}$|^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined
}

const DUPLICATES = [
  '23505',
  'ER_DUP_ENTRY',
  'SQLITE_CONSTRAINT',
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
]
/** Too long for the server; it would be at the next attempt. */
const UNFIT = [
  'ER_NET_PACKET_TOO_LARGE',
  'ER_DATA_TOO_LONG',
  'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
  'SQLITE_TOOBIG',
]

/** The row is there already. */
export function isDuplicate(error: unknown): boolean {
  return DUPLICATES.includes(engineName(error) ?? '')
}

/** The server will never take the row: of PostgreSQL classes 22 and 54 of SQLSTATE, data and limits. */
export function isUnfit(error: unknown): boolean {
  const name = engineName(error) ?? ''
  return UNFIT.includes(name) || /^(22|54)[0-9A-Z]{3}$/.test(name)
}
