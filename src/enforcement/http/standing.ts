/** How an approval stands, for `GET /v1/approvals/{id}`. */
import { isRefusal, type Refusal } from '../../model/refusal.js'
import type { Standing } from '../../model/statements.js'

/** The states in the words of the tool `approval_status`, and what to do next. */
const STATES: Readonly<Record<Standing['state'], readonly [status: string, next: string]>> = {
  pending: ['pending', 'Ask again later.'],
  approved: ['approved', 'POST to this address runs the statement, once.'],
  denied: ['denied', 'Do not ask for the same again. Tell the user why.'],
  consumed: ['consumed', 'It is used up. The call that used it has the result.'],
  expired: ['expired', 'Nothing ran. Ask for the statement again if it is still needed.'],
  withdrawn: ['expired', 'Nothing ran. Ask for the statement again if it is still needed.'],
}

export function standingText(found: Standing | Refusal | null): string {
  if (found === null) return JSON.stringify(deniedBody(UNKNOWN))
  if (isRefusal(found)) return JSON.stringify(deniedBody(found))
  const { ticket, state, decideBy, useBy, why } = found
  const [status, next] = STATES[state]
  return JSON.stringify({
    status,
    approval_id: ticket,
    ...(why === null ? {} : { reason: why }),
    ...(state === 'pending' || state === 'approved' ? { expires_at: iso(useBy ?? decideBy) } : {}),
    next,
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
