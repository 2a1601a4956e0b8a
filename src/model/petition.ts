/** Asks that a set of statements may run for a time without being asked for one by one. */
export interface WindowPlea {
  readonly kind: 'window'
  /** Rows returned or written that the whole window may use up. */
  readonly rows: number
  /** Milliseconds from the approval on. */
  readonly durationMs: number
  /** Why; shown to approvers as what the caller says. */
  readonly reason: string
}

/** Takes emergency access. */
export interface BreakGlassPlea {
  readonly kind: 'break-glass'
  /** Milliseconds; policy permits an hour at most. */
  readonly durationMs: number
  readonly reason: string
  /** Number of the incident. */
  readonly ticket: string
}

export type Plea = WindowPlea | BreakGlassPlea

/** What came of a plea. */
export interface Petitioned {
  /** To be handed to `as()` with the statements that shall stand under it. */
  readonly ticket: string
  readonly state: 'pending' | 'approved'
  /** Milliseconds since the Unix epoch; null while it is pending. */
  readonly until: number | null
}
