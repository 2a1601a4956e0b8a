/**
 * How much of the data one caller may be shown in all, however many statements it takes (PCI DSS 7.2.2: the least
 * that a job needs).
 *
 * @example
 * const budget: Budget = { per: 'principal', windowMs: 3_600_000, rows: 10_000, distinctPans: 50 }
 */
export interface Budget {
  /**
   * Whose it is. `principal`: of whoever asks, or of the person for whom an agent asks, in all sessions and through
   * all doors together. `session`: of one session of theirs, by the name that the caller gives it.
   */
  readonly per: 'principal' | 'session'
  /** Milliseconds that it counts for, from the first release on. Absent, for `session` only: as long as the session. */
  readonly windowMs?: number
  /** Rows released at most. Absent: not counted. */
  readonly rows?: number
  /** Different card numbers shown at most, truncated or not. Absent: not counted. */
  readonly distinctPans?: number
}

/** Milliseconds without a release after which a session is over, for its budget: nobody says when one ends. */
export const SESSION_SILENCE_MS = 86_400_000

/** `per principal within 1h`, `per session` */
export function budgetScope({ per, windowMs }: Budget): string {
  return windowMs === undefined ? `per ${per}` : `per ${per} within ${durationWords(windowMs)}`
}

/** `10000 rows and 50 different card numbers` */
export function budgetMeasures({ rows, distinctPans }: Budget): string {
  return [
    ...(rows === undefined ? [] : [`${rows} rows`]),
    ...(distinctPans === undefined ? [] : [`${distinctPans} different card numbers`]),
  ].join(' and ')
}

const UNITS = [
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
] as const

/** As policies write it. */
function durationWords(milliseconds: number): string {
  const [size, unit] = UNITS.find(([size]) => milliseconds % size === 0) ?? [1, 'ms']
  return `${milliseconds / size}${unit}`
}
