import { connectionFailed, UpstreamRefusal } from '../refusal.js'
import { readError } from './answers.js'
import type { Packet } from './packets.js'
import { ANSWER, CAPABILITY, Reader } from './wire.js'

/** What a server says first (Protocol::HandshakeV10). */
export interface Greeting {
  /** As it is written; MariaDB 10 puts `5.5.5-` in front, which clients know. */
  readonly version: string
  /** The server's own id of the connection. */
  readonly thread: number
  readonly capabilities: number
  /** See `MARIADB_CAPABILITY`; 0 for MySQL. */
  readonly mariadb: number
  readonly plugin: string
  readonly nonce: Buffer
}

const VERSION_10 = 10

/** @throws CardeaError CARDEA_CONNECTION_FAILED; an UpstreamRefusal where the server turns everybody away. */
export function readGreeting({ bytes, start, end }: Packet): Greeting {
  if (bytes[start] === ANSWER.error)
    throw new UpstreamRefusal(readError(bytes, start, end).code ?? 'HY000', 'connection')
  try {
    const reader = new Reader(bytes, start, end)
    if (reader.int(1) !== VERSION_10) throw new RangeError('another version')
    const version = reader.cString().toString('latin1')
    const thread = reader.int(4)
    const first = Buffer.from(reader.take(8))
    reader.skip(1)
    const low = reader.int(2)
    reader.skip(3)
    const capabilities = (low | (reader.int(2) << 16)) >>> 0
    const length = reader.int(1)
    reader.skip(6)
    const own = reader.int(4)
    const mariadb = (capabilities & CAPABILITY.longPassword) === 0 ? own : 0
    const second = Buffer.from(reader.take(Math.max(13, length - 8)))
    const nonce = Buffer.concat([first, second.at(-1) === 0 ? second.subarray(0, -1) : second])
    const plugin = reader.left > 0 ? reader.cString().toString('latin1') : 'mysql_native_password'
    return { version, thread, capabilities, mariadb, plugin, nonce }
  } catch (error) {
    if (error instanceof RangeError)
      throw connectionFailed('The database speaks no protocol that Cardea knows.')
    throw error
  }
}
