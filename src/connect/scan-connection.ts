import { access } from 'node:fs/promises'
import { ConfigurationError, PeerMissingError } from '../errors.js'
import type { Dialect } from '../model/dialect.js'
import { mysqlAddress } from './mysql-address.js'

const CONNECT_TIMEOUT_MS = 10_000

/** Runs one text and gives the rows of its last statement. Whole numbers and decimals are asked for as text. */
export type RunText = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** Connections for looking at a database, lent one at a time to each who asks. */
export interface ScanConnections {
  readonly dialect: Dialect
  lend<T>(use: (run: RunText) => Promise<T>): Promise<T>
}

/**
 * Opens connections to a database for as long as `use` works. A SQLite file is opened read-only; on a server,
 * transactions are the caller's.
 *
 * @param connections at most.
 * @throws ConfigurationError, PeerMissingError; neither repeats the URL, which may hold a password. Whether
 *   the database can be reached shows at the first statement.
 */
export async function withScanConnections<T>(
  url: string,
  connections: number,
  use: (opened: ScanConnections) => Promise<T>,
): Promise<T> {
  const open = OPENERS[URL.canParse(url) ? new URL(url).protocol : '']
  if (open === undefined) {
    throw new ConfigurationError(
      'The address of the database must look like postgres://user@host:5432/database, mysql://user@host:3306/database or sqlite:path/to/file.db.',
    )
  }
  const { close, ...opened } = await open(url, connections)
  try {
    return await use(opened)
  } finally {
    await close()
  }
}

type Opener = (
  url: string,
  connections: number,
) => Promise<ScanConnections & { close(): Promise<void> | void }>

const OPENERS: Readonly<Record<string, Opener>> = {
  'postgres:': openPostgres,
  'postgresql:': openPostgres,
  'mysql:': openMysql,
  'mariadb:': openMysql,
  'sqlite:': openSqlite,
}

async function openPostgres(url: string, connections: number): ReturnType<Opener> {
  const { default: pg } = await import('pg').catch(() => {
    throw new PeerMissingError('pg', 'Scanning a PostgreSQL database')
  })
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    application_name: 'cardea scan',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  pool.on('error', () => {})
  return {
    dialect: 'postgres',
    async lend(use) {
      const client = await pool.connect()
      // One that breaks while it is lent says so at the next statement.
      const broken = (): void => {}
      client.on('error', broken)
      try {
        return await use(async sql => (await client.query(sql)).rows)
      } finally {
        client.off('error', broken)
        client.release()
      }
    },
    close: () => pool.end(),
  }
}

async function openMysql(url: string, connections: number): ReturnType<Opener> {
  const { default: mysql } = await import('mysql2/promise').catch(() => {
    throw new PeerMissingError('mysql2', 'Scanning a MySQL or MariaDB database')
  })
  const pool = mysql.createPool({
    ...mysqlAddress(url),
    connectionLimit: connections,
    connectTimeout: CONNECT_TIMEOUT_MS,
    supportBigNumbers: true,
    bigNumberStrings: true,
    decimalNumbers: false,
    dateStrings: true,
  })
  return {
    dialect: 'mysql',
    async lend(use) {
      const connection = await pool.getConnection()
      try {
        return await use(async sql => {
          const [rows] = await connection.query(sql)
          return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : []
        })
      } finally {
        connection.release()
      }
    },
    close: () => pool.end(),
  }
}

async function openSqlite(url: string): ReturnType<Opener> {
  const { default: Sqlite } = await import('better-sqlite3').catch(() => {
    throw new PeerMissingError('better-sqlite3', 'Scanning a SQLite database')
  })
  // The driver would make a file that is not there, whatever it is told.
  const path = decodeURIComponent(url.slice('sqlite:'.length).replace(/^\/\//, ''))
  await access(path).catch(() => {
    throw new ConfigurationError('The SQLite file is not there. Write sqlite:path/to/file.db.')
  })
  const database = new Sqlite(path, { readonly: true })
  database.pragma('query_only = 1')
  return {
    dialect: 'sqlite',
    lend: use => use(async sql => database.prepare(sql).all() as Record<string, unknown>[]),
    close: () => {
      database.close()
    },
  }
}
