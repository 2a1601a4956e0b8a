/** The first packets: what the gateway offers, and what the client answers. */
import {
  CAPABILITY,
  cString,
  int,
  MARIADB_CAPABILITY,
  Reader,
  STATUS,
  UTF8MB4,
} from '../../upstream/mysql/wire.js'

/** What the door can do. No compression, no local files, one statement at a time. */
const OFFERED =
  CAPABILITY.longPassword |
  CAPABILITY.foundRows |
  CAPABILITY.longFlag |
  CAPABILITY.connectWithDb |
  CAPABILITY.ignoreSpace |
  CAPABILITY.protocol41 |
  CAPABILITY.interactive |
  CAPABILITY.transactions |
  CAPABILITY.secureConnection |
  CAPABILITY.multiResults |
  CAPABILITY.psMultiResults |
  CAPABILITY.pluginAuth |
  CAPABILITY.connectAttributes |
  CAPABILITY.pluginAuthLenenc |
  CAPABILITY.deprecateEof

/** Of 20 bytes, none of which may be zero. */
export const NONCE_BYTES = 20
export const PLUGIN = 'caching_sha2_password'

export interface GreetingParts {
  /** As the server behind the door says it: drivers go by that. */
  readonly version: string
  /** The door's own id of the connection, which `KILL` takes. */
  readonly thread: number
  readonly nonce: Buffer
  readonly tls: boolean
  /** The server has MariaDB's own part of column definitions. */
  readonly extendedMetadata: boolean
}

/** Protocol::HandshakeV10. */
export function greeting({ version, thread, nonce, tls, extendedMetadata }: GreetingParts): Buffer {
  const all = OFFERED | (tls ? CAPABILITY.ssl : 0)
  const capabilities = extendedMetadata ? all & ~CAPABILITY.longPassword : all
  return Buffer.concat([
    Buffer.from([10]),
    cString(version),
    int(thread, 4),
    nonce.subarray(0, 8),
    Buffer.alloc(1),
    int(capabilities & 0xffff, 2),
    Buffer.from([UTF8MB4]),
    int(STATUS.autocommit, 2),
    int(capabilities >>> 16, 2),
    Buffer.from([NONCE_BYTES + 1]),
    Buffer.alloc(6),
    int(extendedMetadata ? MARIADB_CAPABILITY.extendedMetadata : 0, 4),
    nonce.subarray(8),
    Buffer.alloc(1),
    cString(PLUGIN),
  ])
}

export interface HandshakeResponse {
  /** Those of the client's that the door offers too. */
  readonly capabilities: number
  readonly extendedMetadata: boolean
  readonly user: string
  readonly auth: Buffer
  readonly database: string
  readonly plugin: string
  /** What the client says of itself: `program_name`, `_client_name` and others. */
  readonly attributes: ReadonlyMap<string, string>
}

/** Of capabilities, the longest packet, the character set, and filler. */
const PRELUDE_BYTES = 32

/** Whether the client asks for TLS and says nothing more (Protocol::SSLRequest). */
export function asksForTls(bytes: Buffer, start: number, end: number): boolean {
  return end - start === PRELUDE_BYTES && (bytes.readUInt32LE(start) & CAPABILITY.ssl) !== 0
}

/**
 * Protocol::HandshakeResponse41.
 *
 * @throws RangeError for anything else.
 */
export function readResponse(bytes: Buffer, start: number, end: number): HandshakeResponse {
  const reader = new Reader(bytes, start, end)
  const asked = reader.int(4)
  if ((asked & CAPABILITY.protocol41) === 0 || (asked & CAPABILITY.secureConnection) === 0)
    throw new RangeError('The client speaks a protocol older than MySQL 4.1')
  reader.skip(PRELUDE_BYTES - 8)
  const own = reader.int(4)
  const user = utf8(reader.cString())
  const auth = Buffer.from(
    (asked & CAPABILITY.pluginAuthLenenc) !== 0 ? reader.lenencBytes() : reader.take(reader.int(1)),
  )
  const database = (asked & CAPABILITY.connectWithDb) !== 0 ? utf8(reader.cString()) : ''
  const plugin = (asked & CAPABILITY.pluginAuth) !== 0 ? utf8(reader.cString()) : 'mysql_native_password'
  const hasAttributes = (asked & CAPABILITY.connectAttributes) !== 0 && reader.left > 0
  const attributes = hasAttributes ? readAttributes(reader.lenencBytes()) : new Map<string, string>()
  const isMariadb = (asked & CAPABILITY.longPassword) === 0
  const extendedMetadata = isMariadb && (own & MARIADB_CAPABILITY.extendedMetadata) !== 0
  return { capabilities: asked & OFFERED, extendedMetadata, user, auth, database, plugin, attributes }
}

function readAttributes(bytes: Buffer): ReadonlyMap<string, string> {
  const reader = new Reader(bytes, 0, bytes.length)
  const attributes = new Map<string, string>()
  while (reader.left > 0) attributes.set(utf8(reader.lenencBytes()), utf8(reader.lenencBytes()))
  return attributes
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new RangeError('A text of the handshake is not UTF-8')
  }
}
