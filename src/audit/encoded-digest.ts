/**
 * A digest over encoded rows as they are sent. A cell that masking did not settle, and that the record may not
 * know, enters it as the JSON form of what the record shows in its place; everything else is hashed as it lies.
 */
import { createHash, type Hash, hash } from 'node:crypto'
import type { EncodedRows } from '../model/encoded.js'
import type { Field } from '../model/result.js'
import type { Scrubber } from '../model/scrub.js'
import { isPlainText } from './encoded-types.js'

/** What stands in the digest for a value, undefined for the value itself. */
export type Substitute = (value: unknown) => string | undefined

interface Replaced {
  readonly memory: ArrayBufferLike
  readonly start: number
  readonly end: number
  readonly text: string
}

export class EncodedDigest {
  readonly #fields: readonly Field[]
  readonly #substitutes: readonly (Substitute | undefined)[]
  readonly #scrubber: Scrubber
  readonly #guarded: readonly number[]
  readonly #plain: readonly boolean[]
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
    this.#plain = fields.map(isPlainText)
    this.#guarded = substitutes.flatMap((substitute, index) => (substitute === undefined ? [] : [index]))
  }

  add(rows: EncodedRows): void {
    const replaced: Replaced[] = []
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
    if (this.#plain[column] === true && this.#scrubber.clears?.(bytes, start, end) === true) return
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
