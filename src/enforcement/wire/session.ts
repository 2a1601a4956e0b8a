/** One client after start-up, in whatever protocol. */
import type { WireEnd } from './entrance.js'

export interface WireSession {
  /** Resolves when the client is gone and the upstream connection has been given back or closed. Never rejects. */
  readonly ended: Promise<void>
  /** Ends the running statement, or the wait for its approval. */
  cancel(): void
  end(why: WireEnd, atOnce: boolean): void
}

/** How long a client may say nothing. */
export interface IdleLimits {
  /** Milliseconds without a message from the client, outside of a transaction and inside. */
  readonly idleMs: number
  readonly idleInTransactionMs: number
}
