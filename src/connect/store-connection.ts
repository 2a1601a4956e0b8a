import type { Knex } from 'knex'
import { PeerMissingError } from '../errors.js'
import { usableConfig } from './usable-config.js'

export interface StoreConnectionOptions {
  /** Make the file of a SQLite database that is not there. Default false: say that it is not there. */
  readonly create?: boolean
  /** Lent at one time, at most. Default 2. */
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
  const { create = false, connections = 2 } = options
  const config = await usableConfig(url, {
    option: '--store',
    connections,
    ...(create ? {} : { missingFile: 'Run cardea store migrate first.' }),
  })
  const { default: knex } = await import('knex').catch(() => {
    throw new PeerMissingError('knex', '--store')
  })
  return knex(config)
}
