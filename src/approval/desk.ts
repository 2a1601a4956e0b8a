import type { Petitioned, Plea } from '../model/petition.js'
import type { Cleared, Decided, Pass } from '../model/progress.js'
import type { OutcomeStatus } from '../model/record.js'
import type { Refusal } from '../model/refusal.js'
import type { Standing } from '../model/statements.js'
import type { IdentifiedSubmission } from '../model/submission.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import type { ApprovalQueue } from './approval-queue.js'

/** Stage 4. Holds what people granted until it is consumed. */
export interface ApprovalDesk {
  /** Asks, if the decision needs it. An abandoned wait (signal) never yields a grant. */
  obtain(decided: Decided, signal: AbortSignal): MaybePromise<Pass | Refusal>
  /** Checks the grant against the submission as it is now and consumes it by compare-and-set. */
  clear(decided: Decided, pass: Pass): MaybePromise<Cleared | Refusal>
  /** Asks for a window over the statements, or takes emergency access for whoever asks. */
  petition(
    plea: Plea,
    asking: IdentifiedSubmission,
    decided: readonly Decided[],
  ): Promise<Petitioned | Refusal>
  /** How a request stands, for whoever asked; null for anybody else's. */
  standing(asking: IdentifiedSubmission, ticket: string): Promise<Standing | null>
  /** Gives back to a window what a statement under it did not use. */
  account(outcome: StatementOutcome): MaybePromise<void>
  /** The requests as people meet them. */
  readonly queue: ApprovalQueue
  close(): Promise<void>
}

/** How a statement ended, as far as a budget of rows is concerned. */
export interface StatementOutcome {
  readonly decisionId: string
  readonly status: OutcomeStatus
  readonly rows: number | undefined
  readonly affected: number | undefined
}
