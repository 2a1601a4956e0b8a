/** The door that speaks MySQL's own protocol: from a client's socket to its session behind the entrance. */
import { randomBytes, randomInt } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Agent, Credentials, Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import { until } from '../../util/until.js'
import { packet } from '../upstream/mysql/packets.js'
import type { MysqlUpstream, MysqlUpstreams } from '../upstream/mysql/upstream.js'
import { STATUS } from '../upstream/mysql/wire.js'
import type { WireAdmission, WireEnd, WireEntrance } from '../wire/entrance.js'
import { Expiry } from '../wire/expiry.js'
import { Hangup } from '../wire/hangup.js'
import { TlsDoor, type TlsIdentity } from '../wire/tls-door.js'
import { Vigil } from '../wire/vigil.js'
import { errorPacket } from './errors.js'
import { okPacket } from './session/release.js'
import { runSession } from './session/run.js'
import type { MysqlSession, SessionLimits } from './session/session.js'
import { PasswordKey, present } from './startup/credentials.js'
import { Farewell, farewellError } from './startup/farewell.js'
import {
  asksForTls,
  greeting,
  type HandshakeResponse,
  NONCE_BYTES,
  readResponse,
} from './startup/greeting.js'
import { Inbox } from './startup/inbox.js'
import { Threads } from './startup/threads.js'

export interface MysqlPointOptions {
  readonly entrance: WireEntrance<MysqlUpstreams>
  /**
   * What clients are told of the server behind the door, as it says itself. They go by it before they have named a
   * data source.
   *
   * @throws CardeaError where no server can be asked.
   */
  readonly about: () => Promise<ServerAbout>
  /** Absent: clients on this machine only. */
  readonly tls?: TlsIdentity
  /** `loopback`: clients on this machine may come without TLS. Absent: nobody may. */
  readonly cleartext?: 'loopback'
  readonly limits: SessionLimits
  readonly clock: Clock
  /** Milliseconds that a client may take up to its credentials, and then that its connection to the database may. Default 10 s. */
  readonly startMs?: number
}

export type ServerAbout = Pick<MysqlUpstream, 'version' | 'extendedMetadata'>

/** What a listener knows of a client that connects. */
export interface Arrival {
  /** There is no place: the client is told so, and left. */
  readonly full?: boolean
  /** Told once, when it is known who the client is. */
  entered?(): void
}

export interface MysqlPoint {
  /** Serves the client of a socket that nobody has read from. Never throws. */
  accept(socket: Socket, arrival?: Arrival): void
  /** For clients that come from here on. */
  setTls(identity: TlsIdentity): void
}

const START_MS = 10_000
const LINGER_MS = 2_000
const KEEP_ALIVE_MS = 30_000
const FULL =
  'All connections that this gateway takes are in use. Close clients that are not needed, or try again later.'

/**
 * @example
 * const point = mysqlPoint({ entrance, about, tls, limits, clock })
 * net.createServer(socket => point.accept(socket)).listen(3306)
 */
export function mysqlPoint(options: MysqlPointOptions): MysqlPoint {
  const house: House = {
    threads: new Threads(randomInt(1, 0x7fff_ffff)),
    key: new PasswordKey(),
    vigil: new Vigil(),
    tls: options.tls === undefined ? undefined : new TlsDoor(options.tls),
  }
  return Object.freeze<MysqlPoint>({
    accept: (socket, arrival = {}) => void new Visit(socket, arrival, options, house).serve(),
    setTls: identity => house.tls?.set(identity),
  })
}

interface House {
  readonly threads: Threads
  readonly key: PasswordKey
  readonly vigil: Vigil
  readonly tls: TlsDoor | undefined
}

interface Started {
  readonly response: HandshakeResponse
  readonly inbox: Inbox
  readonly principal: Principal
  readonly thumbprint?: string
  readonly thread: number
}

/** One client from its first byte until its session is over. */
class Visit {
  private stream: Duplex
  private readonly gone = new AbortController()
  private readonly expiry: Expiry
  private session: MysqlSession | undefined
  /** What the gateway wanted before there was a session. */
  private wanted: WireEnd | undefined
  /** Of the next packet to the client. */
  private sequence = 0
  /** MariaDB's own part of column definitions was. */
  private offered = false

