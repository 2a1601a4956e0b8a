/** The door that speaks PostgreSQL's own protocol: from a client's socket to its session behind the entrance. */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Credentials, Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import { until } from '../../util/until.js'
import {
  AUTHENTICATION,
  authentication,
  backendKeyData,
  parameterStatus,
  readyForQuery,
} from '../upstream/postgres/messages.js'
import type { PgUpstream, PgUpstreams } from '../upstream/postgres/upstream.js'
import type { WireAdmission, WireEnd, WireEntrance } from '../wire/entrance.js'
import { Expiry } from '../wire/expiry.js'
import { Hangup } from '../wire/hangup.js'
import { TlsDoor, type TlsIdentity } from '../wire/tls-door.js'
import { Vigil } from '../wire/vigil.js'
import { runSession } from './session/run.js'
import type { PgSession, SessionLimits, SessionParts } from './session/session.js'
import { type CancelKey, CancelKeys } from './startup/cancel-keys.js'
import { type CredentialsOptions, type Presented, present } from './startup/credentials.js'
import { Farewell, farewellMessage } from './startup/farewell.js'
import { type Started, startUp } from './startup/start-up.js'

export interface PostgresPointOptions extends CredentialsOptions {
  readonly entrance: WireEntrance<PgUpstreams>
  /** Absent: clients on this machine only. */
  readonly tls?: TlsIdentity
  /** `loopback`: clients on this machine may come without TLS. Absent: nobody may. */
  readonly cleartext?: 'loopback'
  readonly limits: SessionLimits
  readonly clock: Clock
  /** Milliseconds that a client may take up to its credentials, and then that its connection to the database may. Default 10 s. */
  readonly startMs?: number
  /** The other processes that serve together with this one. */
  readonly others?: OtherProcesses
  /** For tests. Default: the session. */
  readonly run?: (parts: SessionParts) => PgSession
}

export interface OtherProcesses {
  /** A secret that all of them share: each knows by it a key that another has given out. 32 bytes. */
  readonly family: Buffer
  /** Told of a cancel request for nobody here whose key is one of theirs. */
  cancel(key: CancelKey): void
}

/** What a listener knows of a client that connects. */
export interface Arrival {
  /** There is no place: the client is told so, and left, once it has said what it wants. A cancel request is heard. */
  readonly full?: boolean
  /** Told once, when it is known who the client is. */
  entered?(): void
}

export interface PostgresPoint {
  /** Serves the client of a socket that nobody has read from. Never throws. */
  accept(socket: Socket, arrival?: Arrival): void
  /** For clients that come from here on. */
  setTls(identity: TlsIdentity): void
  /** Cancels what the session with the key runs. @returns whether it is here. */
  cancel(key: CancelKey): boolean
}

/** What the protocol is called in TLS (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL). */
const ALPN = 'postgresql'
const START_MS = 10_000
const LINGER_MS = 2_000
const KEEP_ALIVE_MS = 30_000
const FULL =
  'All connections that this gateway takes are in use. Close clients that are not needed, or try again later.'

/**
 * @example
 * const point = postgresPoint({ entrance, tls, auth: 'password', limits, clock })
 * net.createServer(socket => point.accept(socket)).listen(5432)
 */
export function postgresPoint(options: PostgresPointOptions): PostgresPoint {
  const keys = new CancelKeys(options.others?.family)
  const tls = options.tls === undefined ? undefined : new TlsDoor(options.tls, ALPN)
  const vigil = new Vigil()
  return Object.freeze<PostgresPoint>({
    accept: (socket, arrival = {}) => void new Visit(socket, arrival, options, keys, vigil, tls).serve(),
    setTls: identity => tls?.set(identity),
    cancel: key => keys.cancel(key),
  })
}

/** One client from its first byte until its session is over. */
type Settings = Started['request']['settings']

class Visit {
  private stream: Duplex
  private readonly gone = new AbortController()
  private readonly expiry: Expiry
  private session: PgSession | undefined
  /** What the gateway wanted before there was a session. */
  private wanted: WireEnd | undefined

