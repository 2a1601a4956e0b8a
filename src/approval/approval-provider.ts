import type { ApprovalAnswer, ApprovalRequest } from '../model/grant.js'

export interface ApprovalContext {
  /** Aborts when the caller gave up or the time to decide is over; an answer after that counts for nothing. */
  readonly signal: AbortSignal
  /** Answers already in, where the policy asks for several people. */
  readonly answers: readonly ApprovalAnswer[]
  /** Why the answer before this one did not count, for the person who is asked again. */
  readonly objection?: string
}

/**
 * Port: asks a person. Resolve with their answer. Reject when nobody could be asked: that refuses the
 * statement as unavailable, which is not a denial. Never answer for a person.
 *
 * Requests may be open at the same time and must be kept apart. When the signal aborts, reject soon and
 * take the question away from the people who still see it. The approver in an answer must be who the
 * channel authenticated, not who they say they are. `cardea/testing` has the contract as tests.
 */
export interface ApprovalProvider {
  readonly name: string
  request(request: ApprovalRequest, context: ApprovalContext): Promise<ApprovalAnswer>
  /** Rejects what is still open, and every later request. Called once. */
  close?(): Promise<void>
}

/** A provider written as one function. */
export type ApprovalCallback = ApprovalProvider['request']
