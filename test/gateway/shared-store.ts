/** A store that processes share: a database of Cardea's own tables, and how a configuration names it. */
import type { Knex } from 'knex'
import { migrateApprovalStore } from '../../src/approval/stores/knex/migrations.js'
import { migrateBudgetStore } from '../../src/budget/stores/knex/migrations.js'
import { openStoreConnection } from '../../src/connect/store-connection.js'
import { migrateLedgerStore } from '../../src/enforcement/ledger/knex/migrations.js'
import { migrateSessionStore } from '../../src/gateway/sessions/migrations.js'
import { migrateIdentityStore } from '../../src/identity/stores/migrations.js'
import { type Database, postgres } from '../support/databases.js'
import type { Place } from './kit.js'

/** In a configuration, once the store has been opened. */
export const STORE = Object.freeze({ url: { file: 'store.url' }, key: { file: 'store.key' } })

export const STORE_KEY = Buffer.alloc(32, 7)

/** A store in which nothing is yet. */
export async function emptyStore(place: Place): Promise<Database> {
  const store = await postgres.database()
  place.write('store.url', store.url)
  place.write('store.key', STORE_KEY.toString('base64'))
  return store
}

/** A store that is as this version of Cardea works with it. */
export async function openStore(place: Place): Promise<Database> {
  const store = await emptyStore(place)
  const knex = await openStoreConnection(store.url)
  await migrateStore(knex)
  await knex.destroy()
  return store
}

export async function migrateStore(knex: Knex): Promise<void> {
  await migrateApprovalStore(knex)
  await migrateIdentityStore(knex)
  await migrateLedgerStore(knex)
  await migrateSessionStore(knex)
  await migrateBudgetStore(knex)
}
