import type { Cleared, Decided, Pass } from '../model/progress.js'
import type { Refusal } from '../model/refusal.js'

/** Stage 4. Holds what a person granted until it is consumed, once. */
export interface ApprovalDesk {
  /** Asks, if the decision needs it. An abandoned wait (signal) never yields a grant. */
  obtain(decided: Decided, signal: AbortSignal): Promise<Pass | Refusal>
  /** Checks the grant against the submission as it is now and consumes it by compare-and-set. */
  clear(decided: Decided, pass: Pass): Promise<Cleared | Refusal>
  close(): Promise<void>
}
