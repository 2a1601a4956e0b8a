import { ConfigurationError } from '../../errors.js'
import type { Driver } from './driver.js'
import type { KnexClient } from './knex-internals.js'
import { mysqlDriver } from './mysql.js'
import { postgresDriver } from './postgres.js'
import { sqliteDriver } from './sqlite.js'

/** @throws ConfigurationError for a Knex client that no driver here governs. */
export function driverFor(client: KnexClient): Driver {
  switch (`${client.dialect}/${client.driverName}`) {
    case 'postgresql/pg':
      return postgresDriver()
    case 'mysql/mysql2':
      return mysqlDriver()
    case 'sqlite3/better-sqlite3':
      return sqliteDriver()
    default:
      throw new ConfigurationError(
        `The Knex client ${client.driverName} (${client.dialect}) cannot be governed. Use pg, mysql2 or better-sqlite3.`,
      )
  }
}