  constructor(
    private readonly socket: Socket,
    private readonly arrival: Arrival,
    private readonly options: PostgresPointOptions,
    private readonly keys: CancelKeys,
    private readonly vigil: Vigil,
    private readonly tls: TlsDoor | undefined,
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
    const { entrance, startMs = START_MS, others } = this.options
    const slow = setTimeout(this.left, startMs)
    try {
      const started = await this.start()
      if (started.kind === 'cancel') {
        // Never answered, so that it tells nothing.
        this.socket.destroy()
        if (!this.keys.cancel(started) && this.keys.isOurs(started)) others?.cancel(started)
        return
      }
      if (this.arrival.full === true) throw new Farewell('53300', FULL)
      const caller = {
        point: 'postgres' as const,
        address: this.socket.remoteAddress ?? 'unknown',
        name: started.request.agent.id,
      }
      const identify = async (credentials: Credentials): Promise<Principal | null> => {
        const principal = await entrance.identify(credentials, caller)
        // The time that a provider takes is not the client's.
        slow.refresh()
        return principal
      }
      const presented = await present(started.stream, started.inbox, identify, this.options)
      await this.enter(started, presented)
    } finally {
      clearTimeout(slow)
    }
  }

  private start() {
    const { cleartext } = this.options
    const how = { cleartext: cleartext === 'loopback', ...(this.tls === undefined ? {} : { tls: this.tls }) }
    return startUp(this.socket, how, this.gone.signal, stream => {
      this.stream = stream
    })
  }

  private async enter(started: Started, presented: Presented): Promise<void> {
    const { entrance } = this.options
    const { principal, thumbprint } = presented
    const { database, agent, conversation } = started.request
    if (this.gone.signal.aborted) throw new Hangup()
    const admission = entrance.admit(
      {
        principal,
        point: 'postgres',
        dataSource: database,
        agent,
        origination: `${this.socket.remoteAddress ?? 'unknown'}:${this.socket.remotePort ?? 0}`,
        ...(conversation === undefined ? {} : { conversation }),
        ...(thumbprint === undefined ? {} : { certificate: thumbprint }),
      },
      { end: (why, atOnce) => this.end(why, atOnce) },
    )
    this.arrival.entered?.()
    let upstream: PgUpstream
    // The application's name goes to the server's log, and comes back.
    const settings = withScrubbed(started.request.settings, text => admission.governed.scrub(text))
    try {
      upstream = await this.upstream(admission, started, settings)
    } catch (error) {
      admission.leave()
      throw error
    }
    this.expiry.at(principal.expiresAt, () => this.end('expired', false))
    await this.run(started, admission, upstream, settings)
  }

  private async upstream(
    admission: WireAdmission<PgUpstreams>,
    { inbox }: Started,
    settings: Settings,
  ): Promise<PgUpstream> {
    const { startMs = START_MS } = this.options
    const unwatch = inbox.watch(this.left)
    let upstream: PgUpstream
    try {
      upstream = await until([this.gone.signal], startMs, signal =>
        admission.upstream.acquire(settings, signal),
      )
    } finally {
      unwatch()
    }
    if (!this.gone.signal.aborted && this.wanted === undefined) return upstream
    await upstream.release()
    throw this.wanted === undefined ? new Hangup() : new Farewell('57P01', WANTED[this.wanted])
  }

  /** From here on the session answers for admission and connection. */
  private async run(
    started: Started,
    admission: WireAdmission<PgUpstreams>,
    upstream: PgUpstream,
    settings: Settings,
  ): Promise<void> {
    const { limits, clock, run = runSession } = this.options
    const { stream, inbox, request } = started
    const key = this.keys.add(upstream.pid, request.minor >= 2 ? 32 : 4, () => this.session?.cancel())
    try {
      stream.write(
        Buffer.concat([
          authentication(AUTHENTICATION.ok),
          ...[...upstream.parameters].map(([name, value]) => parameterStatus(name, value)),
          backendKeyData(upstream.pid, key.secret),
          readyForQuery('I'),
        ]),
      )
      this.session = run({
        client: stream,
        rest: inbox.rest(),
        upstream,
        admission,
        settings,
        limits,
        clock,
        vigil: this.vigil,
      })
      await this.session.ended
    } finally {
      key.forget()
    }
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
    const { stream, socket, wanted } = this
    const last = wanted === undefined ? error : new Farewell('57P01', WANTED[wanted])
    if (last instanceof Hangup || last instanceof RangeError || stream.destroyed || !stream.writable) {
      socket.destroy()
      return
    }
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    timer.unref()
    socket.once('close', () => clearTimeout(timer))
    stream.end(farewellMessage(last))
    stream.resume()
  }
}

const WANTED: Readonly<Record<WireEnd, string>> = Object.freeze({
  drain: 'The gateway is closing. Connect again.',
  killed: 'An operator has ended this session.',
  stopped: 'An operator has stopped this agent.',
  expired: 'The token has expired. Connect again with a new one.',
  idle: 'The session was idle for too long. Connect again.',
})

function withScrubbed(settings: Settings, scrub: (text: string) => string): Settings {
  return new Map([...settings].map(([name, value]) => [name, scrub(value)]))
}
