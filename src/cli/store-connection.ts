import { access } from 'node:fs/promises'
import type { Knex } from 'knex'
import { ConfigurationError, PeerMissingError } from '../errors.js'

const CONNECT_TIMEOUT_MS = 10_000

export interface StoreConnectionOptions {
  /** Make the file of a SQLite database that is not there. Default false: say that it is not there. */
  readonly create?: boolean
  /** At one time, at most. Default 2: enough for a command. */
  readonly connections?: number
}

/**
 * A Knex for the database that holds Cardea's own tables, as `--store` names it. The caller destroys it.
 * A password that is not in the URL comes from `PGPASSWORD` or `~/.pgpass`, or from `MYSQL_PWD`.
 *
 * @throws ConfigurationError, PeerMissingError; neither repeats the URL, which may hold a password. Whether
 *   the database can be reached shows at the first query.
 * @example
 * const knex = await openStoreConnection('postgres://cardea@db.internal/cardea')
 * try { await store(knex) } finally { await knex.destroy() }
 */
export async function openStoreConnection(url: string, options: StoreConnectionOptions = {}): Promise<Knex> {
  const configure = URL.canParse(url) ? CONFIGURED[new URL(url).protocol] : undefined
  if (configure === undefined) {
    throw new ConfigurationError(
      '--store must look like postgres://user@host:5432/database, mysql://user@host:3306/database or sqlite:path/to/file.db.',
    )
  }
  const config = await configure(url, options.create ?? false)
  const { default: knex } = await import('knex').catch(() => {
    throw new PeerMissingError('knex', '--store')
  })
  const { connections = 2 } = options
  const pool = config.client === 'better-sqlite3' ? {} : { pool: { min: 0, max: connections } }
  return knex({ ...config, ...pool, acquireConnectionTimeout: CONNECT_TIMEOUT_MS, log: SILENT })
}

/** Knex would write what it thinks, statements included, to the terminal. */
const SILENT = { warn() {}, error() {}, deprecate() {}, debug() {} }

type Configure = (url: string, create: boolean) => Promise<Knex.Config>

const CONFIGURED: Readonly<Record<string, Configure>> = {
  'postgres:': postgres,
  'postgresql:': postgres,
  'mysql:': mysql,
  'mariadb:': mysql,
  'sqlite:': sqlite,
}

async function postgres(url: string): Promise<Knex.Config> {
  await import('pg').catch(() => {
    throw new PeerMissingError('pg', '--store with PostgreSQL')
  })
  return {
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: 'cardea',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    },
  }
}

async function mysql(url: string): Promise<Knex.Config> {
  await import('mysql2').catch(() => {
    throw new PeerMissingError('mysql2', '--store with MySQL or MariaDB')
  })
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    client: 'mysql2',
    connection: {
      host: decodeURIComponent(hostname),
      port: port === '' ? 3306 : Number(port),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password) || process.env['MYSQL_PWD'] || '',
      database: decodeURIComponent(pathname.slice(1)),
      connectTimeout: CONNECT_TIMEOUT_MS,
    },
  }
}

async function sqlite(url: string, create: boolean): Promise<Knex.Config> {
  await import('better-sqlite3').catch(() => {
    throw new PeerMissingError('better-sqlite3', '--store with SQLite')
  })
  const filename = decodeURIComponent(url.slice('sqlite:'.length).replace(/^\/\//, ''))
  if (!create) {
    await access(filename).catch(() => {
      throw new ConfigurationError('The SQLite file of --store is not there. Run cardea store migrate first.')
    })
  }
  return { client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true }
}
