import { CardeaError, ConfigurationError } from '../../errors.js'
import { type Clock, systemClock } from '../../util/clock.js'
import { charged, current, shortage } from '../account-state.js'
import type { BudgetAccount, BudgetStore, BudgetUse } from '../budget-store.js'

export interface MemoryBudgetStoreOptions {
  /** Accounts of principals kept at most, and as many of sessions: 1 or more. Default 10,000. */
  readonly most?: number
  /** Default: the system's. */
  readonly clock?: Clock
}

/**
 * Budgets in the memory of one process: a restart begins to count anew. Time is what the process has lived through,
 * so a clock that is set ends no window early and none late. Where it is full, accounts of principals are
 * refused; of sessions the one that rested longest is forgotten, since a caller could as well name a new session.
 *
 * @throws ConfigurationError for a `most` that is no whole number from 1 on. CardeaError `CARDEA_STORE_UNAVAILABLE`
 *   from `charge` when it is full.
 * @example
 * const store = memoryBudgetStore()
 */
export function memoryBudgetStore(options: MemoryBudgetStoreOptions = {}): BudgetStore {
  const { most = 10_000, clock = systemClock } = options
  if (!Number.isSafeInteger(most) || most < 1)
    throw new ConfigurationError('`most` of the memory store must be a whole number from 1 on.')
  const start = clock.now() - clock.monotonic()
  const now = (): number => Math.floor(start + clock.monotonic())
  const shelves = { principal: new Map<string, Kept>(), session: new Map<string, Kept>() }
  const kept = ({ per, id }: BudgetAccount): Kept | undefined => shelves[per].get(id)
  return Object.freeze<BudgetStore>({
    name: 'memory',
    durable: false,
    used: async accounts => accounts.map(account => current(kept(account)?.use, account, now())),
    // One synchronous step, so no other charge can come between.
    async charge(accounts, charge) {
      const at = now()
      const bills = accounts.map(account => {
        const use = current(kept(account)?.use, account, at)
        const pans = use.endsAt === 0 ? new Set<string>() : (kept(account)?.pans ?? new Set<string>())
        const fresh = account.distinctPans === undefined ? [] : charge.pans.filter(pan => !pans.has(pan))
        return { account, use, pans, fresh }
      })
      for (const { account, use, fresh } of bills) {
        const short = shortage(account, use, charge, fresh.length)
        if (short !== undefined) return short
      }
      for (const { per, id } of accounts) if (!shelves[per].has(id)) makeRoom(shelves[per], per, most, at)
      for (const { account, use, pans, fresh } of bills) {
        for (const pan of fresh) pans.add(pan)
        const shelf = shelves[account.per]
        // To the back: forgetting begins with what rested longest.
        shelf.delete(account.id)
        shelf.set(account.id, { use: charged(account, use, charge, fresh.length, at), pans })
      }
      return null
    },
  })
}

interface Kept {
  readonly use: BudgetUse
  readonly pans: Set<string>
}

function makeRoom(shelf: Map<string, Kept>, per: BudgetAccount['per'], most: number, now: number): void {
  if (shelf.size < most) return
  for (const [id, { use }] of shelf) if (now >= use.endsAt) shelf.delete(id)
  if (shelf.size < most) return
  const [oldest] = shelf.keys()
  if (per === 'principal' || oldest === undefined) {
    throw new CardeaError(
      'CARDEA_STORE_UNAVAILABLE',
      `The store of budgets is full: it counts for ${most} principals. Give it more room.`,
    )
  }
  shelf.delete(oldest)
}