  constructor(
    private readonly socket: Socket,
    private readonly arrival: Arrival,
    private readonly options: MysqlPointOptions,
    private readonly house: House,
  ) {
    this.stream = socket
    this.expiry = new Expiry(options.clock)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    socket.on('error', () => {})
    socket.once('close', this.left)
  }

  async serve(): Promise<void> {
    try {
      await this.begin()
    } catch (error) {
      this.leave(error)
    } finally {
      this.expiry.stop()
      this.socket.off('close', this.left)
    }
  }

  private async begin(): Promise<void> {
    const { startMs = START_MS } = this.options
    const slow = setTimeout(this.left, startMs)
    try {
      if (this.arrival.full === true) throw new Farewell(1040, '08004', FULL)
      const started = await this.start(slow)
      await this.enter(started)
    } finally {
      clearTimeout(slow)
    }
  }

  private async start(slow: NodeJS.Timeout): Promise<Started> {
    const { entrance, about } = this.options
    const { threads, tls, key } = this.house
    const nonce = freshNonce()
    const thread = threads.next()
    const { version, extendedMetadata } = await about()
    const offer = { version, thread, nonce, tls: tls !== undefined, extendedMetadata }
    this.offered = extendedMetadata
    this.socket.write(packet(greeting(offer)))
    this.sequence = 2
    const { inbox, response, sequence } = await this.response()
    this.sequence = sequence + 1
    const caller = {
      point: 'mysql' as const,
      address: this.socket.remoteAddress ?? 'unknown',
      name: response.user,
    }
    const identify = async (credentials: Credentials): Promise<Principal | null> => {
      const principal = await entrance.identify(credentials, caller)
      // The time that a provider takes is not the client's.
      slow.refresh()
      return principal
    }
    const presenting = { stream: this.stream, inbox, response, nonce, sequence, key }
    const told = (last: number): void => {
      this.sequence = last
    }
    const { principal, thumbprint } = await present(presenting, identify, told)
    return { response, inbox, principal, thread, ...(thumbprint === undefined ? {} : { thumbprint }) }
  }

  private async response() {
    let inbox = new Inbox(this.socket, this.gone.signal, this.left)
    const first = await inbox.next()
    let { bytes, start, end, sequence } = first
    if (asksForTls(bytes, start, end)) {
      const { tls } = this.house
      if (tls === undefined) throw new RangeError('TLS was not offered')
      // The client does not wait for an answer: what it has sent along is the beginning of TLS.
      const ahead = inbox.release()
      if (ahead.length > 0) this.socket.unshift(ahead)
      this.stream = await tls.secure(this.socket, false, this.gone.signal)
      inbox = new Inbox(this.stream, this.gone.signal, this.left)
      inbox.expect(sequence + 1)
      ;({ bytes, start, end, sequence } = await inbox.next())
    }
    this.sequence = sequence + 1
    if (this.stream === this.socket) this.refuseCleartext()
    return { inbox, response: readResponse(bytes, start, end), sequence }
  }

  private refuseCleartext(): void {
    const { cleartext, tls } = this.options
    if (cleartext === 'loopback' && isLoopback(this.socket.remoteAddress)) return
    throw new Farewell(
      3159,
      'HY000',
      tls === undefined
        ? 'Without TLS only clients on the same machine are let in.'
        : 'Clients without TLS are not let in, because the password is a token. Connect with ssl-mode=VERIFY_IDENTITY.',
    )
  }

