/** Stores on real databases, each test in a database of its own. */
import type { Knex } from 'knex'
import type { ApprovalStore } from '../../../src/approval/approval-store.js'
import { migrateApprovalStore } from '../../../src/approval/stores/knex/migrations.js'
import { type KnexApprovalStoreOptions, knexApprovalStore } from '../../../src/approval/stores/knex/store.js'
import { knexPlace, type StoreEngine } from '../../support/knex-place.js'

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
const OPTIONS: Readonly<Record<StoreEngine, Omit<KnexApprovalStoreOptions, 'knex'>>> = {
  postgres: {},
  mariadb: { pollMs: 25 },
  sqlite: { pollMs: 25 },
}

export async function storage(engine: StoreEngine, migrated = true): Promise<Storage> {
  const { config, knex, destroy, remove } = await knexPlace(engine, ['cardea_approvals'])
  const stores: ApprovalStore[] = []
  const outside = knex()
  if (migrated) await migrateApprovalStore(outside)
  return {
    config,
    outside,
    knex,
    make(options = {}, pool) {
      const store = knexApprovalStore({ ...OPTIONS[engine], ...options, knex: knex(pool) })
      stores.push(store)
      return store
    },
    destroy,
    async dispose() {
      await Promise.all(stores.map(store => store.close().catch(() => {})))
      await remove()
    },
  }
}
