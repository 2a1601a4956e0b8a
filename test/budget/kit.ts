/** Stores of budgets on real databases, each in a database of its own. */
import type { Knex } from 'knex'
import type { BudgetStore } from '../../src/budget/budget-store.js'
import { migrateBudgetStore } from '../../src/budget/stores/knex/migrations.js'
import { knexBudgetStore } from '../../src/budget/stores/knex/store.js'
import type { Clock } from '../../src/util/clock.js'
import { knexPlace, type StoreEngine } from '../support/knex-place.js'

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

export async function storage(engine: StoreEngine): Promise<Storage> {
  const { knex, destroy, remove } = await knexPlace(engine, ['cardea_budget_pans', 'cardea_budgets'])
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
    destroy,
    dispose: remove,
  }
}
