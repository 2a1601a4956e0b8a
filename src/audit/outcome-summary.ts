import type { Principal } from '../model/principal.js'
import type { OutcomeStatus } from '../model/record.js'

/** What an observer sees once an outcome is on record: never rows, never values. */
export interface OutcomeSummary {
  /** As recorded: protected values masked. */
  readonly statement: string
  /** `null` when the caller could not be identified. */
  readonly principal: Principal | null
  readonly decisionId: string
  readonly status: OutcomeStatus
  readonly rows: number | undefined
  readonly affected: number | undefined
  readonly durationMs: number
}

/** Sees, never changes: what it throws is dropped. */
export type OutcomeObserver = (summary: OutcomeSummary) => void

export function notify(observers: readonly OutcomeObserver[], summary: OutcomeSummary): void {
  for (const observer of observers) {
    try {
      const returned: unknown = observer(summary)
      if (returned !== undefined) void Promise.resolve(returned).catch(() => undefined)
    } catch {
      // An observer's trouble is its own.
    }
  }
}
