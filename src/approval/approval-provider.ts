import type { ApprovalAnswer, ApprovalRequest } from '../model/grant.js'

export interface ApprovalContext {
  /** Aborts when the caller gave up or the time to decide is over; an answer after that counts for nothing. */
  readonly signal: AbortSignal
  /** Answers already in, where the policy asks for several people. */
  readonly answers: readonly ApprovalAnswer[]
}

/**
 * Port: asks a person. Resolve with their answer. Reject when nobody could be asked: that refuses the
 * statement as unavailable, which is not a denial.
 */
export interface ApprovalProvider {
  readonly name: string
  request(request: ApprovalRequest, context: ApprovalContext): Promise<ApprovalAnswer>
  close?(): Promise<void>
}

/** A provider written as one function. */
export type ApprovalCallback = ApprovalProvider['request']
