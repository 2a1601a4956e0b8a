import type { EngineError } from '../model/executor.js'
import type { Charged, Cleared, Intended } from '../model/progress.js'
import type { LifecycleEvent } from '../model/record.js'
import type { Refusal } from '../model/refusal.js'
import type { Result } from '../model/result.js'
import type { Submission } from '../model/submission.js'
import type { MaybePromise } from '../util/maybe-promise.js'

/** Stages 5 and 8: one intent and exactly one outcome for everything that runs, one record for what does not. */
export interface Trail {
  /**
   * Nothing of the statement is released before its intent is on record; of what writes, it is when this resolves.
   *
   * @throws AuditUnavailableError, or rejects with it.
   */
  intend(cleared: Cleared): MaybePromise<Intended>
  /** Writes the outcome, then hands out the result. A stream's outcome is written when it ends or is cut. */
  release(charged: Charged): Promise<Result | EngineError>
  /** It ran or began to run; nothing leaves. */
  withhold(intended: Intended, refusal: Refusal): Promise<void>
  /** The database connection or a stage failed after the intent. An `UncertainError` is recorded as `unknown`. */
  fail(intended: Intended, error: unknown): Promise<void>
  /** It never ran. */
  refuse(submission: Submission, refusal: Refusal): Promise<void>
  /** A stage failed before the intent. */
  abort(submission: Submission, error: unknown): Promise<void>
  note(event: LifecycleEvent, detail: Readonly<Record<string, unknown>>): Promise<void>
  close(): Promise<void>
}
