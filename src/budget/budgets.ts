/**
 * Between masking and release: what would leave is counted first, in the accounts of whoever asks. The only file
 * that mints `Charged`.
 */

import type { Budget } from '../model/budget.js'
import type { Decision, Obligations } from '../model/decision.js'
import { isEngineError } from '../model/executor.js'
import type { Charged, Decided, Masked } from '../model/progress.js'
import type { Refusal } from '../model/refusal.js'
import { isStream } from '../model/result.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { accountsOf } from './accounts.js'
import type { BudgetKey } from './budget-key.js'
import type { BudgetAccount, BudgetStore } from './budget-store.js'
import { meteredStream } from './metered-stream.js'
import { exceeded, unavailable, uncounted, usedUp } from './refusals.js'

/** What decisions name as `obligations.budgets`, kept to. Costs nothing where they name none. */
export interface Budgets {
  /** Before anything runs, or anybody is asked: refuses where a budget is used up that the statement would draw on. */
  admit(decided: Decided): MaybePromise<Decided | Refusal>
  /**
   * Before anything leaves. A stream is charged batch by batch; a batch that would exceed a budget is not
   * released, and the iterable throws the error of the refusal. What was charged stays so, whatever becomes of it.
   */
  charge(masked: Masked): MaybePromise<Charged | Refusal>
}

export interface BudgetsOptions {
  /** Where it rejects, what it was asked about is refused. */
  readonly store: BudgetStore
  readonly key: BudgetKey
}

/**
 * @example
 * const kept = budgets({ store: memoryBudgetStore(), key: budgetKey(randomBytes(32)) })
 */
export function budgets({ store, key }: BudgetsOptions): Budgets {
  return Object.freeze<Budgets>({
    admit: decided => {
      const named = decided.decision.obligations.budgets ?? NONE
      return named.length === 0 ? decided : admit(store, accountsOf(named, decided, key), decided)
    },
    charge: masked => {
      const { cleared } = masked.executed.intended
      const named = cleared.decision.obligations.budgets ?? NONE
      if (named.length === 0 || isEngineError(masked.result)) return masked as Charged
      return charge(store, accountsOf(named, cleared, key), masked)
    },
  })
}

const NONE: readonly Budget[] = Object.freeze([])

async function admit(
  store: BudgetStore,
  accounts: readonly BudgetAccount[],
  decided: Decided,
): Promise<Decided | Refusal> {
  const { decision, facts, principal } = decided
  const evidence = { evidence: { decision, facts, principal } }
  try {
    const uses = await store.used(accounts)
    const shows = showsPans(decision.obligations)
    for (const [at, account] of accounts.entries()) {
      const use = uses[at]
      if (use === undefined) throw new RangeError('an account without an answer')
      const { rows = Number.POSITIVE_INFINITY, distinctPans = Number.POSITIVE_INFINITY } = account
      if (use.rows >= rows) return { ...usedUp(decision, { account, measure: 'rows', use }), ...evidence }
      if (shows && use.pans >= distinctPans)
        return { ...usedUp(decision, { account, measure: 'distinctPans', use }), ...evidence }
    }
    return decided
  } catch (error) {
    return { ...unavailable(decision, error, 'nothing'), ...evidence }
  }
}

function countsPans(accounts: readonly BudgetAccount[]): boolean {
  return accounts.some(({ distinctPans }) => distinctPans !== undefined)
}

/** Whether a column of card numbers is among those that will be shown. What detectors find shows only then. */
function showsPans({ mask }: Obligations): boolean {
  if (typeof mask === 'string') return false
  return mask.some(({ method, label }) => label === 'pan' && method !== 'redact' && method !== 'null')
}

async function charge(
  store: BudgetStore,
  accounts: readonly BudgetAccount[],
  masked: Masked,
): Promise<Charged | Refusal> {
  const { decision } = masked.executed.intended.cleared
  const { result, pans } = masked
  if (isEngineError(result)) return masked as Charged
  const take = async (rows: number, released: string): Promise<Refusal | null> => {
    if (rows > 0 && pans === undefined && countsPans(accounts)) return uncounted(decision, released)
    return takeFrom(store, accounts, { rows, pans: pans?.() ?? [] }, decision, released)
  }
  if (isStream(result)) {
    const stream = meteredStream(result, rows => take(rows, 'no more'))
    return Object.freeze({ ...masked, result: stream }) as Charged
  }
  const refused = await take(result.rows.length, 'nothing')
  return refused ?? (masked as Charged)
}

async function takeFrom(
  store: BudgetStore,
  accounts: readonly BudgetAccount[],
  charge: { readonly rows: number; readonly pans: readonly string[] },
  decision: Decision,
  released: string,
): Promise<Refusal | null> {
  if (charge.rows === 0 && charge.pans.length === 0) return null
  try {
    const short = await store.charge(accounts, charge)
    return short === null ? null : exceeded(decision, short, released)
  } catch (error) {
    return unavailable(decision, error, released)
  }
}
