/** Messages to the server about statements and portals, as Cardea words them. */
import { REQUEST } from './message-types.js'

/** A message of which everything but the body is written, the body to be. */
function message(type: number, bodyBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(5 + bodyBytes)
  bytes[0] = type
  bytes.writeInt32BE(4 + bodyBytes, 1)
  return bytes
}

/** @returns where it ends, its zero included. */
function writeText(bytes: Buffer, text: string, at: number): number {
  const end = text === '' ? at : at + bytes.write(text, at, 'utf8')
  bytes[end] = 0
  return end + 1
}

function bytesOf(text: string): number {
  return text === '' ? 1 : Buffer.byteLength(text, 'utf8') + 1
}

export function parseMessage(name: string, text: string): Buffer {
  const bytes = message(REQUEST.parse, bytesOf(name) + bytesOf(text) + 2)
  const at = writeText(bytes, text, writeText(bytes, name, 5))
  // No types of parameters.
  bytes.writeInt16BE(0, at)
  return bytes
}

/** Without parameters, for results as text. */
export function plainBind(portal: string, statement: string): Buffer {
  const bytes = message(REQUEST.bind, bytesOf(portal) + bytesOf(statement) + 6)
  bytes.fill(0, writeText(bytes, statement, writeText(bytes, portal, 5)))
  return bytes
}

/** Of the statement without a name, for the portal without a name. */
export const UNNAMED_BIND = plainBind('', '')

export function describePortal(name: string): Buffer {
  return name === '' ? UNNAMED_DESCRIBE : named(REQUEST.describe, 0x50, name)
}

export function describeStatement(name: string): Buffer {
  return named(REQUEST.describe, 0x53, name)
}

/** @param rows at most; 0: all. */
export function executeMessage(portal: string, rows: number): Buffer {
  const bytes = message(REQUEST.execute, bytesOf(portal) + 4)
  bytes.writeInt32BE(rows, writeText(bytes, portal, 5))
  return bytes
}

export function closeMessage(kind: 'P' | 'S', name: string): Buffer {
  return named(REQUEST.close, kind === 'P' ? 0x50 : 0x53, name)
}

export function copyFail(reason: string): Buffer {
  const bytes = message(REQUEST.copyFail, bytesOf(reason))
  writeText(bytes, reason, 5)
  return bytes
}

function named(type: number, kind: number, name: string): Buffer {
  const bytes = message(type, 1 + bytesOf(name))
  bytes[5] = kind
  writeText(bytes, name, 6)
  return bytes
}

const UNNAMED_DESCRIBE = named(REQUEST.describe, 0x50, '')
