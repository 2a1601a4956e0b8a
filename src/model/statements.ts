import type { Catalog } from './catalog.js'
import type { Dialect } from './dialect.js'
import type { Explanation, Outcome } from './governor.js'
import type { Refusal } from './refusal.js'
import type { ApprovalWish, DataSource } from './submission.js'

/**
 * One caller's way to one database, for a door that speaks a protocol of its own: text in, values out. Every
 * statement lives the whole life of the pipeline; refusals and the database's own errors are outcomes, and
 * only what could not work at all rejects (CardeaError).
 */
export interface Statements {
  readonly dialect: Dialect
  readonly dataSource: DataSource
  /**
   * @param statement in the database's own words, with its own placeholders: `$1` for PostgreSQL, `?` for the others.
   * @throws CardeaError CARDEA_BINDING_REFUSED for a binding that cannot be governed; what stages throw.
   */
  run(statement: string, bindings: readonly unknown[], options?: RunOptions): Promise<Outcome>
  /** What would happen to the statement, without running it. */
  explain(statement: string, bindings: readonly unknown[]): Promise<Explanation | Refusal>
  /** The picture of the database that statements are judged against. */
  catalog(): Promise<Catalog>
  /**
   * Puts on record that the caller looked at something without running anything. To be waited for before it is shown.
   *
   * @throws AuditUnavailableError.
   */
  looked(look: Look): Promise<void>
  /** A name, or another text that no statement has brought, without protected values. */
  scrub(text: string): string
  /** How an approval stands that this caller asked for in this session; null for any other. */
  standing(ticket: string): Promise<Standing | Refusal | null>
}

export interface RunOptions {
  readonly signal?: AbortSignal
  /** Default: as the connection is set up. */
  readonly approval?: ApprovalWish
  /** The framework's id of the call, for the record. */
  readonly toolCall?: string
  /** Why the caller says it needs this; shown to approvers as a claim. */
  readonly claimedReason?: string
  /**
   * Rows in batches of this many, instead of all at once. The result then is a `ResultStream`; a connection is
   * held until its batches are read or the iterator is returned.
   */
  readonly batch?: number
  /** Rows by position, so that two columns of one name keep a value each. Default: by column name. */
  readonly arrays?: true
  /**
   * For a statement that only reads: so many of its rows at most, and `truncated` where there are more. The
   * database is told to refuse any write. Not together with `batch`.
   */
  readonly first?: number
}

/** What a caller looked at: the tables and columns, or what would become of a statement. */
export type Look =
  | { readonly at: 'catalog'; readonly table?: string; readonly like?: string }
  | { readonly at: 'statement'; readonly explanation: Explanation }

/** A request for approval as its own caller may know it. Times are milliseconds since the Unix epoch. */
export interface Standing {
  readonly ticket: string
  readonly kind: 'single' | 'window' | 'break-glass'
  readonly state: 'pending' | 'approved' | 'denied' | 'consumed' | 'expired' | 'withdrawn'
  readonly decideBy: number
  /** Until when a grant may be used; null before it is given. */
  readonly useBy: number | null
  /** Why it ended, in the approver's words; null while it is open. */
  readonly why: string | null
}
