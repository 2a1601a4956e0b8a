/** How an approval stands, for `GET /v1/approvals/{id}`. */
import { isRefusal, type Refusal } from '../../model/refusal.js'
import type { Standing } from '../../model/statements.js'

const NEXT: Readonly<Record<Standing['state'], string>> = {
  pending: 'Ask again later.',
  approved: 'POST to this address runs the statement, once.',
  denied: 'Do not ask for the same again. Tell the user why.',
  consumed: 'It has been used. POST to this address gives the answer for as long as it is kept.',
  expired: 'Ask for the statement again if it is still needed.',
  withdrawn: 'Ask for the statement again if it is still needed.',
}

export function standingText(found: Standing | Refusal | null): string {
  if (found === null) return JSON.stringify(deniedBody(UNKNOWN))
  if (isRefusal(found)) return JSON.stringify(deniedBody(found))
  const { ticket, kind, state, decideBy, useBy, why } = found
  return JSON.stringify({
    status: 'ok',
    approval_id: ticket,
    kind,
    state,
    decide_by: iso(decideBy),
    ...(useBy === null ? {} : { use_by: iso(useBy) }),
    ...(why === null ? {} : { why }),
    next: NEXT[state],
  })
}

const UNKNOWN: Refusal = Object.freeze({
  refused: true,
  code: 'CARDEA_GRANT_INVALID',
  reason: 'There is no such approval that this caller asked for in this session.',
})

/** A refusal in the JSON of the tools. */
export function deniedBody({ code, rule, reason, decisionId }: Refusal): Readonly<Record<string, unknown>> {
  return {
    status: 'denied',
    code,
    ...(rule === undefined ? {} : { rule }),
    reason,
    ...(decisionId === undefined ? {} : { decision_id: decisionId }),
    retryable: false,
  }
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
