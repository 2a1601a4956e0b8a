/** The handshake with a server, from its greeting to its OK. */
import type { Socket } from 'node:net'
import { connectionFailed, UpstreamRefusal } from '../refusal.js'
import { openSocket, secured } from '../socket.js'
import { readError } from './answers.js'
import { ed25519Password } from './ed25519.js'
import { type Greeting, readGreeting } from './greeting.js'
import { type Packet, PacketReader, packet } from './packets.js'
import { cachingSha2, encryptedPassword, nativePassword } from './scramble.js'
import type { MysqlTarget } from './target.js'
import { ANSWER, CAPABILITY, cString, int, lenencBytes, MARIADB_CAPABILITY, Reader, UTF8MB4 } from './wire.js'

export interface LoggedIn {
  readonly socket: Socket
  readonly greeting: Greeting
  /** Both sides have agreed that rows end with an OK packet. */
  readonly deprecatesEof: boolean
  /** Column definitions say what the column's type is beyond that of the protocol. */
  readonly extendedMetadata: boolean
}

/** As for a server's own packets before anybody is in. */
const HANDSHAKE_BYTES = 65_536
const LARGEST_PACKET = 0x4000_0000

const WANTED =
  CAPABILITY.longPassword |
  CAPABILITY.foundRows |
  CAPABILITY.longFlag |
  CAPABILITY.connectWithDb |
  CAPABILITY.protocol41 |
  CAPABILITY.transactions |
  CAPABILITY.secureConnection |
  CAPABILITY.pluginAuth |
  CAPABILITY.pluginAuthLenenc |
  CAPABILITY.connectAttributes |
  CAPABILITY.deprecateEof

/**
 * Without CLIENT_LOCAL_FILES, CLIENT_MULTI_STATEMENTS and CLIENT_MULTI_RESULTS: one statement, one answer, and no file
 * of the gateway's.
 *
 * @throws CardeaError CARDEA_CONNECTION_FAILED; an UpstreamRefusal where the server said why.
 */
export async function logIn(target: MysqlTarget, signal: AbortSignal): Promise<LoggedIn> {
  const { host, port, tls } = target
  const place = host.startsWith('/') ? { path: host } : { host, port }
  let known: Omit<LoggedIn, 'socket'> | undefined
  const socket = await openSocket(place, signal, async plain => {
    let lines = new Lines(plain)
    const greeting = readGreeting(await lines.next())
    const offered = greeting.capabilities
    if ((offered & CAPABILITY.protocol41) === 0 || (offered & CAPABILITY.pluginAuth) === 0)
      throw connectionFailed('The database is older than MySQL 5.7 or MariaDB 10.2.')
    let flags = WANTED & offered
    let socket = plain
    let sequence = 1
    if (tls !== 'plain') {
      if ((offered & CAPABILITY.ssl) === 0) throw connectionFailed('The database does not offer TLS.')
      flags |= CAPABILITY.ssl
      if (lines.release().length > 0) throw connectionFailed('The database speaks out of turn.')
      plain.write(packet(prelude(flags, greeting), sequence++))
      socket = await secured(plain, target)
      lines = new Lines(socket)
    }
    known = {
      greeting,
      deprecatesEof: (flags & CAPABILITY.deprecateEof) !== 0,
      extendedMetadata: (greeting.mariadb & MARIADB_CAPABILITY.extendedMetadata) !== 0,
    }
    await authenticate(socket, lines, target, greeting, { flags, sequence })
    if (lines.release().length > 0) throw connectionFailed('The database speaks out of turn.')
    return socket
  })
  if (known === undefined) throw connectionFailed('The database cannot be reached.')
  return { socket, ...known }
}

