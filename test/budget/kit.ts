/** Stores of budgets on real databases, each in a database of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import knexPackage, { type Knex } from 'knex'
import type { BudgetStore } from '../../src/budget/budget-store.js'
import { migrateBudgetStore } from '../../src/budget/stores/knex/migrations.js'
import { knexBudgetStore } from '../../src/budget/stores/knex/store.js'
import type { Clock } from '../../src/util/clock.js'
import { mariadb, postgres } from '../support/databases.js'

export type Engine = 'postgres' | 'mariadb' | 'sqlite'

/** A clock that only the test moves. */
export interface HandClock extends Clock {
  /** Time that is lived through. */
  pass(milliseconds: number): void
  /** The wall clock is set, and no time has passed. */
  set(by: number): void
}

export function handClock(at = Date.UTC(2026, 10, 29, 12)): HandClock {
  let wall = at
  let lived = 1_000
  return {
    now: () => wall,
    monotonic: () => lived,
    pass(milliseconds) {
      wall += milliseconds
      lived += milliseconds
    },
    set(by) {
      wall += by
    },
  }
}

export interface Storage {
  /** For looking in from outside. */
  readonly outside: Knex
  /** A store on a Knex of its own. */
  make(): BudgetStore
  /** As if so much time had passed by the store's clock. */
  pass(milliseconds: number): Promise<void>
  /** Nothing has been counted. */
  clear(): Promise<void>
  /** From now on nothing works. */
  destroy(): Promise<void>
  dispose(): Promise<void>
}

export async function storage(engine: Engine): Promise<Storage> {
  const place = await (engine === 'sqlite' ? file() : server(engine))
  const made: Knex[] = []
  const knex = (): Knex => {
    const pool = engine === 'sqlite' ? {} : { pool: { min: 0, max: 4 } }
    const one = knexPackage({ ...place.config, ...pool, log: SILENT })
    made.push(one)
    return one
  }
  const outside = knex()
  await migrateBudgetStore(outside)
  return {
    outside,
    make: () => knexBudgetStore({ knex: knex() }),
    // The server's clock is nobody's to set: what has been written is moved instead.
    async pass(milliseconds) {
      await outside('cardea_budgets').update({ ends: outside.raw('?? - ?', ['ends', milliseconds]) })
    },
    async clear() {
      await outside('cardea_budget_pans').delete()
      await outside('cardea_budgets').delete()
    },
    destroy: () => place.destroy(outside),
    async dispose() {
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
  const made = await (engine === 'postgres' ? postgres : mariadb).database()
  const { host, port, user, password, database } = made
  const client = engine === 'postgres' ? 'pg' : 'mysql2'
  return {
    config: { client, connection: { host, port, user, password, database } },
    destroy: () => made.drop(),
    remove: () => made.drop(),
  }
}

async function file(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-budgets-'))
  return {
    config: {
      client: 'better-sqlite3',
      connection: { filename: join(directory, 'store.db') },
      useNullAsDefault: true,
    },
    destroy: async outside => {
      await outside.schema.dropTable('cardea_budget_pans').dropTable('cardea_budgets')
    },
    remove: async () => rmSync(directory, { recursive: true, force: true }),
  }
}
