/** The client's way in, up to its start-up packet: cleartext or TLS, and what it asks for. */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { negotiateProtocolVersion } from '../../upstream/postgres/messages.js'
import { Hangup } from '../../wire/hangup.js'
import { isLoopback } from '../../wire/loopback.js'
import type { TlsDoor } from '../../wire/tls-door.js'
import { cleartextRefused } from '../../wire/words.js'
import type { CancelKey } from './cancel-keys.js'
import { Farewell } from './farewell.js'
import { type FirstPacket, readFirstPacket } from './first-packet.js'
import { Inbox } from './inbox.js'
import { type StartRequest, startRequest } from './request.js'

/** As the server itself has it (MAX_STARTUP_PACKET_LENGTH). */
const PACKET = Object.freeze({ maxBytes: 10_000, typed: false })
const TLS_RECORD = 0x16
/** A client that leaves before it has begun says so; as a length of a packet it is none. */
const TERMINATE = 0x58
const [YES, NO] = ['S', 'N']

export interface StartUpOptions {
  readonly tls?: TlsDoor
  /** Whether clients on this machine may come without TLS. */
  readonly cleartext: boolean
}

export interface Started {
  readonly kind: 'session'
  /** The socket, or TLS over it. */
  readonly stream: Duplex
  readonly inbox: Inbox
  readonly request: StartRequest
}

/**
 * @param signal ends it: the client has gone, or takes too long.
 * @param reached told the stream that a farewell has to go to, before anything can go wrong on it.
 * @throws Farewell for what the client has to be told; Hangup and RangeError for what nobody answers.
 */
export async function startUp(
  socket: Socket,
  options: StartUpOptions,
  signal: AbortSignal,
  reached: (stream: Duplex) => void,
): Promise<Started | ({ readonly kind: 'cancel' } & CancelKey)> {
  let stream: Duplex = socket
  let inbox = new Inbox(socket, signal, PACKET)
  const asked = new Set<string>()
  const first = await inbox.some()
  if (first[0] === TERMINATE) throw new Hangup()
  if (first[0] === TLS_RECORD) {
    if (options.tls === undefined) throw new Hangup()
    socket.unshift(first)
    stream = await options.tls.secure(socket, true, signal)
    inbox = new Inbox(stream, signal, PACKET)
    asked.add('ssl').add('gss')
  } else inbox.take(first)
  reached(stream)
  for (;;) {
    const packet = await firstPacket(inbox)
    if (packet.kind === 'cancel') return packet
    if (packet.kind === 'startup')
      return { kind: 'session', stream, inbox, request: admitted(packet, stream, socket, options) }
    if (asked.has(packet.kind) || stream !== socket) throw new Hangup()
    asked.add(packet.kind)
    // What came along in clear text would be read as if it had come encrypted (CVE-2021-23214).
    if (inbox.hasMore) throw new Hangup()
    if (packet.kind === 'gss' || options.tls === undefined) {
      socket.write(NO)
      continue
    }
    socket.write(YES)
    stream = await options.tls.secure(socket, false, signal)
    inbox = new Inbox(stream, signal, PACKET)
    reached(stream)
  }
}

async function firstPacket(inbox: Inbox): Promise<FirstPacket> {
  const { bytes, start, end } = await inbox.next()
  return readFirstPacket(bytes, start, end)
}

function admitted(
  packet: Extract<FirstPacket, { kind: 'startup' }>,
  stream: Duplex,
  socket: Socket,
  { tls, cleartext }: StartUpOptions,
): StartRequest {
  if (stream === socket && !(cleartext && isLoopback(socket))) {
    throw new Farewell('28000', cleartextRefused(tls !== undefined, 'sslmode=verify-full'))
  }
  const request = startRequest(packet)
  const { negotiate } = request
  if (negotiate !== undefined) {
    stream.write(negotiateProtocolVersion(0x3_0000 | negotiate.minor, negotiate.options))
  }
  return request
}
