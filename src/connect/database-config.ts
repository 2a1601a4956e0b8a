import type { Knex } from 'knex'
import { ConfigurationError } from '../errors.js'

const CONNECT_TIMEOUT_MS = 10_000
const SUPPORTED =
  'must look like postgres://user@host:5432/database, mysql://user@host:3306/database or sqlite:path/to/file.db'

/**
 * How Knex is to reach the database that a URL names.
 *
 * @param connections lent at one time, at most.
 * @throws ConfigurationError for any other URL; it is not repeated, because it may hold a password.
 */
export function databaseConfig(text: string, connections: number): Knex.Config {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const common = { acquireConnectionTimeout: CONNECT_TIMEOUT_MS, log: SILENT }
  const pool = { min: 0, max: connections }
  switch (url?.protocol) {
    case 'postgres:':
    case 'postgresql:':
      return {
        ...common,
        pool: { ...pool, afterCreate: noticeDeath },
        client: 'pg',
        connection: postgres(text),
      }
    case 'mysql:':
    case 'mariadb:':
      return { ...common, pool, client: 'mysql2', connection: mysql(url) }
    case 'sqlite:':
      return {
        ...common,
        client: 'better-sqlite3',
        connection: { filename: decodeURIComponent(text.slice('sqlite:'.length).replace(/^\/\//, '')) },
        useNullAsDefault: true,
      }
    default:
      throw new ConfigurationError(SUPPORTED)
  }
}

/** Knex would write what it thinks, statements included, to the terminal. */
const SILENT = { warn() {}, error() {}, deprecate() {}, debug() {} }

interface Sets {
  query(sql: string, done: () => void): void
}

/**
 * A server that waits for a lock looks at its client's connection only if it is told to; otherwise a write whose
 * gateway was killed goes on waiting, and holds the locks that it has. Servers
 * before PostgreSQL 14, and those on systems that cannot tell, do not know the setting.
 */
function noticeDeath(connection: Sets, done: (error: null, connection: Sets) => void): void {
  connection.query("set client_connection_check_interval = '500ms'", () => done(null, connection))
}

function postgres(url: string): Knex.PgConnectionConfig {
  return {
    connectionString: url,
    application_name: 'cardea',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  }
}

function mysql({ hostname, port, username, password, pathname }: URL): Knex.MySql2ConnectionConfig {
  return {
    host: decodeURIComponent(hostname),
    port: port === '' ? 3306 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password) || process.env['MYSQL_PWD'] || '',
    database: decodeURIComponent(pathname.slice(1)),
    connectTimeout: CONNECT_TIMEOUT_MS,
  }
}
