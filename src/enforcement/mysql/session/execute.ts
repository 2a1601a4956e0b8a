/** COM_STMT_EXECUTE and what belongs to it: decided anew each time, with its values. */
import { COMMAND, int, Reader } from '../../upstream/mysql/wire.js'
import { failure } from './errors.js'
import { type Prepared, readValues } from './prepared.js'
import { runStatement } from './run-statement.js'
import type { SessionState } from './session-state.js'

/** Command, id, flags and iteration count. */
const HEADER_BYTES = 10

export async function execute(state: SessionState, bytes: Buffer, start: number, end: number): Promise<void> {
  const reader = new Reader(bytes, start + 1, end)
  const id = reader.int(4)
  const flags = reader.int(1)
  if (reader.int(4) !== 1) throw new RangeError('more than one execution at once')
  const statement = state.prepared.get(id)
  if (statement === undefined) return state.fail(unknown(id))
  if ((flags & PARAMETER_COUNT) !== 0) throw new RangeError('attributes that were not offered')
  const body = start + HEADER_BYTES
  const values = readValues(statement, bytes, body, end)
  const before = statement.long.size === 0 ? NONE : longValues(statement)
  const command = executeCommand(statement, bytes, body, end)
  try {
    await runStatement(state, {
      text: statement.text,
      values,
      command: statement.command,
      work: { command, before, binary: true, ...statement.traits },
    })
  } finally {
    state.prepared.clearLong(statement)
  }
}

const PARAMETER_COUNT = 0x08
const NONE: readonly Buffer[] = Object.freeze([])

function longValues({ id, long }: Prepared): readonly Buffer[] {
  return [...long].flatMap(([parameter, pieces]) => pieces.map(piece => longData(id, parameter, piece)))
}

/**
 * Without a cursor, so that rows come with their statement. Types go along every time: the server has not seen those
 * of an execution that was refused.
 */
function executeCommand(statement: Prepared, bytes: Buffer, body: number, end: number): Buffer {
  const { id, parameters, types } = statement
  const nulls = (parameters + 7) >> 3
  const isNew = bytes[body + nulls] === 1
  const values = body + nulls + 1 + (isNew ? 2 * parameters : 0)
  const size = parameters === 0 ? HEADER_BYTES : HEADER_BYTES + nulls + 1 + 2 * parameters + (end - values)
  const command = Buffer.allocUnsafe(size)
  command[0] = COMMAND.stmtExecute
  command.writeUInt32LE(id, 1)
  command[5] = 0
  command.writeUInt32LE(1, 6)
  if (parameters === 0) return command
  bytes.copy(command, HEADER_BYTES, body, body + nulls)
  let at = HEADER_BYTES + nulls
  command[at++] = 1
  for (const type of types) at = command.writeUInt16LE(type, at)
  bytes.copy(command, at, values, end)
  return command
}

function longData(id: number, parameter: number, piece: Buffer): Buffer {
  return Buffer.concat([Buffer.from([COMMAND.stmtSendLongData]), int(id, 4), int(parameter, 2), piece])
}

/** COM_STMT_SEND_LONG_DATA, which nobody answers: kept until the statement is executed, and judged with it. */
export function keepLongData(state: SessionState, bytes: Buffer, start: number, end: number): boolean {
  const reader = new Reader(bytes, start + 1, end)
  const statement = state.prepared.get(reader.int(4))
  const parameter = reader.int(2)
  if (statement === undefined || parameter >= statement.parameters) return true
  return state.prepared.addLong(statement, parameter, Buffer.from(reader.rest()))
}

/** COM_STMT_CLOSE, which nobody answers. */
export function close(state: SessionState, bytes: Buffer, start: number, end: number): void {
  const id = new Reader(bytes, start + 1, end).int(4)
  if (state.prepared.delete(id)) state.leg.tell(Buffer.concat([Buffer.from([COMMAND.stmtClose]), int(id, 4)]))
}

/** COM_STMT_RESET. */
export function resetStatement(state: SessionState, bytes: Buffer, start: number, end: number): void {
  const id = new Reader(bytes, start + 1, end).int(4)
  const statement = state.prepared.get(id)
  if (statement === undefined) {
    state.fail(unknown(id))
    return
  }
  state.prepared.clearLong(statement)
  state.ok()
}

function unknown(id: number) {
  return failure(1243, 'HY000', `Unknown prepared statement handler (${id}).`)
}
