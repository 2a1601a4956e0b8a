import { access } from 'node:fs/promises'
import type { CatalogSource } from '../catalog/catalog-source.js'
import { mysqlCatalog } from '../catalog/mysql.js'
import { postgresCatalog } from '../catalog/postgres.js'
import { readSchemaFile } from '../catalog/schema-file.js'
import { sqliteCatalog } from '../catalog/sqlite.js'
import { ConfigurationError, PeerMissingError } from '../errors.js'
import type { LabelRule } from '../model/catalog.js'
import type { Clock } from '../util/clock.js'
import { mysqlAddress } from './mysql-address.js'

const CONNECT_TIMEOUT_MS = 10_000

/** Where a command gets its catalog from: exactly one of the two. */
export interface CatalogOptions {
  readonly schema?: string
  readonly url?: string
}

/**
 * Opens the catalog that the options name, for as long as `use` works.
 *
 * @throws ConfigurationError, PeerMissingError, CardeaError CARDEA_CATALOG_UNAVAILABLE; none of them
 *   repeats the URL, which holds a password.
 */
export async function withCatalog<T>(
  options: CatalogOptions,
  labels: readonly LabelRule[],
  clock: Clock,
  use: (source: CatalogSource) => Promise<T>,
): Promise<T> {
  const { schema, url } = options
  if (schema !== undefined && url === undefined) return use(await readSchemaFile(schema, labels))
  if (url !== undefined && schema === undefined) return readerOf(url)(url, labels, clock, use)
  throw new ConfigurationError(
    'Say where the schema is: either --schema schema.json or --url with the address of a database.',
  )
}

/** Runs `use` on one live database, and closes what it opened. */
type Reader = <T>(
  url: string,
  labels: readonly LabelRule[],
  clock: Clock,
  use: (source: CatalogSource) => Promise<T>,
) => Promise<T>

const READERS: Readonly<Record<string, Reader>> = {
  'postgres:': withPostgres,
  'postgresql:': withPostgres,
  'mysql:': withMysql,
  'mariadb:': withMysql,
  'sqlite:': withSqlite,
}

function readerOf(url: string): Reader {
  const reader = URL.canParse(url) ? READERS[new URL(url).protocol] : undefined
  if (reader !== undefined) return reader
  throw new ConfigurationError(
    '--url must look like postgres://user@host:5432/database, mysql://user@host:3306/database or sqlite:path/to/file.db.',
  )
}

async function withPostgres<T>(
  url: string,
  labels: readonly LabelRule[],
  clock: Clock,
  use: (source: CatalogSource) => Promise<T>,
): Promise<T> {
  const pool = await openPool(url)
  try {
    const query = async (sql: string, params: readonly unknown[]) => (await pool.query(sql, [...params])).rows
    return await use(postgresCatalog({ query, labels, clock }))
  } finally {
    await pool.end()
  }
}

async function openPool(url: string) {
  const { default: pg } = await import('pg').catch(() => {
    throw new PeerMissingError('pg', 'Reading the schema of a PostgreSQL database')
  })
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    application_name: 'cardea',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  // A connection that breaks while idle: the next query says so.
  pool.on('error', () => {})
  return pool
}

async function withMysql<T>(
  url: string,
  labels: readonly LabelRule[],
  clock: Clock,
  use: (source: CatalogSource) => Promise<T>,
): Promise<T> {
  const { default: mysql } = await import('mysql2/promise').catch(() => {
    throw new PeerMissingError('mysql2', 'Reading the schema of a MySQL or MariaDB database')
  })
  const pool = mysql.createPool({
    ...mysqlAddress(url),
    connectionLimit: 1,
    connectTimeout: CONNECT_TIMEOUT_MS,
  })
  try {
    const query = async (sql: string) => {
      // Under ANSI_QUOTES the server would write names in the catalog otherwise.
      await pool.query("set session sql_mode = ''")
      const [rows] = await pool.query(sql)
      return rows as Record<string, unknown>[]
    }
    return await use(mysqlCatalog({ query, labels, clock }))
  } finally {
    await pool.end()
  }
}

async function withSqlite<T>(
  url: string,
  labels: readonly LabelRule[],
  clock: Clock,
  use: (source: CatalogSource) => Promise<T>,
): Promise<T> {
  const { default: Sqlite } = await import('better-sqlite3').catch(() => {
    throw new PeerMissingError('better-sqlite3', 'Reading the schema of a SQLite database')
  })
  // Both drivers would make a file that is not there, whatever they are told.
  const path = decodeURIComponent(url.slice('sqlite:'.length).replace(/^\/\//, ''))
  await access(path).catch(() => {
    throw new ConfigurationError('The SQLite file of --url is not there. Write sqlite:path/to/file.db.')
  })
  const database = new Sqlite(path, { readonly: true })
  try {
    const query = async (sql: string, params: readonly unknown[]) =>
      database.prepare(sql).all([...params]) as Record<string, unknown>[]
    return await use(sqliteCatalog({ query, labels, clock }))
  } finally {
    database.close()
  }
}
