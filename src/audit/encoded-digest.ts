/**
 * A digest over encoded rows as they are sent. A cell that masking did not settle, and that the record may not
 * know, enters it as the JSON form of what the record shows in its place; everything else is hashed as it lies.
 */
import { createHash, type Hash, hash } from 'node:crypto'
import type { CellLook, EncodedRows } from '../model/encoded.js'
import type { Field } from '../model/result.js'
import type { Scrubber } from '../model/scrub.js'

/** What stands in the digest for a value, undefined for the value itself. */
export type Substitute = (value: unknown) => string | undefined

/** Takes a row for the payload; false when there is no room for another. */
export type TakeRow = (values: () => unknown[], longest: number) => boolean

interface Replaced {
  readonly memory: ArrayBufferLike
  readonly start: number
  readonly end: number
  readonly text: string
}

/** `text`, `varchar`, `bpchar`, `"char"`, `name`, `unknown`, `int8`, `numeric`: their text is their value. */
const PLAIN_TEXTS: readonly unknown[] = [25, 1043, 1042, 18, 19, 705, 20, 1700]
/** `bool`, `int2`, `int4`, `oid`, `date`, `timestamp`, `timestamptz`: too small for a PAN, or none by form. */
const NUMBERLESS: readonly unknown[] = [16, 21, 23, 26, 1082, 1114, 1184]

/** Ends the look at rows of which no more are shown. */
const FULL = Object.freeze(new Error('the payload is full'))

export function holdsNothing(field: Field | undefined): boolean {
  return field?.encoding !== undefined && NUMBERLESS.includes(field.type)
}

export class EncodedDigest {
  readonly #fields: readonly Field[]
  readonly #substitutes: readonly (Substitute | undefined)[]
  readonly #scrubber: Scrubber
  readonly #guarded: readonly number[]
  readonly #all: readonly number[]
  /** The only piece so far: most results are one. */
  #only: Buffer | undefined
  #hash: Hash | undefined

  /** @param substitutes by position; undefined for columns that need none. */
  constructor(
    fields: readonly Field[],
    substitutes: readonly (Substitute | undefined)[],
    scrubber: Scrubber,
  ) {
    this.#fields = fields
    this.#substitutes = substitutes
    this.#scrubber = scrubber
    this.#guarded = substitutes.flatMap((substitute, index) => (substitute === undefined ? [] : [index]))
    this.#all = fields.map((_, index) => index)
  }

  /** @param take absent when the payload takes no more. */
  add(rows: EncodedRows, take?: TakeRow): void {
    const replaced: Replaced[] = []
    if (take !== undefined && rows.length > 0) this.#show(rows, take)
    if (this.#guarded.length > 0) {
      rows.edit(this.#fields.length, this.#guarded, (column, bytes, start, end) => {
        if (start >= 0) this.#replace(rows, column, bytes, start, end, replaced)
        return undefined
      })
    }
    let next = 0
    for (const piece of rows.pieces()) {
      let at = 0
      for (let cell = replaced[next]; cell !== undefined; cell = replaced[++next]) {
        const start = cell.start - piece.byteOffset
        if (cell.memory !== piece.buffer || start < at || start >= piece.length) break
        this.#update(piece.subarray(at, start))
        this.#update(Buffer.from(cell.text))
        at = cell.end - piece.byteOffset
      }
      this.#update(at === 0 ? piece : piece.subarray(at))
    }
    if (next < replaced.length) throw new RangeError('a cell lies in none of the pieces')
  }

  hex(): string {
    if (this.#hash !== undefined) return this.#hash.digest('hex')
    return hash('sha256', this.#only ?? Buffer.alloc(0), 'hex')
  }

  /** Row by row, as far as there is room. */
  #show(rows: EncodedRows, take: TakeRow): void {
    const width = this.#fields.length
    let row: (() => unknown)[] = []
    let longest = 0
    const look: CellLook = (column, bytes, start, end) => {
      if (start >= 0) longest = Math.max(longest, end - start)
      row.push(() => (start < 0 ? null : this.#value(rows, column, bytes, start, end)))
      if (column < width - 1) return undefined
      const cells = row
      if (!take(() => cells.map(cell => cell()), longest)) throw FULL
      row = []
      longest = 0
      return undefined
    }
    try {
      rows.edit(width, this.#all, look)
    } catch (error) {
      if (error !== FULL) throw error
    }
  }

  #replace(
    rows: EncodedRows,
    column: number,
    bytes: Buffer,
    start: number,
    end: number,
    replaced: Replaced[],
  ): void {
    const substitute = this.#substitutes[column]
    if (substitute === undefined) return
    const { type, encoding } = this.#fields[column] ?? {}
    const plain = encoding?.format === 'text' && PLAIN_TEXTS.includes(type)
    if (plain && this.#scrubber.clears?.(bytes, start, end) === true) return
    const text = substitute(this.#value(rows, column, bytes, start, end))
    if (text === undefined) return
    const { byteOffset } = bytes
    replaced.push({ memory: bytes.buffer, start: byteOffset + start, end: byteOffset + end, text })
  }

  /** As what the client reads it. */
  #value(rows: EncodedRows, column: number, bytes: Buffer, start: number, end: number): unknown {
    const type = this.#fields[column]?.type
    return rows.decode(column, bytes, start, end, typeof type === 'number' ? type : undefined)
  }

  #update(bytes: Buffer): void {
    if (this.#hash === undefined) {
      if (this.#only === undefined) {
        this.#only = bytes
        return
      }
      this.#hash = createHash('sha256').update(this.#only)
      this.#only = undefined
    }
    this.#hash.update(bytes)
  }
}
