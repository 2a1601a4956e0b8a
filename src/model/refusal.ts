import type { Decision } from './decision.js'
import type { Facts } from './facts.js'
import type { Grant } from './grant.js'
import type { Principal } from './principal.js'

/** Why nothing was released. A value inside the pipeline; an error only at an enforcement point's edge. */
export interface Refusal {
  readonly refused: true
  readonly code: RefusalCode
  /** Says why and what to do instead. Holds no value of the statement or the data. */
  readonly reason: string
  readonly rule?: string
  readonly decisionId?: string
  /** Approval requests: where the answer can be asked for. */
  readonly ticket?: string
  /** What was known by then; for the record, never for the caller. */
  readonly evidence?: RefusalEvidence
}

export interface RefusalEvidence {
  readonly principal?: Principal
  readonly facts?: Facts
  readonly decision?: Decision
  readonly grant?: Grant
}

/** Stable codes of refusals; each is documented in docs/errors.md. */
export type RefusalCode =
  | 'CARDEA_IDENTITY_REFUSED'
  | 'CARDEA_POLICY_DENIED'
  | 'CARDEA_APPROVAL_DENIED'
  | 'CARDEA_APPROVAL_TIMEOUT'
  | 'CARDEA_APPROVAL_PENDING'
  | 'CARDEA_APPROVAL_UNAVAILABLE'
  | 'CARDEA_APPROVAL_LIMIT'
  | 'CARDEA_GRANT_INVALID'
  | 'CARDEA_ROW_LIMIT'
  | 'CARDEA_AFFECTED_LIMIT'
  | 'CARDEA_BUDGET_EXCEEDED'
  | 'CARDEA_BUDGET_UNAVAILABLE'
  | 'CARDEA_TIMEOUT'
  | 'CARDEA_RESULT_SHAPE'
  | 'CARDEA_SENSITIVE_DATA'
  | 'CARDEA_ABANDONED'

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value && value.refused === true
}

/** What was known is for the record; a door that serialises refusals must not hand it out. */
export function withoutEvidence({ evidence: _, ...refusal }: Refusal): Refusal {
  return refusal
}

/** The caller went away between asking and running. */
export const abandoned: Refusal = Object.freeze({
  refused: true,
  code: 'CARDEA_ABANDONED',
  reason: 'The caller gave up while the statement waited. It did not run.',
})

/** An agent that is not told would write again. */
export function afterWrite(refusal: Refusal): Refusal {
  return {
    ...refusal,
    reason: `${refusal.reason} The write itself was carried out; only its result is withheld.`,
  }
}
