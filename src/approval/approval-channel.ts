import type { ApprovalRequest } from '../model/grant.js'
import type { ApprovalState } from './approval-entry.js'
import type { ApprovalQueue } from './approval-queue.js'

/** How a request ended. */
export interface Conclusion {
  readonly state: ApprovalState
  /** For people; absent where the state says it all. */
  readonly why?: string
}

/**
 * Port: tells people of requests, in a place from which their answers come back by another way than the
 * return of a call: a chat, a webhook, an inbox. Answers go to the queue, in whichever process they arrive.
 *
 * A channel that cannot tell anybody rejects from `announce`; where no channel and no provider is left, the
 * statement is refused as unavailable.
 */
export interface ApprovalChannel {
  readonly name: string
  /** Called once, before anything is announced. */
  open(queue: ApprovalQueue): void | Promise<void>
  /** Settles soon: it must not wait for people. */
  announce(request: ApprovalRequest, signal: AbortSignal): Promise<void>
  /** The request is over: takes the question away, or says how it ended. A rejection changes nothing. */
  conclude?(request: ApprovalRequest, conclusion: Conclusion): Promise<void>
  close?(): Promise<void>
}
