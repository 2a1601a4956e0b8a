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
  const { decision, grant } = intended.cleared
  const { maxRows } = decision.obligations
  // A window holds reads to its rows as well; any other approval leaves them to the policy.
  const who = grant?.kind === 'window' ? APPROVAL : POLICY
  return refusal(
    intended,
    'CARDEA_ROW_LIMIT',
    `the result has more than the ${maxRows} rows that ${who}; nothing was released; ` +
      `add LIMIT ${maxRows}, or a narrower condition`,
  )
}

export function affectedLimit(intended: Intended): Refusal {
  return refusal(
    intended,
    'CARDEA_AFFECTED_LIMIT',
    `the statement would write more than the ${writtenRows(intended)}; it was rolled back; ` +
      (whoseRows(intended) === POLICY
        ? 'narrow its condition, or write in smaller steps'
        : 'the data may have changed since people looked at it: ask for approval again, or narrow the condition'),
  )
}

/** @param why a clause that completes "the rows written cannot be counted: …" */
export function uncountable(intended: Intended, why: string): Refusal {
  return refusal(
    intended,
    'CARDEA_AFFECTED_LIMIT',
    `no more may be written than the ${writtenRows(intended)}, and the rows written cannot be counted: ${why}; nothing was changed`,
  )
}

const POLICY = 'the policy allows'
const APPROVAL = 'its approval covers'

function writtenRows(intended: Intended): string {
  return `${intended.cleared.decision.obligations.maxAffectedRows} rows that ${whoseRows(intended)}`
}

/** Whoever approved saw how many rows there were. Emergency access leaves the policy's limits as they are. */
function whoseRows({ cleared: { grant } }: Intended): string {
  return grant === null || grant.kind === 'break-glass' ? POLICY : APPROVAL
}
