import type { ApprovalAnswer, ApprovalRequest, Approver } from '../model/grant.js'
import type { ApprovalState, Review } from './approval-entry.js'

/** One request as a person who may see it gets to see it. */
export interface ApprovalView {
  readonly id: string
  readonly state: ApprovalState
  readonly version: number
  readonly request: ApprovalRequest
  readonly answers: readonly ApprovalAnswer[]
  readonly createdAt: number
  readonly decideBy: number
  /** Until when a grant may be used; null before it is given. */
  readonly useBy: number | null
  /** Why it ended; null while it is open. */
  readonly why: string | null
  readonly reviewBy: number | null
  readonly review: Review | null
  /** Why the viewer's answer would not count; null: it would. */
  readonly objection: string | null
}

/** What became of one answer. */
export type Answered =
  | {
      readonly counted: true
      readonly state: ApprovalState
      readonly approvals: number
      readonly quorum: number
    }
  /** `state` is null where there is no such request. */
  | { readonly counted: false; readonly why: string; readonly state: ApprovalState | null }

export interface ViewFilter {
  readonly states?: readonly ApprovalState[]
  /** Emergency accesses that wait for their review. */
  readonly unreviewed?: true
  readonly limit?: number
}

/**
 * The requests as people meet them, through whatever channel. Who answers must be who the channel
 * authenticated. Rejects only where the store or the trail cannot work; then nothing was counted.
 */
export interface ApprovalQueue {
  /** What the viewer asked for, may answer or has answered, newest first. Nothing for anybody but a person. */
  list(viewer: Approver, filter?: ViewFilter): Promise<readonly ApprovalView[]>
  find(id: string, viewer: Approver): Promise<ApprovalView | null>
  /**
   * @param via the channel, for the record.
   * @param seen the version that the person saw: an answer to another one does not count. Default: any.
   */
  answer(id: string, answer: ApprovalAnswer, via: string, seen?: number): Promise<Answered>
  /** Puts on record that a person has looked at an emergency access (PCI DSS 8.2.2). */
  review(id: string, reviewer: Approver, words: string, via: string): Promise<Answered>
  /** Calls the listener with the ids of requests that are new or have changed. */
  watch(listener: (id: string) => void): () => void
}
