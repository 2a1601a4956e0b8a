/** The file of an index: a SQLite database that holds numbers and hashes, and no text of a trail. */
import { chmod, open, stat } from 'node:fs/promises'
import { CardeaError, ConfigurationError, PeerMissingError } from '../../errors.js'
import { errorCode } from '../error-code.js'

/** What is used of the driver. */
export interface Database {
  exec(sql: string): unknown
  prepare(sql: string): Prepared
  close(): unknown
}

export interface Prepared {
  run(...values: readonly unknown[]): unknown
  get(...values: readonly unknown[]): unknown
  all(...values: readonly unknown[]): unknown[]
}

/** `Card` in ASCII, in the header of the file: no other database is ever taken for an index. */
const APPLICATION = 0x43_61_72_64
/** Of the tables and of what terms are made of: an index of another version is made anew. */
const VERSION = 1

const TABLES = `
  create table trail (
    id integer primary key, path text not null unique,
    first_segment integer not null, segment integer not null, offset integer not null, stories integer not null,
    head_segment integer not null, head_offset integer not null, head_bytes integer not null, head_hash blob not null
  );
  create table story (
    trail integer not null, n integer not null,
    first_segment integer not null, first_offset integer not null, first_bytes integer not null, first_hash blob not null,
    last_segment integer, last_offset integer, last_bytes integer, last_hash blob,
    primary key (trail, n)
  ) without rowid;
  create table open_intent (
    trail integer not null, n integer not null,
    first_segment integer not null, first_offset integer not null, first_bytes integer not null, first_hash blob not null,
    primary key (trail, n)
  ) without rowid;
  create table span (
    trail integer not null, block integer not null, earliest integer not null, latest integer not null,
    primary key (trail, block)
  ) without rowid;
  create table term (
    trail integer not null, term integer not null, block integer not null, stories text not null,
    primary key (trail, term, block)
  ) without rowid;
`

/** @throws ConfigurationError for a file that is no index; PeerMissingError. */
export async function openDatabase(path: string): Promise<Database> {
  const { default: Sqlite } = await import('better-sqlite3').catch(() => {
    throw new PeerMissingError('better-sqlite3', 'An index of a trail')
  })
  await makeFile(path)
  const database: Database = new Sqlite(path)
  try {
    prepare(database, path, (await stat(path)).size === 0)
    return database
  } catch (error) {
    database.close()
    throw inWords(path, error)
  }
}

/** What SQLite says of a file that is no index, was spoilt, or is in use; other errors as they are. */
export function inWords(path: string, error: unknown): unknown {
  const code = errorCode(error) ?? ''
  if (error instanceof CardeaError || !code.startsWith('SQLITE_')) return error
  if (code.startsWith('SQLITE_BUSY')) {
    return new ConfigurationError(`Another process is writing to the index ${path}. Try again.`, {
      cause: error,
    })
  }
  return unusable(path, error)
}

function unusable(path: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(
    `${path} is not an index of a trail that can be read. Name another file, or delete it if it was one.`,
    { cause },
  )
}

/** Owner-only, as the trail is. */
async function makeFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'ax', 0o600)
    await file.close()
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return
    throw new ConfigurationError(`The index ${path} can be neither opened nor made.`, { cause: error })
  }
  await chmod(path, 0o600)
}

function prepare(database: Database, path: string, empty: boolean): void {
  const isOurs = read(database, 'application_id') === APPLICATION
  database.exec('pragma busy_timeout = 10000; pragma cache_size = -65536')
  // Few waits for the disk; a power cut loses the last of it, which is read again.
  if (!isOurs && !empty) throw unusable(path)
  if (read(database, 'journal_mode') !== 'wal') database.exec('pragma journal_mode = wal')
  database.exec('pragma synchronous = normal')
  if (isOurs && read(database, 'user_version') === VERSION) return
  database.exec('begin immediate')
  // Another process may have made it meanwhile.
  if (read(database, 'user_version') !== VERSION) {
    for (const table of ['trail', 'story', 'open_intent', 'span', 'term'])
      database.exec(`drop table if exists ${table}`)
    database.exec(`pragma application_id = ${APPLICATION}; pragma user_version = ${VERSION}; ${TABLES}`)
  }
  database.exec('commit')
}

function read(database: Database, pragma: 'application_id' | 'user_version' | 'journal_mode'): unknown {
  const row = database.prepare(`select ${pragma} as value from pragma_${pragma}`).get()
  return typeof row === 'object' && row !== null && 'value' in row ? row.value : undefined
}
