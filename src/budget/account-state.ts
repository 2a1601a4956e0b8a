/** What every store counts by, wherever it keeps its numbers. */
import { SESSION_SILENCE_MS } from '../model/budget.js'
import type { BudgetAccount, BudgetCharge, BudgetShortage, BudgetUse } from './budget-store.js'

const NOTHING: BudgetUse = Object.freeze({ rows: 0, pans: 0, endsAt: 0 })

/** What counts at a moment of what was kept: nothing of a window that is over. */
export function current(kept: BudgetUse | undefined, account: BudgetAccount, now: number): BudgetUse {
  if (kept === undefined || now >= kept.endsAt) return NOTHING
  // A clock that was set back must not make a window longer than it is.
  const latest = now + lastsMs(account)
  return kept.endsAt > latest ? { ...kept, endsAt: latest } : kept
}

/** @param newPans how many of the card numbers are not counted yet */
export function shortage(
  account: BudgetAccount,
  use: BudgetUse,
  { rows }: BudgetCharge,
  newPans: number,
): BudgetShortage | undefined {
  if (account.rows !== undefined && rows > 0 && use.rows + rows > account.rows)
    return { account, measure: 'rows', use }
  if (account.distinctPans !== undefined && newPans > 0 && use.pans + newPans > account.distinctPans)
    return { account, measure: 'distinctPans', use }
  return undefined
}

export function charged(
  account: BudgetAccount,
  use: BudgetUse,
  { rows }: BudgetCharge,
  newPans: number,
  now: number,
): BudgetUse {
  const begins = use.endsAt === 0 || account.windowMs === undefined
  return {
    rows: use.rows + rows,
    pans: use.pans + newPans,
    endsAt: begins ? now + lastsMs(account) : use.endsAt,
  }
}

function lastsMs({ windowMs = SESSION_SILENCE_MS }: BudgetAccount): number {
  return windowMs
}
