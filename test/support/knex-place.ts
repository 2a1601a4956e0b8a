/** A fresh database on each engine that stores work on, as Knex is told of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import knexPackage, { type Knex } from 'knex'
import { mariadb, postgres } from './databases.js'

export type StoreEngine = 'postgres' | 'mariadb' | 'sqlite'

export interface KnexPlace {
  readonly config: Knex.Config
  /** A Knex with a pool of its own (on SQLite: of one connection), ended with the place. */
  knex(pool?: Knex.PoolConfig): Knex
  /** From now on nothing works there. */
  destroy(): Promise<void>
  /** Ends every Knex and removes the database. */
  remove(): Promise<void>
}

/** @param tables what `destroy` drops where no server cuts connections to the database. */
export async function knexPlace(engine: StoreEngine, tables: readonly string[]): Promise<KnexPlace> {
  const made: Knex[] = []
  const { config, remove } = await (engine === 'sqlite' ? file() : server(engine))
  const knex = (pool: Knex.PoolConfig = { min: 0, max: 4 }): Knex => {
    const one = knexPackage({ ...config, ...(engine === 'sqlite' ? {} : { pool }), log: SILENT })
    made.push(one)
    return one
  }
  return {
    config,
    knex,
    async destroy() {
      if (engine !== 'sqlite') return remove()
      const one = knex()
      for (const table of tables) await one.schema.dropTable(table)
    },
    async remove() {
      await Promise.all(made.map(one => one.destroy()))
      await remove()
    },
  }
}

/** Knex prints what it meets; what counts is what the code under test says. */
export const SILENT = { warn() {}, error() {}, deprecate() {}, debug() {} }

type Found = Pick<KnexPlace, 'config' | 'remove'>

async function server(engine: 'postgres' | 'mariadb'): Promise<Found> {
  const { host, port, user, password, database, drop } = await (engine === 'postgres'
    ? postgres
    : mariadb
  ).database()
  const client = engine === 'postgres' ? 'pg' : 'mysql2'
  return {
    config: { client, connection: { host, port, user, password, database } },
    remove: drop,
  }
}

async function file(): Promise<Found> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-place-'))
  return {
    config: {
      client: 'better-sqlite3',
      connection: { filename: join(directory, 'place.db') },
      useNullAsDefault: true,
    },
    remove: async () => rmSync(directory, { recursive: true, force: true }),
  }
}
