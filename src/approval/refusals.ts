import type { Grant } from '../model/grant.js'
import type { DecidedSubmission } from '../model/progress.js'
import type { Refusal, RefusalCode } from '../model/refusal.js'

/** A refusal of this stage, with what is known for the record. */
export function refusal(
  code: RefusalCode,
  reason: string,
  decided: DecidedSubmission,
  grant?: Grant,
): Refusal {
  const { principal, facts, decision } = decided
  return {
    refused: true,
    code,
    reason,
    rule: decision.rule,
    decisionId: decision.id,
    evidence: { principal, facts, decision, ...(grant === undefined ? {} : { grant }) },
  }
}