async function authenticate(
  socket: Socket,
  lines: Lines,
  target: MysqlTarget,
  greeting: Greeting,
  { flags, sequence }: { readonly flags: number; readonly sequence: number },
): Promise<void> {
  let { plugin, nonce } = greeting
  // An unknown plugin is one that the server will ask to change.
  const first = KNOWN.has(plugin) ? plugin : 'mysql_native_password'
  socket.write(
    packet(response(prelude(flags, greeting), flags, target, first, proof(first, target, nonce)), sequence),
  )
  plugin = first
  for (;;) {
    const { bytes, start, end, sequence: last } = await lines.next()
    const answer = (payload: Buffer): void => {
      socket.write(packet(payload, last + 1))
    }
    switch (bytes[start]) {
      case ANSWER.ok:
        return
      case ANSWER.error:
        throw new UpstreamRefusal(readError(bytes, start, end).code ?? 'HY000', 'connection')
      case ANSWER.eof: {
        const reader = new Reader(bytes, start + 1, end)
        plugin = reader.cString().toString('latin1')
        nonce = withoutNul(reader.rest())
        if (!KNOWN.has(plugin)) throw connectionFailed(UNKNOWN_PLUGIN)
        answer(proof(plugin, target, nonce))
        break
      }
      case MORE_DATA:
        if (plugin !== 'caching_sha2_password') throw connectionFailed(UNKNOWN_PLUGIN)
        if (bytes[start + 1] === FAST_DONE && end === start + 2) break
        if (bytes[start + 1] === FULL && end === start + 2) {
          if (isSafe(target)) answer(cString(target.password))
          else answer(Buffer.from([ASK_KEY]))
        } else answer(encryptedPassword(target.password, nonce, bytes.toString('latin1', start + 1, end)))
        break
      default:
        throw connectionFailed('The database speaks no protocol that Cardea knows.')
    }
  }
}

const KNOWN: ReadonlySet<string> = new Set([
  'mysql_native_password',
  'caching_sha2_password',
  'client_ed25519',
  'mysql_clear_password',
])
const [MORE_DATA, ASK_KEY, FAST_DONE, FULL] = [0x01, 0x02, 0x03, 0x04]
const UNKNOWN_PLUGIN =
  'The database wants a way to sign in that Cardea does not know. Known are mysql_native_password, caching_sha2_password, client_ed25519, and over TLS mysql_clear_password.'

/** @throws CardeaError for a password that would go out in clear text. */
function proof(plugin: string, target: MysqlTarget, nonce: Buffer): Buffer {
  const { password } = target
  switch (plugin) {
    case 'caching_sha2_password':
      return cachingSha2(password, nonce)
    case 'client_ed25519':
      return ed25519Password(password, nonce)
    case 'mysql_clear_password':
      if (!isSafe(target))
        throw connectionFailed('The database wants the password in clear text, without TLS.')
      return cString(password)
    default:
      return nativePassword(password, nonce)
  }
}

/** Nobody reads along. */
function isSafe({ host, tls }: MysqlTarget): boolean {
  return tls !== 'plain' || host.startsWith('/')
}

function withoutNul(nonce: Buffer): Buffer {
  return nonce.at(-1) === 0 ? nonce.subarray(0, -1) : nonce
}

function prelude(flags: number, { mariadb }: Greeting): Buffer {
  const own = mariadb & MARIADB_CAPABILITY.extendedMetadata
  const asked = own === 0 ? flags : flags & ~CAPABILITY.longPassword
  return Buffer.concat([
    int(asked >>> 0, 4),
    int(LARGEST_PACKET, 4),
    Buffer.from([UTF8MB4]),
    Buffer.alloc(19),
    int(own, 4),
  ])
}

function response(
  begin: Buffer,
  flags: number,
  { user, database }: MysqlTarget,
  plugin: string,
  auth: Buffer,
): Buffer {
  const attributes = ['program_name', 'cardea', '_client_name', 'cardea'].map(lenencBytes)
  return Buffer.concat([
    begin,
    cString(user),
    lenencBytes(auth),
    cString(database),
    cString(plugin),
    ...((flags & CAPABILITY.connectAttributes) === 0 ? [] : [lenencBytes(Buffer.concat(attributes))]),
  ])
}

/** Packets of a server that speaks and waits in turn. */
class Lines {
  private readonly reader = new PacketReader(HANDSHAKE_BYTES)
  private wake: () => void = () => {}
  private failure: Error | undefined

  constructor(private readonly socket: Socket) {
    socket.on('data', this.take).on('error', this.fail).on('close', this.end).on('end', this.end)
  }

  async next(): Promise<Packet> {
    for (;;) {
      const found = this.reader.next()
      if (found !== undefined) return found
      if (this.failure !== undefined) throw this.failure
      await new Promise<void>(resolve => {
        this.wake = resolve
      })
    }
  }

  /** @returns what nobody has read. */
  release(): Buffer {
    this.socket.pause()
    this.socket.off('data', this.take).off('error', this.fail).off('close', this.end).off('end', this.end)
    return this.reader.rest()
  }

  private readonly take = (chunk: Buffer): void => {
    this.reader.push(chunk)
    this.wake()
  }

  private readonly fail = (): void => {
    this.failure ??= connectionFailed('The database cannot be reached.')
    this.wake()
  }

  private readonly end = (): void => {
    this.failure ??= connectionFailed('The database has closed the connection.')
    this.wake()
  }
}
