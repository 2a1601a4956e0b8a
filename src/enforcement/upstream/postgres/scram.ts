/**
 * SCRAM-SHA-256 as the client does it, bound to the TLS channel where there is one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5802 https://www.rfc-editor.org/rfc/rfc7677
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { connectionFailed } from '../refusal.js'

export interface Scram {
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS'
  readonly first: string
  /** The answer to the server's challenge. @throws CardeaError where it is none. */
  final(challenge: string): Promise<string>
  /** @throws CardeaError where the server does not know the password either. */
  verify(signature: string): void
}

/**
 * @param mechanisms that the server offers.
 * @param binding `tls-server-end-point` (RFC 5929): hash of the server's certificate.
 * @param nonce printable, without commas; a fresh one unless given.
 * @throws CardeaError where the server offers no SCRAM.
 */
export function scram(
  mechanisms: readonly string[],
  password: string,
  binding?: Buffer,
  nonce = randomBytes(18).toString('base64'),
): Scram {
  const bound = binding !== undefined && mechanisms.includes('SCRAM-SHA-256-PLUS')
  if (!bound && !mechanisms.includes('SCRAM-SHA-256')) {
    throw connectionFailed('The database asks for a way to sign in that Cardea does not know.')
  }
  const header = bound ? 'p=tls-server-end-point,,' : 'n,,'
  const bare = `n=,r=${nonce}`
  let expected: Buffer | undefined
  return {
    mechanism: bound ? 'SCRAM-SHA-256-PLUS' : 'SCRAM-SHA-256',
    first: header + bare,
    async final(challenge) {
      const [, combined = '', salt = '', rounds = ''] =
        /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,6})$/.exec(challenge) ?? []
      if (!combined.startsWith(nonce) || combined.length === nonce.length) throw unsound()
      const channel = Buffer.concat([Buffer.from(header), ...(bound ? [binding] : [])]).toString('base64')
      const last = `c=${channel},r=${combined}`
      const signed = `${bare},${challenge},${last}`
      const salted = await stretch(
        prepared(password),
        Buffer.from(salt, 'base64'),
        Number(rounds),
        32,
        'sha256',
      )
      const clientKey = hmac(salted, 'Client Key')
      const signature = hmac(createHash('sha256').update(clientKey).digest(), signed)
      expected = hmac(hmac(salted, 'Server Key'), signed)
      const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)))
      return `${last},p=${proof.toString('base64')}`
    },
    verify(text) {
      const [, encoded = ''] = /^v=([A-Za-z0-9+/]+={0,2})(,|$)/.exec(text) ?? []
      const given = Buffer.from(encoded, 'base64')
      if (expected === undefined || given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw unsound()
      }
    },
  }
}

const stretch = promisify(pbkdf2)

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function unsound(): Error {
  return connectionFailed('The database does not prove that it knows the password.')
}

/** The part of SASLprep (RFC 4013) that changes a text. */
function prepared(password: string): string {
  return password
    .replace(/\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200b-\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/g, '')
    .replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
    .normalize('NFKC')
}
