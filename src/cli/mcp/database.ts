import { access } from 'node:fs/promises'
import type { Knex } from 'knex'
import { ConfigurationError, PeerMissingError } from '../../errors.js'
import { Secret } from '../../gateway/config/secret.js'
import { databaseConfig } from '../../gateway/database-url.js'
import { type EmbeddedDatabase, startEmbedded } from './embedded.js'
import type { McpOptions } from './options.js'

const CONNECTIONS = 4

/**
 * The database that the options name: exactly one of `--database` and `--embedded`.
 *
 * @throws ConfigurationError, PeerMissingError; none repeats the URL, which may hold a password.
 */
export async function openDatabase({ database, embedded, seed }: McpOptions): Promise<EmbeddedDatabase> {
  if (embedded === true && database === undefined) {
    await import('pg').catch(() => {
      throw new PeerMissingError('pg', '--embedded')
    })
    return startEmbedded(seed)
  }
  if (database === undefined || embedded === true) {
    throw new ConfigurationError(
      'Say which database: either --database postgres://…, mysql://… or sqlite:file, or --embedded for a private one.',
    )
  }
  if (seed !== undefined) throw new ConfigurationError('--seed is for --embedded only.')
  return { config: await configOf(database), stop: async () => {} }
}

async function configOf(url: string): Promise<Knex.Config> {
  let config: Knex.Config
  try {
    config = databaseConfig(new Secret(url), CONNECTIONS)
  } catch (error) {
    throw error instanceof ConfigurationError ? new ConfigurationError(`--database ${error.message}.`) : error
  }
  await (DRIVERS[String(config.client)] ?? noDriver)()
  if (config.client === 'better-sqlite3') await checkFile(config.connection)
  return config
}

const DRIVERS: Readonly<Record<string, () => Promise<unknown>>> = {
  pg: () => import('pg').catch(() => missing('pg')),
  mysql2: () => import('mysql2').catch(() => missing('mysql2')),
  'better-sqlite3': () => import('better-sqlite3').catch(() => missing('better-sqlite3')),
}

function missing(name: string): never {
  throw new PeerMissingError(name, '--database')
}

async function noDriver(): Promise<never> {
  throw new TypeError('a database without a driver')
}

/** The driver would make a file that is not there. */
async function checkFile(connection: unknown): Promise<void> {
  const filename = typeof connection === 'object' && connection !== null && 'filename' in connection
  await access(filename ? String(connection.filename) : '').catch(() => {
    throw new ConfigurationError('The SQLite file of --database is not there. Write sqlite:path/to/file.db.')
  })
}
