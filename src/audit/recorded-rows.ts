/**
 * What the outcome says about released rows: how many, a digest over all of them and the first few as
 * payload, in one pass and flat memory. Forms of values in both (docs/audit.md): a bigint is its decimal
 * text, a date ISO 8601, bytes `\x` and hex, NaN and the infinities their names, undefined null.
 */

import { createHash, type Hash, hash } from 'node:crypto'
import type { EncodedRows } from '../model/encoded.js'
import type { OutcomeDetail } from '../model/record.js'
import { type Batch, isEncoded, type Row } from '../model/result.js'
import { EncodedDigest } from './encoded-digest.js'
import { EncodedPayload } from './encoded-payload.js'
import { cellsJson, isLonger, plain } from './plain-value.js'
import type { RecordedShape } from './recorded-shape.js'

const HASH_CHUNK = 65_536

export type RowsDetail = Pick<
  OutcomeDetail,
  'bytes' | 'rows' | 'columns' | 'digest' | 'digestForm' | 'payload' | 'payloadTruncated'
>

/** Takes rows as they are released. */
export class RowAccount {
  readonly #shape: RecordedShape
  readonly #payload: unknown[] = []
  #room: number
  #truncated = false
  #rows = 0
  #text = ''
  #bytes = 0
  #hash: Hash | undefined
  #encoded: { readonly digest: EncodedDigest; readonly payload: EncodedPayload } | undefined
  /** Of the columns that a row has: an object has one member for all columns of one name, the last one's value. */
  #positions: readonly number[]

  /** @param payloadCap characters of JSON that the payload may take. */
  constructor(shape: RecordedShape, payloadCap: number) {
    this.#shape = shape
    this.#positions = shape.positions
    this.#room = payloadCap
  }

  add(rows: Batch): void {
    if (isEncoded(rows)) {
      this.#addEncoded(rows)
      return
    }
    const [first] = rows
    if (this.#rows === 0 && first !== undefined && !Array.isArray(first))
      this.#positions = lastOfEachName(this.#shape)
    for (const row of rows) {
      this.#text += `${cellsJson(this.#cells(row))}\n`
      if (this.#text.length > HASH_CHUNK) this.#drain()
      if (!this.#truncated) this.#keep(row)
      this.#rows += 1
    }
  }

  detail(): RowsDetail {
    const { columns } = this.#shape
    const rows = this.#rows
    if (columns.length === 0) return { rows }
    const encoded = this.#encoded
    const truncated = encoded === undefined ? this.#truncated : encoded.payload.isFull
    const detail: RowsDetail =
      encoded === undefined
        ? this.#plainDetail()
        : {
            bytes: encoded.digest.bytes,
            columns,
            digest: encoded.digest.hex(),
            digestForm: 'encoded',
            payload: encoded.payload.rows,
            rows,
          }
    return truncated ? { ...detail, payloadTruncated: true } : detail
  }

  #plainDetail(): RowsDetail {
    const digest = this.#digest()
    const columns = this.#positions.map(index => this.#shape.columns[index] ?? '')
    return { bytes: this.#bytes, columns, digest, payload: this.#payload, rows: this.#rows }
  }

  #addEncoded(rows: EncodedRows): void {
    const shape = this.#shape
    this.#encoded ??= { digest: new EncodedDigest(shape), payload: new EncodedPayload(shape, this.#room) }
    this.#encoded.payload.add(rows)
    this.#encoded.digest.add(rows)
    this.#rows += rows.length
  }

  #cells(row: Row): unknown[] {
    const { fields, standings } = this.#shape
    const cells: unknown[] = []
    for (const index of this.#positions) {
      const value = Array.isArray(row) ? row[index] : row[fields[index]?.name ?? '']
      cells.push(standings[index] === 'settled' ? plain(value) : this.#shape.guarded(value, index))
    }
    return cells
  }

  /** The payload is for people to read: the detectors look at every cell of it, settled or not. */
  #keep(row: Row): void {
    const { fields } = this.#shape
    const values = this.#positions.map(index =>
      Array.isArray(row) ? row[index] : row[fields[index]?.name ?? ''],
    )
    if (!values.some(value => isLonger(value, this.#room))) {
      const cells = values.map((value, at) => this.#shape.guarded(value, this.#positions[at] ?? 0))
      this.#room -= cellsJson(cells).length + 1
      if (this.#room >= 0) {
        this.#payload.push(cells)
        return
      }
    }
    this.#truncated = true
  }

  #drain(): void {
    this.#hash ??= createHash('sha256')
    this.#hash.update(this.#text)
    this.#bytes += Buffer.byteLength(this.#text)
    this.#text = ''
  }

  #digest(): string {
    if (this.#hash === undefined) {
      this.#bytes = Buffer.byteLength(this.#text)
      return hash('sha256', this.#text, 'hex')
    }
    this.#drain()
    return this.#hash.digest('hex')
  }
}

function lastOfEachName({ fields, positions }: RecordedShape): readonly number[] {
  const last = new Map(fields.map(({ name }, index) => [name, index]))
  return last.size === fields.length
    ? positions
    : positions.filter(index => last.get(fields[index]?.name ?? '') === index)
}
