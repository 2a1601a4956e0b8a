import type { Measured } from './rounds.js'

/** One table of the report. */
export interface Section {
  readonly title: string
  readonly target: string
  /** Microseconds that no result of the section should exceed, where the target is a plain number. */
  readonly most?: number
  readonly results: readonly Measured[]
}

/** Whether a result meets its section's target; undefined where the target is not a plain number. */
export function isMet({ most }: Section, { microseconds }: Measured): boolean | undefined {
  return most === undefined ? undefined : microseconds <= most
}
