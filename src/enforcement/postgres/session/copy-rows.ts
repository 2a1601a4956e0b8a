/** What COPY sends, as rows of one cell: the line as it stands. */
import type { CellLook, EncodedRows } from '../../../model/encoded.js'
import type { Field } from '../../../model/result.js'
import { TEXT_OID } from './columns.js'
import { ANSWER } from './message-types.js'

export const COPY_FIELDS: readonly Field[] = Object.freeze([
  Object.freeze({
    name: 'copy',
    type: TEXT_OID,
    encoding: Object.freeze({ format: 'text' as const }),
  }),
])

export class CopyRows implements EncodedRows {
  byteLength = 0
  private readonly messages: Buffer[] = []

  get length(): number {
    return this.messages.length
  }

  add(bytes: Buffer, start: number, end: number): void {
    this.messages.push(bytes.subarray(start, end))
    this.byteLength += end - start
  }

  edit(width: number, columns: readonly number[], look: CellLook): void {
    if (width !== 1) throw new RangeError('a line of COPY is one cell')
    if (columns.length === 0) return
    for (const [at, message] of this.messages.entries()) {
      const cell = look(0, message, 5, message.length)
      if (cell === undefined) continue
      const head = Buffer.allocUnsafe(5)
      head[0] = ANSWER.copyData
      head.writeInt32BE(4 + (cell?.length ?? 0), 1)
      this.messages[at] = cell === null ? head : Buffer.concat([head, cell])
    }
  }

  pieces(): readonly Buffer[] {
    return this.messages
  }

  decode(_column: number, bytes: Buffer, start: number, end: number): unknown {
    return bytes.toString('utf8', start, end)
  }

  encode(_column: number, value: unknown): Buffer | null {
    return typeof value === 'string' ? Buffer.from(value, 'utf8') : null
  }
}
