/** Stores on real databases, each test in a database of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import knexPackage, { type Knex } from 'knex'
import type { ApprovalStore } from '../../../src/approval/approval-store.js'
import { migrateApprovalStore } from '../../../src/approval/stores/knex/migrations.js'
import { type KnexApprovalStoreOptions, knexApprovalStore } from '../../../src/approval/stores/knex/store.js'
import { type Database, mariadb, postgres } from '../../support/databases.js'

export type Engine = 'postgres' | 'mariadb' | 'sqlite'

/** A database with the tables of the store in it. */
export interface Storage {
  readonly config: Knex.Config
  /** Of which `make` and `knex` made nothing: for looking in from outside. */
  readonly outside: Knex
  /** A Knex with a pool of its own. */
  knex(pool?: Knex.PoolConfig): Knex
  /** A store on a Knex of its own. Not opened. */
  make(options?: Omit<KnexApprovalStoreOptions, 'knex'>, pool?: Knex.PoolConfig): ApprovalStore
  /** From now on nothing works. */
  destroy(): Promise<void>
  /** Ends all and removes the database. */
  dispose(): Promise<void>
}

/** Polls fast, so that tests wait for little; PostgreSQL tells by itself. */
const OPTIONS: Readonly<Record<Engine, Omit<KnexApprovalStoreOptions, 'knex'>>> = {
  postgres: {},
  mariadb: { pollMs: 25 },
  sqlite: { pollMs: 25 },
}

export async function storage(engine: Engine, migrated = true): Promise<Storage> {
  const place = await (engine === 'sqlite' ? file() : server(engine))
  const made: Knex[] = []
  const stores: ApprovalStore[] = []
  const knex = (pool: Knex.PoolConfig = { min: 0, max: 4 }): Knex => {
    const one = knexPackage({ ...place.config, ...(engine === 'sqlite' ? {} : { pool }), log: SILENT })
    made.push(one)
    return one
  }
  const outside = knex()
  if (migrated) await migrateApprovalStore(outside)
  return {
    config: place.config,
    outside,
    knex,
    make(options = {}, pool) {
      const store = knexApprovalStore({ ...OPTIONS[engine], ...options, knex: knex(pool) })
      stores.push(store)
      return store
    },
    destroy: () => place.destroy(outside),
    async dispose() {
      await Promise.all(stores.map(store => store.close().catch(() => {})))
      await Promise.all(made.map(one => one.destroy()))
      await place.remove()
    },
  }
}

const SILENT = { warn() {}, error() {}, deprecate() {}, debug() {} }

interface Place {
  readonly config: Knex.Config
  destroy(outside: Knex): Promise<void>
  remove(): Promise<void>
}

async function server(engine: 'postgres' | 'mariadb'): Promise<Place> {
  const made: Database = await (engine === 'postgres' ? postgres : mariadb).database()
  const { host, port, user, password, database } = made
  const client = engine === 'postgres' ? 'pg' : 'mysql2'
  return {
    config: { client, connection: { host, port, user, password, database } },
    destroy: () => made.drop(),
    remove: () => made.drop(),
  }
}

async function file(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-store-'))
  return {
    config: {
      client: 'better-sqlite3',
      connection: { filename: join(directory, 'store.db') },
      useNullAsDefault: true,
    },
    destroy: outside => outside.schema.dropTable('cardea_approvals'),
    remove: async () => rmSync(directory, { recursive: true, force: true }),
  }
}
