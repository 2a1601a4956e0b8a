import type { ApprovalAnswer, ApprovalRequest } from '../model/grant.js'

/**
 * `pending` waits for people. `approved` waits to be used. The others are final: `denied` by a person,
 * `consumed` by its one execution, `expired` by time, `withdrawn` because nobody waits for it any more.
 */
export type ApprovalState = 'pending' | 'approved' | 'denied' | 'consumed' | 'expired' | 'withdrawn'

/** A look at an emergency access after it happened. */
export interface Review {
  readonly reviewer: ApprovalAnswer['approver']
  readonly words: string
  readonly at: number
}

/**
 * One request for approval with everything that happened to it, as a store keeps it. Immutable: each change
 * is a new entry with the next version. Holds no protected value: texts are scrubbed, and statement and
 * bindings are present only as a keyed hash. All times are milliseconds since the Unix epoch.
 */
export interface ApprovalEntry {
  /** Of the request; also the ticket. ULID. */
  readonly id: string
  /** From 1. */
  readonly version: number
  readonly state: ApprovalState
  readonly mode: 'wait' | 'ticket'
  /** What people see. */
  readonly request: ApprovalRequest
  /** HMAC over the submission, the requester, the policy, the catalog and the terms. Hex, 64 digits. */
  readonly ask: string
  /** HMAC over statement, bindings and requester without the session: what a cool-down is about. */
  readonly topic: string
  /** HMAC over the requester and its agent: what rate limits are about. */
  readonly requester: string
  /** Of two open entries with the same key, the later is refused by the store. Null: merges with nothing. */
  readonly openKey: string | null
  /** The process that waits; null for what outlives its process. */
  readonly holder: string | null
  /** Until when the holder is believed to be alive without a new sign of life; null without holder. */
  readonly heldUntil: number | null
  /** Answers that counted. */
  readonly answers: readonly ApprovalAnswer[]
  readonly createdAt: number
  readonly updatedAt: number
  readonly decideBy: number
  /** Milliseconds that a grant stays usable once given. */
  readonly useWithinMs: number
  /** From approval on. */
  readonly grantId: string | null
  readonly grantedAt: number | null
  readonly useBy: number | null
  /** Rows that a windowed grant has left. */
  readonly rowsLeft: number | null
  /** Of a break-glass entry: until when it must have been reviewed. */
  readonly reviewBy: number | null
  readonly review: Review | null
  /** Why it ended, for the caller and the record. */
  readonly why: string | null
  /** HMAC over everything above but `heldUntil`: a row that somebody edited in the store is no entry. */
  readonly seal: string
}

/** What still can change. */
export function isOpen({ state }: Pick<ApprovalEntry, 'state'>): boolean {
  return state === 'pending' || state === 'approved'
}
