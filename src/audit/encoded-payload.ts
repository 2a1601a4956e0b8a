/** The first encoded rows as the record shows them: read row by row, and no further than there is room. */
import type { CellLook, EncodedRows } from '../model/encoded.js'
import type { Field } from '../model/result.js'
import type { Scrubber } from '../model/scrub.js'
import { isPlainText, isSmallInteger } from './encoded-types.js'
import { cellsJson, isLonger, SHORTEST_PAN } from './plain-value.js'

/** Ends the look at rows of which no more are shown. */
const FULL = Object.freeze(new Error('the payload is full'))

/** What the record shows in place of a value of the column. */
export type Guarded = (value: unknown, column: number) => unknown

export interface PayloadParts {
  readonly fields: readonly Field[]
  readonly scrubber: Scrubber
  readonly guarded: Guarded
  /** Whether a text of the column that holds nothing is shown as it stands. */
  readonly isOpen: (column: number) => boolean
  /** Characters of JSON that the rows may take. */
  readonly room: number
}

/** How cells of a column are put into words: `integer` and `text` from their bytes, where these are their own JSON. */
type Form = 'integer' | 'text' | 'value'

export class EncodedPayload {
  readonly rows: unknown[][] = []
  /** There were more rows than there was room for. */
  isFull = false
  readonly #parts: PayloadParts
  readonly #all: readonly number[]
  readonly #forms: readonly Form[]
  /** Where the cells of the row begin and end. */
  readonly #starts: number[]
  readonly #ends: number[]
  #room: number
  /** Characters of JSON of the row that is read. */
  #taken = 0
  #source: EncodedRows | undefined

  constructor(parts: PayloadParts) {
    const { fields, isOpen, room } = parts
    this.#parts = parts
    this.#all = fields.map((_, index) => index)
    this.#forms = fields.map((field, index) => (isOpen(index) ? formOf(field) : 'value'))
    this.#starts = fields.map(() => -1)
    this.#ends = fields.map(() => -1)
    this.#room = room
  }

  add(rows: EncodedRows): void {
    if (this.isFull || rows.length === 0) return
    this.#source = rows
    try {
      rows.edit(this.#all.length, this.#all, this.#look)
    } catch (error) {
      if (error !== FULL) throw error
    } finally {
      this.#source = undefined
    }
  }

  readonly #look: CellLook = (column, bytes, start, end) => {
    this.#starts[column] = start
    this.#ends[column] = end
    if (column === this.#all.length - 1) this.#take(bytes)
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
    for (let column = 0; column < this.#all.length; column++) {
      if ((this.#ends[column] ?? 0) - (this.#starts[column] ?? 0) > 3 * this.#room) return false
    }
    return true
  }

  #cells(bytes: Buffer): unknown[] | undefined {
    const cells: unknown[] = []
    // Brackets, commas, and a line feed.
    this.#taken = 2 + this.#all.length
    for (let column = 0; column < this.#all.length; column++) {
      const start = this.#starts[column] ?? -1
      const cell = start < 0 ? this.#null() : this.#cell(column, bytes, start, this.#ends[column] ?? 0)
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
    switch (this.#forms[column]) {
      case 'text':
        if (isItsOwnJson(bytes, start, end)) {
          const { scrubber } = this.#parts
          if (end - start > this.#room) return undefined
          if (end - start < SHORTEST_PAN || scrubber.clears?.(bytes, start, end) === true) {
            this.#taken += end - start + 2
            return bytes.toString('latin1', start, end)
          }
        }
        break
      case 'integer':
        if (isPlainInteger(bytes, start, end)) {
          this.#taken += end - start
          return Number(bytes.toString('latin1', start, end))
        }
        break
    }
    const value = this.#value(column, bytes, start, end)
    if (isLonger(value, this.#room)) return undefined
    const shown = this.#parts.guarded(value, column)
    this.#taken += jsonLength(shown)
    return shown
  }

  /** As what the client reads it. */
  #value(column: number, bytes: Buffer, start: number, end: number): unknown {
    const type = this.#parts.fields[column]?.type
    return this.#source?.decode(column, bytes, start, end, typeof type === 'number' ? type : undefined)
  }
}

/** Of the JSON form. */
function jsonLength(cell: unknown): number {
  return typeof cell === 'number' ? `${cell}`.length : cellsJson([cell]).length - 2
}

function formOf(field: Field): Form {
  if (isPlainText(field)) return 'text'
  return isSmallInteger(field) ? 'integer' : 'value'
}

/** Printable ASCII that JSON writes as it is, between quotes. */
function isItsOwnJson(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (ITS_OWN_JSON[bytes[at] as number] === 0) return false
  return true
}

const ITS_OWN_JSON = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
)

const ZERO = 0x30
const NINE = 0x39

/** One to ten digits of which the first is not 0: the number is its own JSON. */
function isPlainInteger(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > 10 || bytes[start] === ZERO) return false
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte < ZERO || byte > NINE) return false
  }
  return true
}
