import type { CellLook, EncodedRows } from '../../../model/encoded.js'
import type { Field } from '../../../model/result.js'
import { decodeCell } from '../cells/decode.js'
import { encodeCell } from '../cells/encode.js'
import { Rebuilt } from './rebuilt.js'

/** Rows as DataRow messages carry them (PostgreSQL manual, "Message Formats"), taken in as they arrive. */
export interface PgRows extends EncodedRows {
  /**
   * Takes the DataRow messages `bytes[start..end)`, which lie back to back, headers included. The bytes are kept and
   * not copied, and may be written to.
   *
   * @param count of them. Default 1.
   * @throws RangeError unless the first is a whole DataRow, and the only one where there is one; `edit` looks at all.
   */
  add(bytes: Buffer, start: number, end: number, count?: number): void
  readonly byteLength: number
  /** The same rows in order, in parts of about so many bytes, of which none is empty. The whole is good for nothing more. */
  parts(bytes: number): readonly PgRows[]
}

/**
 * @param fields type and format say how the cells are written.
 * @example
 * const rows = pgRows([{ name: 'pan', type: 25, encoding: { format: 'text' } }])
 * rows.add(chunk, start, end)
 * socket.write(rows.pieces()[0])
 */
export function pgRows(fields: readonly Field[]): PgRows {
  return new DataRows(fields)
}

const DATA_ROW = 0x44
/** Type byte, length and number of columns. */
const HEADER = 7

class DataRows implements PgRows {
  length = 0
  byteLength = 0
  /** Stretches of messages back to back: buffer and bounds. */
  private buffers: Buffer[] = []
  private starts: number[] = []
  private ends: number[] = []

  constructor(private readonly fields: readonly Field[]) {}

  add(bytes: Buffer, start: number, end: number, count = 1): void {
    if (end > bytes.length || end - start < HEADER || bytes[start] !== DATA_ROW) throw corrupt()
    const behind = end - start - 1 - int32(bytes, start + 1)
    if (count === 1 ? behind !== 0 : behind < 0) throw corrupt()
    const last = this.buffers.length - 1
    if (last >= 0 && this.buffers[last] === bytes && this.ends[last] === start) this.ends[last] = end
    else this.append(bytes, start, end)
    this.length += count
    this.byteLength += end - start
  }

  parts(bytes: number): readonly PgRows[] {
    // Another half is not worth a part.
    if (2 * this.byteLength <= 3 * bytes) return this.length === 0 ? [] : [this]
    const parts: PgRows[] = []
    let part = new DataRows(this.fields)
    for (const [i, buffer] of this.buffers.entries()) {
      const until = this.ends[i] ?? 0
      for (let row = this.starts[i] ?? 0; row < until; ) {
        const end = row + 1 + int32(buffer, row + 1)
        part.add(buffer, row, end)
        row = end
        if (part.byteLength < bytes) continue
        parts.push(part)
        part = new DataRows(this.fields)
      }
    }
    if (part.length > 0) parts.push(part)
    return parts
  }

  edit(width: number, columns: readonly number[], look: CellLook): void {
    const { buffers, starts, ends } = this
    let rebuilt: Map<number, Rebuilt> | undefined
    for (let i = 0; i < buffers.length; i++) {
      const changed = this.editStretch(i, width, columns, look)
      if (changed !== undefined) {
        rebuilt ??= new Map()
        rebuilt.set(i, changed)
      }
    }
    if (rebuilt === undefined) return
    this.buffers = []
    this.starts = []
    this.ends = []
    this.byteLength = 0
    for (const [i, buffer] of buffers.entries()) {
      const pieces = rebuilt.get(i)?.pieces() ?? [buffer.subarray(starts[i], ends[i])]
      for (const piece of pieces) {
        this.append(piece, 0, piece.length)
        this.byteLength += piece.length
      }
    }
  }

  pieces(): readonly Buffer[] {
    return this.buffers.map((buffer, i) => buffer.subarray(this.starts[i], this.ends[i]))
  }

  decode(column: number, bytes: Buffer, start: number, end: number, type?: number): unknown {
    const { type: own, encoding } = this.fields[column] ?? {}
    return decodeCell(
      type ?? (typeof own === 'number' ? own : 0),
      encoding?.format ?? 'text',
      bytes,
      start,
      end,
    )
  }

  encode(column: number, value: unknown, type?: number, cell?: Buffer): Buffer | null {
    const { type: own, encoding } = this.fields[column] ?? {}
    const source = typeof own === 'number' ? own : 0
    return encodeCell(
      type ?? source,
      encoding?.format ?? 'text',
      value,
      type === undefined ? cell : undefined,
    )
  }

  private append(bytes: Buffer, start: number, end: number): void {
    this.buffers.push(bytes)
    this.starts.push(start)
    this.ends.push(end)
  }

  /** One loop over bytes and no object per row: this runs for every row of every result. */
  private editStretch(
    index: number,
    width: number,
    columns: readonly number[],
    look: CellLook,
  ): Rebuilt | undefined {
    const bytes = this.buffers[index] ?? EMPTY
    const from = this.starts[index] ?? 0
    const until = this.ends[index] ?? 0
    // Lengths are read as one: of every cell of every row.
    const view = new DataView(bytes.buffer, bytes.byteOffset, until)
    let rebuilt: Rebuilt | undefined
    let row = from
    while (row < until) {
      if (row + HEADER > until) throw corrupt()
      const end = row + 1 + view.getInt32(row + 1)
      if (view.getUint16(row + 5) !== width || end > until || end < row + HEADER) throw corrupt()
      let at = row + HEADER
      let next = 0
      let touched = false
      for (let column = 0; column < width; column++) {
        if (at + 4 > end) throw corrupt()
        const length = view.getInt32(at)
        const start = at + 4
        const stop = length < 0 ? start : start + length
        if (length < -1 || stop > end) throw corrupt()
        if (columns[next] === column) {
          next++
          const value = look(column, bytes, length < 0 ? -1 : start, stop)
          if (value !== undefined && !(value === null && length < 0)) {
            if (value !== null && value.length === length) value.copy(bytes, start)
            else {
              rebuilt ??= new Rebuilt(bytes, from, until)
              if (!touched) rebuilt.beginRow(row)
              touched = true
              rebuilt.replace(at, stop, value)
            }
          }
        }
        at = stop
      }
      if (at !== end) throw corrupt()
      if (touched) rebuilt?.endRow(end)
      row = end
    }
    return rebuilt
  }
}

const EMPTY = Buffer.alloc(0)

function int32(bytes: Buffer, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  )
}

function corrupt(): RangeError {
  return new RangeError('a row is not what its lengths say')
}
