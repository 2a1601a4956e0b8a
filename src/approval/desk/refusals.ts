import type { Grant } from '../../model/grant.js'
import type { DecidedSubmission } from '../../model/progress.js'
import type { Refusal, RefusalCode } from '../../model/refusal.js'
import type { ApprovalEntry } from '../approval-entry.js'
import type { VigilEnd } from './vigil.js'

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

export function unavailable(why: string, decided: DecidedSubmission): Refusal {
  return refusal('CARDEA_APPROVAL_UNAVAILABLE', `This statement needs an approval, but ${why}`, decided)
}

export function invalid(why: string, decided: DecidedSubmission): Refusal {
  return refusal('CARDEA_GRANT_INVALID', `${why} Ask for a new approval.`, decided)
}

/** Asked for, and not decided yet. */
export function pending({ id, decideBy }: ApprovalEntry, decided: DecidedSubmission): Refusal {
  const until = new Date(decideBy).toISOString()
  const reason = `A person must approve this statement. The request waits for an answer until ${until} under the ticket ${id}. Submit the very same statement again once it is approved.`
  return { ...refusal('CARDEA_APPROVAL_PENDING', reason, decided), ticket: id }
}

/** `spoilt`: the store holds something under this request that no desk has written. */
export function stateRefusal(end: VigilEnd | 'spoilt', decided: DecidedSubmission): Refusal {
  switch (end) {
    case 'timeout':
      return refusal(
        'CARDEA_APPROVAL_TIMEOUT',
        'Nobody approved in time. Ask again when an approver is available.',
        decided,
      )
    case 'abandoned':
      return refusal(
        'CARDEA_ABANDONED',
        'The caller stopped waiting for the approval, so it was withdrawn.',
        decided,
      )
    case 'closed':
      return unavailable('Cardea was closed while it waited.', decided)
    case 'spoilt':
      return unavailable('its request in the approval store was changed from outside.', decided)
  }
}

/** Of an entry that has ended without being used. */
export function entryRefusal({ state, why, grantId }: ApprovalEntry, decided: DecidedSubmission): Refusal {
  switch (state) {
    case 'denied':
      return refusal('CARDEA_APPROVAL_DENIED', why ?? 'An approver denied this statement.', decided)
    case 'expired':
      return grantId === null ? stateRefusal('timeout', decided) : invalid('The grant has expired.', decided)
    case 'consumed':
      return invalid('The grant was used already; each is good for one execution.', decided)
    default:
      return unavailable(`the request was withdrawn: ${why ?? 'no reason is on record'}.`, decided)
  }
}
