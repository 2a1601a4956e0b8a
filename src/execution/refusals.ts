/** The refusals of execution, in words that say what to do. */
import type { Intended } from '../model/progress.js'
import type { Refusal, RefusalCode } from '../model/refusal.js'

function refusal(intended: Intended, code: RefusalCode, reason: string): Refusal {
  const { id, rule } = intended.cleared.decision
  return { refused: true, code, reason, rule, decisionId: id }
}

export function timedOut(intended: Intended): Refusal {
  const { timeoutMs } = intended.cleared.decision.obligations
  return refusal(
    intended,
    'CARDEA_TIMEOUT',
    `the statement took longer than the ${timeoutMs} ms that the policy allows and was cancelled; nothing was released; ` +
      'read fewer rows or use an indexed condition',
  )
}

export function abandoned(intended: Intended): Refusal {
  return refusal(
    intended,
    'CARDEA_ABANDONED',
    'the caller gave up; the statement was cancelled and nothing was released',
  )
}

export function rowLimit(intended: Intended): Refusal {
  const { maxRows } = intended.cleared.decision.obligations
  return refusal(
    intended,
    'CARDEA_ROW_LIMIT',
    `the result has more than the ${maxRows} rows that the policy allows; nothing was released; ` +
      `add LIMIT ${maxRows}, or a narrower condition`,
  )
}

export function affectedLimit(intended: Intended): Refusal {
  const { maxAffectedRows } = intended.cleared.decision.obligations
  return refusal(
    intended,
    'CARDEA_AFFECTED_LIMIT',
    `the statement would write more than the ${maxAffectedRows} rows that the policy allows; it was rolled back; ` +
      'narrow its condition, or write in smaller steps',
  )
}

/** @param why a clause that completes "the rows written cannot be counted: …" */
export function uncountable(intended: Intended, why: string): Refusal {
  const { maxAffectedRows } = intended.cleared.decision.obligations
  return refusal(
    intended,
    'CARDEA_AFFECTED_LIMIT',
    `the policy allows ${maxAffectedRows} written rows, and the rows written cannot be counted: ${why}; nothing was changed`,
  )
}
