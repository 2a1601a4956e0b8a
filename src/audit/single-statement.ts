/** Statements that never ran: one record says who asked, and why nothing came of it. */
import type { Cleared } from '../model/progress.js'
import type { StatementRecord } from '../model/record.js'
import type { Refusal } from '../model/refusal.js'
import type { Submission } from '../model/submission.js'
import type { Pens } from './pens.js'
import { refusalDetail, thrownDetail } from './recorded-error.js'
import type { Ending } from './recorded-outcome.js'

export interface SingleStatement {
  readonly body: StatementRecord
  /** Null where nobody could be identified. */
  readonly principal: Cleared['principal'] | null
  readonly ending: Ending
}

/** @param id of a decision that has none: the refusal came before any, or from elsewhere. */
export function refusedStatement(
  submission: Submission,
  refusal: Refusal,
  pens: Pens,
  id: () => string,
): SingleStatement {
  const { decision, facts, grant = null, principal = null } = refusal.evidence ?? {}
  const body = pens.body({
    submission,
    principal,
    facts,
    decision: decision ?? {
      effect: 'deny',
      id: refusal.decisionId ?? id(),
      policyHash: '',
      reason: refusal.reason,
      rule: refusal.rule ?? refusal.code,
    },
    grant,
  })
  return { body, principal, ending: { status: 'refused', error: refusalDetail(refusal, pens.text) } }
}

/** A stage before the decision threw. */
export function abortedStatement(
  submission: Submission,
  error: unknown,
  pens: Pens,
  id: () => string,
): SingleStatement {
  const body = pens.body({
    submission,
    principal: null,
    facts: undefined,
    decision: {
      effect: 'deny',
      id: id(),
      policyHash: '',
      reason: 'A stage before the decision could not work, so nothing ran.',
      rule: 'stage-failure',
    },
    grant: null,
  })
  return { body, principal: null, ending: { status: 'failed', error: thrownDetail(error, false, pens.text) } }
}
