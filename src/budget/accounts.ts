/** Which accounts a statement draws on. */
import type { Budget } from '../model/budget.js'
import type { Principal } from '../model/principal.js'
import type { DecidedSubmission } from '../model/progress.js'
import type { BudgetKey } from './budget-key.js'
import type { BudgetAccount } from './budget-store.js'

/**
 * One for each budget. Limits are no part of the name: what was used stays used when a policy changes them.
 * Neither is the door or the agent, whose name is its own claim.
 */
export function accountsOf(
  budgets: readonly Budget[],
  { principal, submission }: DecidedSubmission,
  key: BudgetKey,
): readonly BudgetAccount[] {
  const person = personOf(principal)
  const names = [submission.dataSource.id, fold(person.issuer).replace(/\/+$/, ''), fold(person.subject)]
  return budgets.map(budget => {
    const { per, windowMs } = budget
    const name = [...names, per, String(windowMs ?? ''), ...(per === 'session' ? [submission.session] : [])]
    return { ...budget, id: key.account(name) }
  })
}

/** Many agents of one person share what that person may see. */
function personOf(principal: Principal): Principal {
  let person = principal
  while (person.onBehalfOf !== undefined) person = person.onBehalfOf
  return person
}

/** A second spelling of a name must not be a second budget. */
function fold(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}
