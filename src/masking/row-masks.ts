/** Masks cells of rows as a driver gives them. Those that only a scan is for are glanced at together first. */
import type { Row } from '../model/result.js'
import type { CellScan } from './cell-scan.js'
import type { CellMask } from './column-mask.js'
import type { Tally } from './counts.js'
import { ShapeChanged } from './shape.js'

export interface MaskedColumn {
  /** Of the field. */
  readonly position: number
  /** Of the cell: its position in a row that is an array, the field's name in one that is an object. */
  readonly key: number | string
  readonly mask: CellMask
  /** The field's type cannot hold a masked value. */
  readonly retypes: boolean
  /** Nothing is done to a cell in which no detector finds anything. */
  readonly isScanned: boolean
}

type Cells = Record<number | string, unknown>

export class RowMasks {
  private readonly masked: readonly MaskedColumn[]
  private readonly scanned: readonly MaskedColumn[]
  /** Of the scanned ones. */
  private readonly keys: readonly (number | string)[]

  /** @param width members of a row that is an array; absent: rows are objects. */
  constructor(
    columns: readonly MaskedColumn[],
    private readonly scan: CellScan,
    private readonly width?: number,
  ) {
    this.masked = columns.filter(({ isScanned }) => !isScanned)
    this.scanned = columns.filter(({ isScanned }) => isScanned)
    this.keys = this.scanned.map(({ key }) => key)
  }

  /** @param retyped collects the positions of fields whose cells became text */
  mask(rows: readonly Row[], tally: Tally, retyped: Set<number> | undefined): void {
    const { masked, scanned, width } = this
    const all = rows as readonly Cells[]
    for (let i = 0; i < all.length; i++) {
      const row = all[i]
      if ((Array.isArray(row) ? row.length : undefined) !== width) throw new ShapeChanged()
    }
    for (const column of masked) {
      for (let i = 0; i < all.length; i++) put(all[i] as Cells, column, tally, retyped)
    }
    if (scanned.length === 0) return
    this.scan.glance.cells(all, this.keys, (row, key) => {
      put(all[row] as Cells, scanned[key] as MaskedColumn, tally, retyped)
    })
  }
}

function put(
  row: Cells,
  { position, key, mask, retypes }: MaskedColumn,
  tally: Tally,
  retyped: Set<number> | undefined,
): void {
  const value = row[key]
  // An object without the cell stays without it.
  if (value === undefined && typeof key === 'string') return
  const masked = mask(value, tally)
  // Not compared first: two texts of one length are equal only where all of both is.
  row[key] = masked
  if (retypes && typeof masked === 'string' && masked !== value) retyped?.add(position)
}
