/**
 * What a client says before it has a session. None of it carries a type.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { CODE, cStrings } from '../../upstream/postgres/messages.js'

export type FirstPacket =
  | { readonly kind: 'ssl' | 'gss' }
  | { readonly kind: 'cancel'; readonly pid: number; readonly secret: Buffer }
  | {
      readonly kind: 'startup'
      readonly major: number
      readonly minor: number
      /** As sent; of a name that comes twice the last counts, as for the server. */
      readonly parameters: ReadonlyMap<string, string>
    }

/** Bytes of the secret in a cancel request (protocol 3.2). */
const LONGEST_SECRET = 256

/** @throws RangeError for what is none of them. */
export function readFirstPacket(bytes: Buffer, start: number, end: number): FirstPacket {
  if (end - start < 8) throw new RangeError('the packet is too short')
  const code = bytes.readUInt32BE(start + 4)
  const body = start + 8
  switch (code) {
    case CODE.ssl:
    case CODE.gssEncryption:
      if (body !== end) throw new RangeError('the request has a body')
      return { kind: code === CODE.ssl ? 'ssl' : 'gss' }
    case CODE.cancel: {
      const secret = Buffer.from(bytes.subarray(body + 4, end))
      if (secret.length < 4 || secret.length > LONGEST_SECRET) throw new RangeError('the key is no key')
      return { kind: 'cancel', pid: bytes.readInt32BE(body), secret }
    }
    default:
      return {
        kind: 'startup',
        major: code >>> 16,
        minor: code & 0xffff,
        parameters: code >>> 16 === 3 ? parametersOf(bytes, body, end) : new Map(),
      }
  }
}

function parametersOf(bytes: Buffer, start: number, end: number): ReadonlyMap<string, string> {
  if (end <= start || bytes[end - 1] !== 0) throw new RangeError('the parameters do not end')
  const texts = cStrings(bytes, start, end - 1)
  if (texts.length % 2 !== 0) throw new RangeError('a parameter has no value')
  const parameters = new Map<string, string>()
  for (let at = 0; at < texts.length; at += 2) {
    const name = texts[at] ?? ''
    if (name === '') throw new RangeError('a parameter has no name')
    parameters.set(name, texts[at + 1] ?? '')
  }
  return parameters
}
