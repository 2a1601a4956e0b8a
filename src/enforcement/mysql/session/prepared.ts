/** Statements that the client has prepared, and the values that it executes them with. */
import { isUtf8 } from 'node:buffer'
import type { SessionCommand } from '../../../model/session.js'
import { Reader, TYPE } from '../../upstream/mysql/wire.js'
import { readFixed, readMoment, readTime } from '../rows/binary-cells.js'
import type { Traits } from './statement-run.js'

export interface Prepared {
  readonly id: number
  readonly text: string
  /** Undefined: the text holds no command. */
  readonly command: SessionCommand | undefined
  readonly traits: Traits
  readonly parameters: number
  /** Types as the client last gave them: an execution may leave them out. */
  types: readonly number[]
  /** Values that came in pieces, by parameter, until they are executed or reset. */
  readonly long: Map<number, Buffer[]>
}

/** Bytes that a statement takes beside its text. */
const EACH = 512

export class PreparedStatements {
  private readonly statements = new Map<number, Prepared>()
  private bytes = 0

  /** @param limit in bytes, of texts and long values together. */
  constructor(private readonly limit: number) {}

  get(id: number): Prepared | undefined {
    return this.statements.get(id)
  }

  /** Whether there is room for so many bytes more. */
  hasRoom(bytes: number): boolean {
    return this.bytes + bytes + EACH <= this.limit
  }

  add(statement: Prepared): void {
    this.statements.set(statement.id, statement)
    this.bytes += statement.text.length + EACH
  }

  /** @returns whether it was kept: nothing is where there is no room. */
  addLong(statement: Prepared, parameter: number, piece: Buffer): boolean {
    if (!this.hasRoom(piece.length)) return false
    this.bytes += piece.length
    const pieces = statement.long.get(parameter)
    if (pieces === undefined) statement.long.set(parameter, [piece])
    else pieces.push(piece)
    return true
  }

  clearLong(statement: Prepared): void {
    for (const pieces of statement.long.values()) for (const { length } of pieces) this.bytes -= length
    statement.long.clear()
  }

  delete(id: number): boolean {
    const statement = this.statements.get(id)
    if (statement === undefined) return false
    this.clearLong(statement)
    this.bytes -= statement.text.length + EACH
    return this.statements.delete(id)
  }

  clear(): void {
    this.statements.clear()
    this.bytes = 0
  }
}

const UNSIGNED = 0x8000

/**
 * The values of a COM_STMT_EXECUTE, from behind its iteration count on.
 *
 * @throws RangeError for what is not well formed, or leaves out types that nobody knows.
 */
export function readValues(
  statement: Prepared,
  bytes: Buffer,
  start: number,
  end: number,
): readonly unknown[] {
  const { parameters, long } = statement
  if (parameters === 0) return []
  const reader = new Reader(bytes, start, end)
  const nulls = reader.take((parameters + 7) >> 3)
  if (reader.int(1) === 1) statement.types = Array.from({ length: parameters }, () => reader.int(2))
  if (statement.types.length !== parameters) throw new RangeError('values without types')
  const values = statement.types.map((type, at) => {
    const pieces = long.get(at)
    if (pieces !== undefined) return bytesValue(Buffer.concat(pieces), type & 0xff)
    if ((((nulls[at >> 3] as number) >> (at & 7)) & 1) === 1) return null
    return readValue(type & 0xff, (type & UNSIGNED) !== 0, reader)
  })
  if (reader.left > 0) throw new RangeError('more than its values')
  return values
}

function readValue(type: number, isUnsigned: boolean, reader: Reader): unknown {
  switch (type) {
    case TYPE.null:
      return null
    case TYPE.date:
    case TYPE.newdate:
      return readMoment(reader, true)
    case TYPE.datetime:
    case TYPE.timestamp:
      return readMoment(reader, false)
    case TYPE.time:
      return readTime(reader)
    default: {
      const fixed = readFixed(type, isUnsigned, reader)
      return fixed === undefined ? bytesValue(Buffer.from(reader.lenencBytes()), type) : fixed
    }
  }
}

const BLOBS: readonly number[] = [
  TYPE.tinyBlob,
  TYPE.mediumBlob,
  TYPE.longBlob,
  TYPE.blob,
  TYPE.bit,
  TYPE.geometry,
]

/** Text, unless the client says that it is bytes, or it is no text. */
function bytesValue(bytes: Buffer, type: number): string | Buffer {
  if (BLOBS.includes(type)) return bytes
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes
}
