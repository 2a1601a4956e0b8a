/** What a server answers with, read from a packet's payload. */
import type { EngineError } from '../../../model/executor.js'
import type { Packet } from './packets.js'
import { ANSWER, Reader } from './wire.js'

export interface Ok {
  readonly affected: number
  readonly insertId: bigint
  readonly status: number
  readonly warnings: number
}

/** Of an OK packet, or of the one that ends rows in its place (CLIENT_DEPRECATE_EOF). */
export function readOk(bytes: Buffer, start: number, end: number): Ok {
  const reader = new Reader(bytes, start + 1, end)
  return {
    affected: reader.lenenc(),
    insertId: reader.lenencBig(),
    status: reader.int(2),
    warnings: reader.int(2),
  }
}

export function readEof(bytes: Buffer, start: number, end: number): Ok {
  const reader = new Reader(bytes, start + 1, end)
  const warnings = reader.int(2)
  return { affected: 0, insertId: 0n, status: reader.int(2), warnings }
}

/** The server's own words, not yet scrubbed. */
export function readError(bytes: Buffer, start: number, end: number): EngineError {
  const reader = new Reader(bytes, start + 1, end)
  const errno = reader.int(2)
  let code = 'HY000'
  if (reader.left >= 6 && bytes[reader.at] === HASH) {
    reader.skip(1)
    code = reader.take(5).toString('latin1')
  }
  return { failed: true, message: reader.rest().toString('utf8'), code, errno }
}

const HASH = 0x23

/** Whether it is the packet behind the last row, or behind column definitions. */
export function isEnd(bytes: Buffer, start: number, end: number, deprecatesEof: boolean): boolean {
  if (bytes[start] !== ANSWER.eof) return false
  // A row that begins with this byte has a cell of 16 MiB or more.
  return deprecatesEof ? end - start < 0xff_ffff : end - start < 9
}

/** Who hears the answer to a command. */
export interface Hears {
  /**
   * One packet of it. The bytes stay as they are.
   *
   * @returns whether the answer is complete.
   * @throws RangeError for what is no such answer: the connection is closed.
   */
  packet(packet: Packet): boolean
  /** All packets that have arrived together have been handed over, and the answer is not complete. */
  arrived?(): void
  /** The connection is gone before the answer was complete. */
  closed(error?: Error): void
}
