import { access } from 'node:fs/promises'
import type { Knex } from 'knex'
import { ConfigurationError, PeerMissingError } from '../errors.js'
import { databaseConfig } from './database-config.js'

export interface UsableConfigOptions {
  /** The option of the command line that named the database, for words: `--store`. */
  readonly option: string
  /** Lent at one time, at most. */
  readonly connections: number
  /** What to do about a file of SQLite that is not there. Absent: it is made. */
  readonly missingFile?: string
}

/**
 * How Knex is to reach the database that an option names, once it is certain that its driver is installed.
 *
 * @throws ConfigurationError, PeerMissingError; neither repeats the URL, which may hold a password.
 */
export async function usableConfig(url: string, options: UsableConfigOptions): Promise<Knex.Config> {
  const { option, connections, missingFile } = options
  const config = configOf(url, option, connections)
  await DRIVERS[String(config.client)]?.(option)
  if (config.client === 'better-sqlite3' && missingFile !== undefined)
    await checkFile(config.connection, option, missingFile)
  return config
}

function configOf(url: string, option: string, connections: number): Knex.Config {
  try {
    return databaseConfig(url, connections)
  } catch (error) {
    throw error instanceof ConfigurationError ? new ConfigurationError(`${option} ${error.message}.`) : error
  }
}

const DRIVERS: Readonly<Record<string, (option: string) => Promise<unknown>>> = {
  pg: option => import('pg').catch(() => missing('pg', `${option} with PostgreSQL`)),
  mysql2: option => import('mysql2').catch(() => missing('mysql2', `${option} with MySQL or MariaDB`)),
  'better-sqlite3': option =>
    import('better-sqlite3').catch(() => missing('better-sqlite3', `${option} with SQLite`)),
}

function missing(name: string, neededFor: string): never {
  throw new PeerMissingError(name, neededFor)
}

/** The drivers would make a file that is not there, whatever they are told. */
async function checkFile(
  connection: Knex.Config['connection'],
  option: string,
  advice: string,
): Promise<void> {
  const named = typeof connection === 'object' && 'filename' in connection ? connection.filename : ''
  await access(named).catch(() => {
    throw new ConfigurationError(`The SQLite file of ${option} is not there. ${advice}`)
  })
}
