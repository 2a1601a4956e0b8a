import type { Decision } from './decision.js'
import type { EngineError, Executor } from './executor.js'
import type { Facts } from './facts.js'
import type { Petitioned, Plea } from './petition.js'
import type { Pass } from './progress.js'
import type { Refusal } from './refusal.js'
import type { MaskCounts, Result } from './result.js'
import type { Submission, Submissions } from './submission.js'

/** How a governed statement ended, for the enforcement point to put into its own protocol's words. */
export type Outcome = Ending & {
  /** What was found and decided: for observers, and for what a session has to keep in mind. Holds no value of the statement, and is not for the caller. */
  readonly about?: Explanation
}

export type Ending =
  /** `masked`: cells that masking changed so far; final once a stream's last batch has been read. */
  | { readonly kind: 'released'; readonly result: Result; readonly masked: () => MaskCounts }
  /** The database refused the statement; the error is scrubbed. */
  | { readonly kind: 'failed'; readonly error: EngineError }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** What a dry run found. Uses the same code as enforcement up to the decision. */
export interface Explanation {
  readonly facts: Facts
  readonly decision: Decision
}

/** The pipeline as an enforcement point sees it. */
export interface Governor {
  /**
   * Everything up to approval, before a connection is taken: a refusal, or a pass to hand to
   * `govern` with the very same submission. Waits for people; holds no database resource.
   */
  approve(submission: Submission, signal: AbortSignal): Promise<Pass | Refusal>
  /**
   * The whole life of a statement. Without a pass, an approval is asked for on the way.
   *
   * @throws UncertainError where nobody knows whether a write has happened; what else a stage or the executor throws.
   */
  govern(submission: Submission, executor: Executor, signal: AbortSignal, pass?: Pass): Promise<Outcome>
  explain(submission: Submission): Promise<Explanation | Refusal>
  /** Asks for a window over the statements, or takes emergency access for whoever hands in the only one. */
  petition(submissions: Submissions, plea: Plea): Promise<Petitioned | Refusal>
}
