/** What is told of an error of the database: a cause in our words and its code. Its message may quote values. */
export interface ReadFailure {
  readonly why: string
  /** The connection, or the server, is gone: the next statement will fail too. */
  readonly lost: boolean
  /** Of the statement, not of a column: asking for fewer columns helps nobody. */
  readonly whole: boolean
}

const DENIED = new Set([
  '42501',
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_COLUMNACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
])
const SLOW = new Set(['57014', 'ER_STATEMENT_TIMEOUT', 'ER_QUERY_TIMEOUT'])
const LOCKED = new Set(['55P03', 'ER_LOCK_WAIT_TIMEOUT', 'SQLITE_BUSY', 'SQLITE_LOCKED'])
/** mysql2 has no name for MariaDB's own. */
const MARIADB_STATEMENT_TIMEOUT = 1969

export function readFailure(error: unknown): ReadFailure {
  const code = codeOf(error)
  if (DENIED.has(code)) return { why: 'may not be read', lost: false, whole: true }
  if (SLOW.has(code) || numberOf(error) === MARIADB_STATEMENT_TIMEOUT)
    return { why: 'took too long', lost: false, whole: true }
  if (LOCKED.has(code)) return { why: 'is locked', lost: false, whole: true }
  const lost = /^(08\w{3}|57P0\d|53300|E[A-Z]{4,}|PROTOCOL_\w+|ER_SERVER_SHUTDOWN)$/.test(code) || code === ''
  return { why: `could not be read (${code === '' ? 'no code' : code})`, lost, whole: lost }
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{3,60}$/.test(code) && !/\d{9}/.test(code) ? code : ''
}

function numberOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'errno' in error ? error.errno : undefined
}
