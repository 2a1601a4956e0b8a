import type { CellEncoding, EncodedRows } from './encoded.js'
import type { EngineError } from './executor.js'

/** Where the driver says that a result column's values come from. A witness, never the only one. */
export interface FieldOrigin {
  /** PostgreSQL: `RowDescription` table OID and column number. */
  readonly tableId?: number
  readonly columnNumber?: number
  /** MySQL and SQLite: names. */
  readonly schema?: string
  readonly relation?: string
  readonly column?: string
}

/** A result column as the driver describes it. */
export interface Field {
  readonly name: string
  /** The driver's type: PostgreSQL type OID, MySQL column type number, or a SQLite declared type. */
  readonly type?: number | string
  readonly origin?: FieldOrigin
  /** Present for all columns of a result whose rows are encoded, absent otherwise. */
  readonly encoding?: CellEncoding
}

/** One row: by column name, or by position where the caller asked for arrays. */
export type Row = Record<string, unknown> | unknown[]

/** Some of a result's rows. */
export type Batch = Row[] | EncodedRows

export function isEncoded(rows: Batch): rows is EncodedRows {
  return !Array.isArray(rows)
}

/** @throws TypeError for encoded rows, which only the door that asked for them can pass on. */
export function plainRows(rows: Batch): Row[] {
  if (isEncoded(rows)) throw new TypeError('The rows are encoded.')
  return rows
}

/** What came back from the database, not yet masked. */
export interface ResultSet {
  readonly fields: readonly Field[]
  readonly rows: Batch
  /** Rows written, where the engine tells. */
  readonly affected?: number
  /** What the engine says it generated as the key of the last inserted row. */
  readonly generatedKey?: number | bigint | string
  /** More rows existed than the cap let through. */
  readonly truncated: boolean
  /** What the engine had to say besides, in its own words until masking has been at them. */
  readonly notices?: readonly EngineError[]
}

/** A result that arrives in batches. `fields` are known before the first batch. */
export interface ResultStream {
  readonly fields: readonly Field[]
  readonly batches: AsyncIterable<Batch>
  /** As in a `ResultSet`; what is said after the first batch is added to it. */
  readonly notices?: readonly EngineError[]
}

export type Result = ResultSet | ResultStream

export function isStream(result: Result): result is ResultStream {
  return 'batches' in result
}

/** How many cells masking changed, by label or detector name. */
export type MaskCounts = Readonly<Record<string, number>>
