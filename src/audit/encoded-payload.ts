/** The first encoded rows as the record shows them: read row by row, and no further than there is room. */
import type { CellLook, EncodedRows } from '../model/encoded.js'
import { isPlainAscii, isUtcDay, smallInteger } from './encoded-cells.js'
import { cellsJson, isLonger, SHORTEST_PAN } from './plain-value.js'
import type { RecordedShape } from './recorded-shape.js'

/** Ends the look at rows of which no more are shown. */
const FULL = Object.freeze(new Error('the payload is full'))

/** A row up to which its bytes become characters at once, which costs less than each cell's by themselves. */
const SHORT_ROW = 4_096
const MIDNIGHT = 'T00:00:00.000Z'

export class EncodedPayload {
  readonly rows: unknown[][] = []
  /** There were more rows than there was room for. */
  isFull = false
  readonly #shape: RecordedShape
  /** Where the cells of the row begin and end, one after the other. */
  readonly #bounds: number[] = []
  #room: number
  /** Characters of JSON of the row that is read. */
  #taken = 0
  #source: EncodedRows | undefined
  /** Where the row's cells begin and end, and what is there, once it is asked for. */
  #from = 0
  #to = 0
  #line = ''

  /** @param room characters of JSON that the rows may take. */
  constructor(shape: RecordedShape, room: number) {
    this.#shape = shape
    this.#room = room
  }

  add(rows: EncodedRows): void {
    if (this.isFull || rows.length === 0) return
    this.#source = rows
    try {
      const { positions } = this.#shape
      rows.edit(positions.length, positions, this.#look)
    } catch (error) {
      if (error !== FULL) throw error
    } finally {
      this.#source = undefined
    }
  }

  readonly #look: CellLook = (column, bytes, start, end) => {
    this.#bounds[2 * column] = start
    this.#bounds[2 * column + 1] = end
    if (column === this.#shape.positions.length - 1) this.#take(bytes)
    return undefined
  }

  #take(bytes: Buffer): void {
    const cells = this.#hasRoom() ? this.#cells(bytes) : undefined
    if (cells === undefined) {
      this.isFull = true
      throw FULL
    }
    this.rows.push(cells)
  }

  /** A cell that cannot fit is not even read: at most three bytes make one character. */
  #hasRoom(): boolean {
    this.#from = Number.POSITIVE_INFINITY
    this.#line = ''
    for (let column = 0; column < this.#shape.positions.length; column++) {
      const start = this.#bounds[2 * column] ?? -1
      const end = this.#bounds[2 * column + 1] ?? 0
      if (start < 0) continue
      if (end - start > 3 * this.#room) return false
      if (start < this.#from) this.#from = start
      this.#to = end
    }
    return true
  }

  #cells(bytes: Buffer): unknown[] | undefined {
    const cells: unknown[] = []
    // Brackets, commas, and a line feed.
    this.#taken = 2 + this.#shape.positions.length
    for (let column = 0; column < this.#shape.positions.length; column++) {
      const start = this.#bounds[2 * column] ?? -1
      const cell =
        start < 0 ? this.#null() : this.#cell(column, bytes, start, this.#bounds[2 * column + 1] ?? 0)
      if (cell === undefined) return undefined
      cells.push(cell)
    }
    this.#room -= this.#taken
    return this.#room < 0 ? undefined : cells
  }

  #null(): null {
    this.#taken += 4
    return null
  }

  /** @returns undefined where it is longer than there is room. */
  #cell(column: number, bytes: Buffer, start: number, end: number): unknown {
    switch (this.#shape.forms[column]) {
      case 'text':
        if (isPlainAscii(bytes, start, end)) {
          const { scrubber } = this.#shape
          if (end - start > this.#room) return undefined
          if (end - start < SHORTEST_PAN || scrubber.clears?.(bytes, start, end) === true) {
            this.#taken += end - start + 2
            return this.#characters(bytes, start, end)
          }
        }
        break
      case 'integer': {
        const integer = smallInteger(bytes, start, end)
        if (integer >= 0) {
          this.#taken += end - start
          return integer
        }
        break
      }
      case 'day':
        if (isUtcDay(bytes, start, end)) {
          this.#taken += end - start + MIDNIGHT.length + 2
          return `${this.#characters(bytes, start, end)}${MIDNIGHT}`
        }
        break
    }
    const source = this.#source
    const value = source && this.#shape.valueOf(source, column, bytes, start, end)
    if (isLonger(value, this.#room)) return undefined
    const shown = this.#shape.guarded(value, column)
    this.#taken += jsonLength(shown)
    return shown
  }

  /** Of a cell that is ASCII. */
  #characters(bytes: Buffer, start: number, end: number): string {
    if (this.#to - this.#from > SHORT_ROW) return bytes.toString('latin1', start, end)
    if (this.#line === '') this.#line = bytes.toString('latin1', this.#from, this.#to)
    return this.#line.slice(start - this.#from, end - this.#from)
  }
}

/** Of the JSON form. */
function jsonLength(cell: unknown): number {
  return typeof cell === 'number' ? `${cell}`.length : cellsJson([cell]).length - 2
}
