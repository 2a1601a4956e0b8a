/** What was decided, and what had to hold. Members in canonical order: see orderedJson. */
import { type Budget, budgetMeasures, budgetScope } from '../model/budget.js'
import type { ColumnMask, Decision, Obligations } from '../model/decision.js'
import type { RecordedObligations, StatementRecord } from '../model/record.js'

/** Of a statement that did not get as far as policy, without obligations. */
export type DecisionMade = Pick<Decision, 'effect' | 'id' | 'policyHash' | 'reason' | 'rule'> &
  Partial<Pick<Decision, 'obligations'>>

type Text = (text: string) => string

/** Columns of one result whose masks are named. */
const MASKS_CAP = 500

/**
 * @param text for what the policy calls things
 * @param said for words about the statement
 */
export function recordedDecision(
  { effect, id, policyHash, reason, rule }: DecisionMade,
  text: Text,
  said: Text,
): StatementRecord['decision'] {
  // The id is from the same source as the record's own.
  return { effect, id, policyHash: text(policyHash), reason: said(reason), rule: text(rule) }
}

export function recordedObligations(obligations: Obligations, text: Text): RecordedObligations {
  const { budgets, errors, mask, maxAffectedRows, maxRows, readOnly, timeoutMs } = obligations
  return Object.freeze({
    ...(budgets === undefined ? undefined : { budgets: Object.freeze(budgets.map(budgetWords)) }),
    errors,
    mask: typeof mask === 'string' ? mask : Object.freeze(maskWords(mask, text)),
    ...(maxAffectedRows === undefined ? undefined : { maxAffectedRows }),
    ...(maxRows === undefined ? undefined : { maxRows }),
    readOnly,
    ...(timeoutMs === undefined ? undefined : { timeoutMs }),
  })
}

function budgetWords(budget: Budget): string {
  return `${budgetMeasures(budget)} ${budgetScope(budget)}`
}

function maskWords(masks: readonly ColumnMask[], text: Text): readonly string[] {
  const words = masks
    .slice(0, MASKS_CAP)
    .map(({ label, method }) => (label === undefined ? method : `${method} ${text(label)}`))
  return masks.length > MASKS_CAP ? [...words, `…[more than ${MASKS_CAP} columns]`] : words
}
