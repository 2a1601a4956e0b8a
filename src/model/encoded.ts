/**
 * Rows as a database's wire protocol carries them. A door that passes a result on need not decode it: stages look
 * at the cells that concern them, and everything else leaves as it came.
 */
export interface EncodedRows {
  /** Rows. */
  readonly length: number
  /**
   * Shows cells row by row, in ascending order of column, and puts what `look` returns in their place.
   *
   * @param width columns that every row must have.
   * @param columns positions to look at, ascending.
   * @throws RangeError for a row of another width, or one that is not whole.
   */
  edit(width: number, columns: readonly number[], look: CellLook): void
  /** All rows as they will be sent, edits applied, in one or more pieces. */
  pieces(): readonly Buffer[]
  /**
   * The value of a cell as the in-process driver would give it. Bytes that cannot be read as the column's type
   * are given as they are.
   *
   * @param type to read it as; default: the column's own.
   */
  decode(column: number, bytes: Buffer, start: number, end: number, type?: number): unknown
  /**
   * The bytes of a value in the column's own encoding.
   *
   * @param type to write it as; default: the column's own.
   * @param cell as it was, for what of it is to stay as it is: elements of an array that no mask changed.
   * @returns null where the type cannot hold it.
   */
  encode(column: number, value: unknown, type?: number, cell?: Buffer): Buffer | null
}

/**
 * Looks at the cell `bytes[start..end)`; a `start` below 0 is NULL. It may write a value of the same length
 * there itself.
 *
 * @returns undefined to leave the cell, null for NULL, or the bytes that take its place.
 */
export type CellLook = (
  column: number,
  bytes: Buffer,
  start: number,
  end: number,
) => Buffer | null | undefined

/** How a column's cells are written. */
export interface CellEncoding {
  readonly format: 'text' | 'binary'
  /**
   * The type that the client was told before the result was there, and will read the cells as. Absent: it will
   * be told with the result.
   */
  readonly told?: number
}
