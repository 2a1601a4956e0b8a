/** What the door has answered to one command, packet by packet. */

import { ClientRows } from '../../../../src/enforcement/mysql/rows/client-rows.js'
import { type Column, readColumn } from '../../../../src/enforcement/mysql/rows/columns.js'
import { readError, readOk } from '../../../../src/enforcement/upstream/mysql/answers.js'
import { type Packet, PacketReader } from '../../../../src/enforcement/upstream/mysql/packets.js'
import { ANSWER, Reader } from '../../../../src/enforcement/upstream/mysql/wire.js'
import type { EngineError } from '../../../../src/model/executor.js'
import { mysqlProper } from '../../../support/mysql-proper.js'
import type { Format } from '../../governance/twin-door.js'

export interface Answer {
  readonly columns: readonly Column[]
  /** Values by our own reading. */
  readonly rows: readonly (readonly unknown[])[]
  readonly error: EngineError | undefined
  /** Rows written; absent where there are columns, and where it failed. */
  readonly affected: number | undefined
  /** The server's own name of the database. */
  readonly database: string
  /** One for every packet, the same on any two databases of the same schema and content. */
  readonly lines: readonly string[]
}

/** Decisions and tickets have numbers of their own on every run. */
const ULID = /\b[0-9A-HJKMNP-TV-Z]{26}\b/g

/** @param database the server's own name of it, which is told where columns come from. */
export function answerOf(bytes: Buffer, format: Format, database: string): Answer {
  const packets = packetsOf(bytes)
  const lines = packets.map(each => plain(payload(each).toString('latin1'), database))
  const [head] = packets
  const none = { columns: [], rows: [], error: undefined, affected: undefined, database, lines }
  if (head === undefined) return none
  const first = head.bytes[head.start]
  if (first === ANSWER.error) return { ...none, error: readError(head.bytes, head.start, head.end) }
  if (first === ANSWER.ok) return { ...none, affected: readOk(head.bytes, head.start, head.end).affected }
  const count = new Reader(head.bytes, head.start, head.end).lenenc()
  // mysql2 asks for MariaDB’s own part of column definitions, which the door has in front of MariaDB.
  const columns = packets.slice(1, 1 + count).map(each => readColumn(each, !mysqlProper))
  const reader = new ClientRows(columns, format === 'binary')
  const rest = packets.slice(1 + count)
  const last = rest.at(-1)
  const failed = last !== undefined && last.bytes[last.start] === ANSWER.error
  return {
    ...none,
    columns,
    rows: rest.filter(isRow).map(each => reader.read(each) as readonly unknown[]),
    error: failed ? readError(last.bytes, last.start, last.end) : undefined,
  }
}

export function packetsOf(bytes: Buffer): readonly Packet[] {
  const reader = new PacketReader(1 << 26)
  reader.push(bytes)
  const packets: Packet[] = []
  for (let next = reader.next(); next !== undefined; next = reader.next()) packets.push(next)
  return packets
}

/** The same in any two databases. */
export function plain(text: string, database: string): string {
  return text.replaceAll(database, 'DATABASE').replaceAll(ULID, 'ULID')
}

function payload({ bytes, start, end }: Packet): Buffer {
  return bytes.subarray(start, end)
}

/** Neither the mark behind the columns, nor the end, nor an error in its place. */
function isRow({ bytes, start, end }: Packet): boolean {
  return bytes[start] !== ANSWER.error && (bytes[start] !== ANSWER.eof || end - start > 9)
}
