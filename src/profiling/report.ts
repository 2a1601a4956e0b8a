import type { Figures } from './figures.js'
import type { Verdict } from './verdict.js'

/**
 * How the rows that were looked at were chosen. `whole`: all of them. `pages`: the first, and those of pages
 * from all over the table. `key`: the first, and stretches from all over the key. `ends`: the first and
 * the last by key. `first`: the first only, because nothing leads elsewhere.
 */
export type Way = 'whole' | 'pages' | 'key' | 'ends' | 'first'

export interface ColumnPlace {
  readonly schema: string
  readonly relation: string
  readonly column: string
}

/** A column for which a label is suggested, or at which a person has to look. */
export interface FoundColumn extends ColumnPlace {
  readonly type: string
  readonly verdict: Exclude<Verdict, 'none' | 'other'> | 'label'
  readonly label: string
  readonly reason: string
  /** Keys that lead to it in the column's documents. */
  readonly at?: string
  /** The labels that the policy gives the column. */
  readonly labelled: readonly string[]
  /** They protect what was found; for `ambiguous`, any label does. */
  readonly covered: boolean
  /** A person has said that it need not be looked at. */
  readonly ignored: boolean
  readonly rows: number
  readonly sample: Way
  readonly figures: Figures
}

/** A column with protected values inside of other text: the detectors mask those, whatever its label. */
export interface HoldingColumn extends ColumnPlace {
  readonly type: string
  readonly holds: string
  /** Values with one in them, of the values looked at. */
  readonly values: number
  readonly of: number
  readonly at?: string
  readonly labelled: readonly string[]
}

export interface LeftOut {
  readonly schema: string
  readonly relation: string
  /** Absent: the whole relation. */
  readonly columns?: readonly string[]
  readonly why: string
}

/** What a scan found. Holds names, counts and words, never a value. */
export interface ScanReport {
  readonly version: 1
  readonly dialect: string
  /** Nothing was left unread that a scan reads. */
  readonly complete: boolean
  readonly tables: number
  readonly columns: number
  readonly rows: number
  readonly found: readonly FoundColumn[]
  readonly holding: readonly HoldingColumn[]
  /** Views and the like, which show what is stored elsewhere. */
  readonly skipped: readonly LeftOut[]
  readonly unread: readonly LeftOut[]
}
