import type { Measured } from './rounds.js'

/** One table of the report. */
export interface Section {
  readonly title: string
  readonly target: string
  /** Microseconds that no result of the section should exceed, where the target is a plain number. */
  readonly most?: number
  /** One result that should be at most `ratio` times the baseline with the index `against`. */
  readonly within?: { readonly name: string; readonly against: number; readonly ratio: number }
  readonly results: readonly Measured[]
  /** Figures that are no times, by contestant. */
  readonly figures?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Printed below the table. */
  readonly notes?: readonly string[]
}

/** Whether a result meets its section's target; undefined where it is not measured by one. */
export function isMet(
  { most, within }: Section,
  { name, microseconds, ratios }: Measured,
): boolean | undefined {
  if (within?.name === name) return (ratios[within.against] ?? Number.NaN) <= within.ratio
  return most === undefined ? undefined : microseconds <= most
}
