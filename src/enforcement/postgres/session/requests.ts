/** Messages to the server about statements and portals, as Cardea words them. */
import { REQUEST } from './message-types.js'

function message(type: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.allocUnsafe(5)
  head[0] = type
  let length = 4
  for (const part of parts) length += part.length
  head.writeInt32BE(length, 1)
  return Buffer.concat([head, ...parts], length + 1)
}

const cString = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf8')

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value)
  return bytes
}

const NO_TYPES = Buffer.from([0, 0])
/** No parameters, all results as text. */
const PLAIN = Buffer.from([0, 0, 0, 0, 0, 0])

export function parseMessage(name: string, text: string): Buffer {
  return message(REQUEST.parse, cString(name), cString(text), NO_TYPES)
}

/** Without parameters, for results as text. */
export function plainBind(portal: string, statement: string): Buffer {
  return message(REQUEST.bind, cString(portal), cString(statement), PLAIN)
}

export function describePortal(name: string): Buffer {
  return message(REQUEST.describe, Buffer.from('P'), cString(name))
}

export function describeStatement(name: string): Buffer {
  return message(REQUEST.describe, Buffer.from('S'), cString(name))
}

/** @param rows at most; 0: all. */
export function executeMessage(portal: string, rows: number): Buffer {
  return message(REQUEST.execute, cString(portal), int32(rows))
}

export function closeMessage(kind: 'P' | 'S', name: string): Buffer {
  return message(REQUEST.close, Buffer.from(kind), cString(name))
}

export function copyFail(reason: string): Buffer {
  return message(REQUEST.copyFail, cString(reason))
}
