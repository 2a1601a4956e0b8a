/**
 * Rows between the protocol and the pipeline. Each is decoded for the pipeline and kept as it came beside that, so
 * that cells which nobody changed reach the client byte for byte.
 */
import type { Field, Row } from '../../../model/result.js'
import type { Packet } from '../../upstream/mysql/packets.js'
import { lenencBytes, Reader, TYPE } from '../../upstream/mysql/wire.js'
import { readCell } from './binary-cells.js'
import type { Column } from './columns.js'
import { textOf, valueOfText } from './values.js'

const NULL = 0xfb

interface Kept {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly values: readonly unknown[]
}

export class ClientRows {
  private readonly kept = new WeakMap<Row, Kept>()
  /** By column, whether cells are written as text in place of their own type. */
  private retyped: readonly boolean[] | undefined

  /** @param binary whether rows are those of a prepared statement. */
  constructor(
    private readonly columns: readonly Column[],
    private readonly binary: boolean,
  ) {}

  /** A row as the pipeline sees it. @throws RangeError for one that is not whole. */
  read({ bytes, start, end }: Packet): Row {
    const values = this.binary ? this.readBinary(bytes, start, end) : this.readText(bytes, start, end)
    const row = [...values]
    this.kept.set(row, { bytes, start, end, values })
    return row
  }

  /** What the client is told the columns are, before the first row is written. */
  told(fields: readonly Field[]): void {
    const changed = this.columns.map(({ type }, at) => fields[at]?.type !== type)
    this.retyped = changed.includes(true) ? changed : undefined
  }

  /** The payload of a row that the pipeline has released. */
  write(row: Row): Buffer {
    const kept = this.kept.get(row)
    if (kept === undefined || !Array.isArray(row)) throw new TypeError('a row that never came')
    const { bytes, start, end, values } = kept
    const isOwn =
      (this.retyped === undefined || !this.binary) && values.every((value, at) => Object.is(value, row[at]))
    if (isOwn) return bytes.subarray(start, end)
    return this.binary ? this.writeBinary(kept, row) : this.writeText(kept, row)
  }

  private readText(bytes: Buffer, start: number, end: number): unknown[] {
    const reader = new Reader(bytes, start, end)
    const values = this.columns.map(column => {
      if (bytes[reader.at] !== NULL || reader.left === 0) return valueOfText(column, reader.lenencBytes())
      reader.skip(1)
      return null
    })
    if (reader.left > 0) throw new RangeError('a row is longer than its columns')
    return values
  }

  private readBinary(bytes: Buffer, start: number, end: number): unknown[] {
    const reader = new Reader(bytes, start, end)
    if (reader.int(1) !== 0) throw new RangeError('a row of another protocol')
    const nulls = reader.take((this.columns.length + 9) >> 3)
    const values = this.columns.map((column, at) => (isNull(nulls, at) ? null : readCell(column, reader)))
    if (reader.left > 0) throw new RangeError('a row is longer than its columns')
    return values
  }

  private writeText({ bytes, start, end, values }: Kept, row: readonly unknown[]): Buffer {
    const reader = new Reader(bytes, start, end)
    const parts = this.columns.map((_, at) => {
      const from = reader.at
      if (bytes[from] === NULL) reader.skip(1)
      else reader.lenencBytes()
      if (Object.is(values[at], row[at])) return bytes.subarray(from, reader.at)
      const text = this.cell(at, row[at])
      return text === undefined ? NULL_CELL : lenencBytes(text)
    })
    return Buffer.concat(parts)
  }

  private writeBinary({ bytes, start, end, values }: Kept, row: readonly unknown[]): Buffer {
    const { columns, retyped } = this
    const reader = new Reader(bytes, start + 1, end)
    const before = reader.take((columns.length + 9) >> 3)
    const nulls = Buffer.alloc(before.length)
    const parts: Buffer[] = [Buffer.alloc(1), nulls]
    columns.forEach((column, at) => {
      const wasNull = isNull(before, at)
      const from = reader.at
      if (!wasNull) readCell(column, reader)
      const isOwn = Object.is(values[at], row[at]) && retyped?.[at] !== true
      if (isOwn && !wasNull) {
        parts.push(bytes.subarray(from, reader.at))
        return
      }
      const text = row[at] === null || row[at] === undefined ? undefined : this.cell(at, row[at])
      if (text === undefined) nulls[(at + 2) >> 3] = (nulls[(at + 2) >> 3] as number) | (1 << ((at + 2) & 7))
      else parts.push(lenencBytes(text))
    })
    return Buffer.concat(parts)
  }

  /** @returns undefined, which is NULL, where the type that the client was told cannot hold it. */
  private cell(at: number, value: unknown): Buffer | undefined {
    const column = this.columns[at]
    const isRetyped = this.retyped?.[at] === true
    // The client parses it: a text in its place is a document, too.
    if (column?.isJson === true && !isRetyped && typeof value === 'string')
      return textOf(JSON.stringify(value))
    const isText = isRetyped || holdsText(column?.type ?? TYPE.null)
    if (
      !isText &&
      (this.binary || (typeof value !== 'number' && typeof value !== 'bigint' && !(value instanceof Date)))
    )
      return undefined
    return textOf(value)
  }
}

const NULL_CELL = Buffer.from([NULL])

function isNull(bitmap: Buffer, at: number): boolean {
  return (((bitmap[(at + 2) >> 3] as number) >> ((at + 2) & 7)) & 1) === 1
}

const TEXTS: ReadonlySet<number> = new Set([
  ...[TYPE.varchar, TYPE.json, TYPE.enum, TYPE.set, TYPE.tinyBlob, TYPE.mediumBlob, TYPE.longBlob, TYPE.blob],
  ...[TYPE.varString, TYPE.string],
])

function holdsText(type: number): boolean {
  return TEXTS.has(type)
}