  private async enter(started: Started): Promise<void> {
    const { entrance } = this.options
    const { response, principal, thumbprint } = started
    if (this.gone.signal.aborted) throw new Hangup()
    if (response.database === '')
      throw new Farewell(1046, '3D000', 'Name a data source as the database when you connect.')
    const admission = entrance.admit(
      {
        principal,
        point: 'mysql',
        dataSource: response.database,
        agent: agentOf(response),
        origination: `${this.socket.remoteAddress ?? 'unknown'}:${this.socket.remotePort ?? 0}`,
        ...conversationOf(response),
        ...(thumbprint === undefined ? {} : { certificate: thumbprint }),
      },
      { end: (why, atOnce) => this.end(why, atOnce) },
    )
    this.arrival.entered?.()
    let upstream: MysqlUpstream
    try {
      upstream = await this.upstream(admission)
    } catch (error) {
      admission.leave()
      throw error
    }
    this.expiry.at(principal.expiresAt, () => this.end('expired', false))
    await this.run(started, admission, upstream)
  }

  private async upstream(admission: WireAdmission<MysqlUpstreams>): Promise<MysqlUpstream> {
    const { startMs = START_MS } = this.options
    const upstream = await until([this.gone.signal], startMs, signal => admission.upstream.acquire(signal))
    if (!this.gone.signal.aborted && this.wanted === undefined) return upstream
    await upstream.release()
    throw this.wanted === undefined ? new Hangup() : new Farewell(1053, '08S01', WANTED)
  }

  /** From here on the session answers for admission and connection. */
  private async run(
    { response, principal, inbox, thread }: Started,
    admission: WireAdmission<MysqlUpstreams>,
    upstream: MysqlUpstream,
  ): Promise<void> {
    const rest = inbox.release()
    this.stream.write(
      packet(
        okPacket({ affected: 0, insertId: 0n, status: 0, warnings: 0 }, STATUS.autocommit),
        this.sequence,
      ),
    )
    const { threads, vigil } = this.house
    const session = runSession({
      client: this.stream,
      rest,
      capabilities: response.capabilities,
      extendedMetadata: this.offered && response.extendedMetadata,
      upstream,
      admission,
      dataSource: response.database,
      kill: (connection, statementOnly) => threads.kill(connection, principal, statementOnly),
      limits: this.options.limits,
      clock: this.options.clock,
      vigil,
    })
    this.session = session
    const forget = threads.add(thread, {
      principal,
      cancel: () => session.cancel(),
      kill: () => session.end('killed', true),
    })
    await session.ended
    forget()
  }

  private end(why: WireEnd, atOnce: boolean): void {
    if (this.session !== undefined) {
      this.session.end(why, atOnce)
      return
    }
    this.wanted = why
    this.gone.abort()
  }

  private readonly left = (): void => this.gone.abort()

  /** The client is told what it has to know, and is not waited for. */
  private leave(error: unknown): void {
    const { stream, socket } = this
    if (error instanceof Hangup || stream.destroyed || !stream.writable) {
      socket.destroy()
      return
    }
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    timer.unref()
    socket.once('close', () => clearTimeout(timer))
    stream.end(packet(errorPacket(farewellError(error)), this.sequence & 0xff))
    stream.resume()
  }
}

const WANTED = 'The gateway has ended this session. Connect again.'

function freshNonce(): Buffer {
  // No byte may be zero: clients read it as a C string.
  return randomBytes(NONCE_BYTES).map(byte => (byte % 127) + 1) as Buffer
}

const NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/

/** The user names the agent; the program says what it is made of. */
function agentOf({ user, attributes }: HandshakeResponse): Agent {
  if (!NAME.test(user)) {
    throw new Farewell(
      1045,
      '28000',
      'The user name must be 1 to 128 printable ASCII characters. It names the agent.',
    )
  }
  const framework = attributes.get('program_name') ?? attributes.get('_client_name') ?? ''
  return Object.freeze({ framework: NAME.test(framework) ? framework : 'unknown', id: user })
}

/** A connection attribute of the client's own: what approvals are bound to. */
function conversationOf({ attributes }: HandshakeResponse): { readonly conversation?: string } {
  const conversation = attributes.get('cardea_session')
  if (conversation === undefined) return {}
  if (NAME.test(conversation)) return { conversation }
  throw new Farewell(
    1210,
    'HY000',
    'cardea_session must be 1 to 128 printable ASCII characters, without spaces at its ends.',
  )
}

function isLoopback(address = ''): boolean {
  return /^(::1$|(::ffff:)?127\.)/.test(address)
}
