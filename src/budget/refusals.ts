/** The refusals of budgets, in words that say which one, how much and until when. */
import { CardeaError } from '../errors.js'
import { type Budget, budgetScope } from '../model/budget.js'
import type { Decision } from '../model/decision.js'
import type { Refusal, RefusalCode } from '../model/refusal.js'
import type { BudgetShortage, BudgetUse } from './budget-store.js'

function refusal({ id, rule }: Decision, code: RefusalCode, reason: string): Refusal {
  return { refused: true, code, reason, rule, decisionId: id }
}

/** Before the statement runs. */
export function usedUp(decision: Decision, { account, measure, use }: BudgetShortage): Refusal {
  return refusal(
    decision,
    'CARDEA_BUDGET_EXCEEDED',
    `the budget of ${limitWords(account, measure)} is used up; nothing ran; wait until ${moment(use)}, ` +
      'or ask the owner of the policy if the task needs more',
  )
}

/**
 * Before a result, or more of it, is released. Of card numbers it is not said how many are left: that would tell
 * which of those that were shown truncated are the same.
 */
export function exceeded(decision: Decision, shortage: BudgetShortage, released: string): Refusal {
  const { account, measure, use } = shortage
  const left = (account.rows ?? 0) - use.rows
  const advice =
    measure === 'rows' && left > 0 ? `${left} are left: ask for fewer, or wait until` : 'wait until'
  const until = use.endsAt === 0 ? 'ask for less' : `${advice} ${moment(use)}`
  return refusal(
    decision,
    'CARDEA_BUDGET_EXCEEDED',
    `the result would exceed the budget of ${limitWords(account, measure)}; ${released} was released; ${until}`,
  )
}

/** Without an answer nobody knows whether anything is left. */
export function unavailable(decision: Decision, error: unknown, released: string): Refusal {
  const why = error instanceof CardeaError ? ` (${error.message})` : ''
  return refusal(
    decision,
    'CARDEA_BUDGET_UNAVAILABLE',
    `the store of budgets could not be asked${why}; ${released} was released; try again, and tell an operator if it stays so`,
  )
}

/** An engine of another make asks for a count and for no masking. */
export function uncounted(decision: Decision, released: string): Refusal {
  return refusal(
    decision,
    'CARDEA_BUDGET_UNAVAILABLE',
    `the policy counts card numbers, which takes masking, and asks for none; ${released} was released; tell the owner of the policy`,
  )
}

function limitWords(budget: Budget, measure: BudgetShortage['measure']): string {
  const what = measure === 'rows' ? `${budget.rows} rows` : `${budget.distinctPans} different card numbers`
  return `${what} ${budgetScope(budget)}`
}

/** To the second, as ISO 8601 has it. */
function moment({ endsAt }: BudgetUse): string {
  return new Date(Math.ceil(endsAt / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}
