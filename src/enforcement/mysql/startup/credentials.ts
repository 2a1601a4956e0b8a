/**
 * How the client proves who it is. Whatever it offers, it is asked for its password in full, which is the token: with
 * `caching_sha2_password` every client sends that over TLS without being told to. Without TLS, which is for this
 * machine alone, it comes as the client has it: in clear text, or under an RSA key, which takes no more than 214 bytes.
 *
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
 */
import { constants, generateKeyPairSync, type KeyObject, privateDecrypt } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { packet } from '../../upstream/mysql/packets.js'
import { xor } from '../../upstream/mysql/scramble.js'
import { cString } from '../../upstream/mysql/wire.js'
import { type Identify, type Presented, shownCertificate, tokenCredentials } from '../../wire/presented.js'
import { Farewell } from './farewell.js'
import { type HandshakeResponse, PLUGIN } from './greeting.js'
import type { Inbox } from './inbox.js'

const [SWITCH, MORE, ASK_KEY, FULL] = [0xfe, 0x01, 0x02, 0x04]
const CLEAR = 'mysql_clear_password'
const KEY_BYTES = 256

/** For clients without TLS: made once, for as long as the process lives. */
export class PasswordKey {
  private pair: { readonly publicKey: string; readonly privateKey: KeyObject } | undefined

  get publicKey(): string {
    return this.keys().publicKey
  }

  /** @throws Farewell for what was not encrypted with it. */
  decrypt(bytes: Buffer): Buffer {
    try {
      return privateDecrypt({ key: this.keys().privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, bytes)
    } catch {
      throw notWellFormed()
    }
  }

  private keys() {
    if (this.pair === undefined) {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: KEY_BYTES * 8 })
      this.pair = { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(), privateKey }
    }
    return this.pair
  }
}

export interface Presenting {
  readonly stream: Duplex
  readonly inbox: Inbox
  readonly response: HandshakeResponse
  readonly nonce: Buffer
  /** Of the last packet that the client has sent. */
  readonly sequence: number
  readonly key: PasswordKey
  /** The client takes the server for one older than 5.5.16, and answers without their header for its own. */
  readonly headless: boolean
}

/**
 * @param told the number that the next packet to the client has, each time that it is another.
 * @throws Farewell for credentials that prove nothing; whatever `identify` throws.
 */
export async function present(
  parts: Presenting,
  identify: Identify,
  told: (sequence: number) => void,
): Promise<Presented> {
  const { stream, response } = parts
  const shown = shownCertificate(stream)
  const token = await asked(parts, told)
  const principal = token === '' ? null : await identify(tokenCredentials(token, shown))
  if (principal === null) {
    throw new Farewell(
      1045,
      '28000',
      `The password of ${/^[\x21-\x7e]{1,64}$/.test(response.user) ? 'this user' : 'the client'} is no token that is accepted here. Get a new token and connect again.`,
    )
  }
  return { principal, ...shown }
}

async function asked(parts: Presenting, told: (sequence: number) => void): Promise<string> {
  const { stream, inbox, response, nonce } = parts
  let { sequence } = parts
  const isSecure = stream instanceof TLSSocket
  const say = async (payload: Buffer): Promise<Buffer> => {
    stream.write(packet(payload, sequence + 1))
    inbox.expect(sequence + 2)
    const { bytes, start, end, sequence: last } = await inbox.next()
    sequence = last
    told(last + 1)
    return bytes.subarray(start, end)
  }
  if (response.plugin === CLEAR && response.auth.length > 0) return text(response.auth)
  let scramble = response.auth
  if (response.plugin !== PLUGIN) {
    scramble = await say(Buffer.concat([Buffer.from([SWITCH]), cString(PLUGIN), nonce, Buffer.alloc(1)]))
  }
  // A client without a password waits for the verdict, and not for the question.
  if (scramble.length === 0 || (scramble.length === 1 && scramble[0] === 0)) return ''
  const header = Buffer.from(parts.headless ? [] : [MORE])
  const answer = await say(Buffer.concat([header, Buffer.from([FULL])]))
  // Over TLS; on this machine some clients send it in clear text without TLS, too.
  if (isSecure || !isAboutKey(answer)) return text(answer)
  const { key } = parts
  const encrypted =
    answer[0] === ASK_KEY && answer.length === 1
      ? await say(Buffer.concat([header, Buffer.from(key.publicKey, 'latin1')]))
      : answer
  return text(xor(key.decrypt(encrypted), nonce))
}

/** Asks for the key, or is encrypted with the one of an earlier connection. A token in clear text ends with a NUL. */
function isAboutKey(answer: Buffer): boolean {
  return answer.length === 1 ? answer[0] === ASK_KEY : answer.length === KEY_BYTES && answer.at(-1) !== 0
}

/** A password ends with a NUL and holds none. */
function text(bytes: Buffer): string {
  if (bytes.at(-1) !== 0 || bytes.indexOf(0) !== bytes.length - 1) throw notWellFormed()
  return bytes.toString('utf8', 0, bytes.length - 1)
}

function notWellFormed(): Farewell {
  return new Farewell(1043, '08S01', 'The packet with the token is not well formed.')
}
