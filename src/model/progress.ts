import type { Catalog } from './catalog.js'
import type { Decision } from './decision.js'
import type { EngineError } from './executor.js'
import type { Facts } from './facts.js'
import type { Grant } from './grant.js'
import type { MaskCounts, Result } from './result.js'
import type { IdentifiedSubmission } from './submission.js'

/**
 * The stages' outputs. Each is branded, and only the stage that owns the brand mints it (the
 * architecture test greps for the casts), so a stage cannot be skipped or taken out of order.
 */
declare const stage: unique symbol
type Staged<Name extends string, Value> = Value & { readonly [stage]: Name }

export type Identified = Staged<'identified', IdentifiedSubmission>

export interface AnalyzedSubmission extends IdentifiedSubmission {
  readonly facts: Facts
  /** The picture of the database that the facts were established against. */
  readonly catalog: Catalog
}
export type Analyzed = Staged<'analyzed', AnalyzedSubmission>

export interface DecidedSubmission extends AnalyzedSubmission {
  readonly decision: Decision
}
/** Decided and not denied: allowed, or waiting for approval. */
export type Decided = Staged<'decided', DecidedSubmission>

/** What `approve` brings back: nothing was needed, or a grant that is not consumed yet. */
export type Pass = Staged<'pass', { readonly grant: Grant | null }>

export type Cleared = Staged<'cleared', DecidedSubmission & { readonly grant: Grant | null }>

/** The intent is on record under this id. */
export type Intended = Staged<
  'intended',
  { readonly cleared: Cleared; readonly recordId: string; readonly startedAt: number }
>

export type Executed = Staged<
  'executed',
  { readonly intended: Intended; readonly result: Result | EngineError }
>

/** What may leave the house. */
export type Masked = Staged<
  'masked',
  {
    readonly executed: Executed
    readonly result: Result | EngineError
    /** Live for a stream: final only when its last batch has been read. */
    readonly counts: () => MaskCounts
    /**
     * Keyed hashes of the card numbers that the rows hold which were masked since it was last asked, each once.
     * Present where a budget counts them.
     */
    readonly pans?: () => readonly string[]
  }
>

declare const accounted: unique symbol

/** Masked, and counted in every budget that the decision names. */
export type Charged = Masked & { readonly [accounted]: true }
