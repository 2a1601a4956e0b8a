/**
 * A digest over encoded rows as they are sent. A cell that masking did not settle, and that the record may not
 * know, enters it as the JSON form of what the record shows in its place; everything else is hashed as it lies.
 */
import { createHash, type Hash, hash } from 'node:crypto'
import type { EncodedRows } from '../model/encoded.js'
import type { RecordedShape } from './recorded-shape.js'

interface Replaced {
  readonly memory: ArrayBufferLike
  readonly start: number
  readonly end: number
  readonly text: string
}

export class EncodedDigest {
  readonly #shape: RecordedShape
  /** The only piece so far: most results are one. */
  #only: Buffer | undefined
  #hash: Hash | undefined
  #bytes = 0

  constructor(shape: RecordedShape) {
    this.#shape = shape
  }

  add(rows: EncodedRows): void {
    const replaced = this.#replaced(rows)
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

  /** How many it is over so far. */
  get bytes(): number {
    return this.#bytes
  }

  #replaced(rows: EncodedRows): readonly Replaced[] {
    const shape = this.#shape
    const { substituted } = shape
    if (substituted.length === 0) return NONE
    const replaced: Replaced[] = []
    rows.edit(shape.fields.length, substituted, (column, bytes, start, end) => {
      const text = start < 0 ? undefined : shape.substitute(rows, column, bytes, start, end)
      if (text === undefined) return undefined
      const { buffer: memory, byteOffset } = bytes
      replaced.push({ memory, start: byteOffset + start, end: byteOffset + end, text })
      return undefined
    })
    return replaced
  }

  #update(bytes: Buffer): void {
    this.#bytes += bytes.length
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

const NONE: readonly Replaced[] = Object.freeze([])
