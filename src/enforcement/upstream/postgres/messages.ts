/**
 * Messages that Cardea writes and reads itself while a connection begins, and when it is given back.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

/** A message of the type, a letter, with the parts as its body. */
export function message(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const head = Buffer.from([type.charCodeAt(0), 0, 0, 0, 0])
  head.writeInt32BE(4 + parts.reduce((sum, { length }) => sum + length, 0), 1)
  return Buffer.concat([head, ...parts])
}

/** A message without a type: what a client sends before it is known. */
export function untyped(code: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = 8 + parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([int32(length), int32(code), ...parts])
}

/** Text that ends with a zero. @throws RangeError for text that holds one. */
export function cString(text: string): Buffer {
  if (text.includes('\0')) throw new RangeError('a text of the protocol holds no zero byte')
  return Buffer.from(`${text}\0`, 'utf8')
}

export function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

/** Codes that stand where a start-up packet has its protocol version. */
export const CODE = Object.freeze({
  cancel: 80_877_102,
  ssl: 80_877_103,
  gssEncryption: 80_877_104,
  version30: 0x3_0000,
})

/** By the first letter of each message. */
export const TYPE = Object.freeze({
  authentication: 0x52,
  backendKey: 0x4b,
  dataRow: 0x44,
  error: 0x45,
  negotiateProtocol: 0x76,
  notice: 0x4e,
  notification: 0x41,
  parameterStatus: 0x53,
  password: 0x70,
  readyForQuery: 0x5a,
})

/** What an authentication message asks for, or says. */
export const AUTHENTICATION = Object.freeze({
  ok: 0,
  cleartext: 3,
  md5: 5,
  sasl: 10,
  saslContinue: 11,
  saslFinal: 12,
})

export const SSL_REQUEST = untyped(CODE.ssl)
export const TERMINATE = message('X')

export function startupMessage(parameters: ReadonlyMap<string, string>): Buffer {
  const pairs = [...parameters].flatMap(([name, value]) => [cString(name), cString(value)])
  return untyped(CODE.version30, ...pairs, Buffer.alloc(1))
}

export function cancelRequest(pid: number, secret: Uint8Array): Buffer {
  return untyped(CODE.cancel, int32(pid), secret)
}

export function passwordMessage(password: string): Buffer {
  return message('p', cString(password))
}

export function saslInitialResponse(mechanism: string, data: string): Buffer {
  const bytes = Buffer.from(data, 'utf8')
  return message('p', cString(mechanism), int32(bytes.length), bytes)
}

export function saslResponse(data: string): Buffer {
  return message('p', Buffer.from(data, 'utf8'))
}

export function query(text: string): Buffer {
  return message('Q', cString(text))
}

export function authentication(kind: number, ...parts: readonly Uint8Array[]): Buffer {
  return message('R', int32(kind), ...parts)
}

export function parameterStatus(name: string, value: string): Buffer {
  return message('S', cString(name), cString(value))
}

export function backendKeyData(pid: number, secret: Uint8Array): Buffer {
  return message('K', int32(pid), secret)
}

export function negotiateProtocolVersion(minor: number, options: readonly string[]): Buffer {
  return message('v', int32(minor), int32(options.length), ...options.map(cString))
}

/** `status`: idle, in a transaction, in one that has failed. */
export function readyForQuery(status: 'I' | 'T' | 'E'): Buffer {
  return message('Z', Buffer.from(status))
}

/** The texts of a body, each of which ends with a zero. @throws RangeError where the last does not. */
export function cStrings(bytes: Buffer, start: number, end: number): string[] {
  const texts: string[] = []
  for (let at = start; at < end; ) {
    const stop = bytes.indexOf(0, at)
    if (stop < 0 || stop >= end) throw new RangeError('a text does not end')
    texts.push(bytes.toString('utf8', at, stop))
    at = stop + 1
  }
  return texts
}

/** SQLSTATE of an ErrorResponse; `'XX000'` where it tells none. */
export function sqlState(bytes: Buffer, start: number, end: number): string {
  for (let at = start + 5; at < end && bytes[at] !== 0; ) {
    const stop = bytes.indexOf(0, at + 1)
    if (stop < 0 || stop >= end) break
    const state = bytes.toString('latin1', at + 1, stop)
    if (bytes[at] === 0x43 && /^[0-9A-Z]{5}$/.test(state)) return state
    at = stop + 1
  }
  return 'XX000'
}

/** The columns of a DataRow in text format. @throws RangeError where they are not whole. */
export function textColumns(bytes: Buffer, start: number, end: number): (string | null)[] {
  const columns: (string | null)[] = []
  let at = start + 7
  for (let left = bytes.readUInt16BE(start + 5); left > 0; left--) {
    const length = bytes.readInt32BE(at)
    at += 4
    if (at + length > end) throw new RangeError('a row is not whole')
    columns.push(length < 0 ? null : bytes.toString('utf8', at, at + length))
    at += Math.max(0, length)
  }
  return columns
}
