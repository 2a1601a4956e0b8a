/** The door that speaks PostgreSQL's own protocol: from a client's socket to its session behind the entrance. */
import type { Socket } from 'node:net'
import {
  AUTHENTICATION,
  authentication,
  backendKeyData,
  parameterStatus,
  readyForQuery,
} from '../upstream/postgres/messages.js'
import type { PgUpstream, PgUpstreams } from '../upstream/postgres/upstream.js'
import type { WireAdmission, WireEnd } from '../wire/entrance.js'
import type { WireSession } from '../wire/session.js'
import { TlsDoor, type TlsIdentity } from '../wire/tls-door.js'
import { Vigil } from '../wire/vigil.js'
import { type Arrival, type Entering, Visit, type VisitOptions, type VisitProtocol } from '../wire/visit.js'
import { ENDED, FULL } from '../wire/words.js'
import { runSession } from './session/run.js'
import type { SessionLimits, SessionParts } from './session/session.js'
import { type CancelKey, CancelKeys } from './startup/cancel-keys.js'
import { type CredentialsOptions, present } from './startup/credentials.js'
import { Farewell, farewellMessage } from './startup/farewell.js'
import { type Started, startUp } from './startup/start-up.js'

export interface PostgresPointOptions extends VisitOptions<PgUpstreams>, CredentialsOptions {
  /** Absent: clients on this machine only. */
  readonly tls?: TlsIdentity
  /** `loopback`: clients on this machine may come without TLS. Absent: nobody may. */
  readonly cleartext?: 'loopback'
  readonly limits: SessionLimits
  /** The other processes that serve together with this one. */
  readonly others?: OtherProcesses
  /** For tests. Default: the session. */
  readonly run?: (parts: SessionParts) => WireSession
}

export interface OtherProcesses {
  /** A secret that all of them share: each knows by it a key that another has given out. 32 bytes. */
  readonly family: Buffer
  /** Told of a cancel request for nobody here whose key is one of theirs. */
  cancel(key: CancelKey): void
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

/**
 * @example
 * const point = postgresPoint({ entrance, tls, auth: 'password', limits, clock })
 * net.createServer(socket => point.accept(socket)).listen(5432)
 */
export function postgresPoint(options: PostgresPointOptions): PostgresPoint {
  const house: House = {
    keys: new CancelKeys(options.others?.family),
    vigil: new Vigil(),
    tls: options.tls === undefined ? undefined : new TlsDoor(options.tls, ALPN),
  }
  return Object.freeze<PostgresPoint>({
    accept(socket, arrival = {}) {
      const visit: PgVisit = new Visit(socket, arrival, options)
      void visit.serve(new PgStart(visit, options, house))
    },
    setTls: identity => house.tls?.set(identity),
    cancel: key => house.keys.cancel(key),
  })
}

interface House {
  readonly keys: CancelKeys
  readonly vigil: Vigil
  readonly tls: TlsDoor | undefined
}

type PgVisit = Visit<PgUpstreams, PgUpstream>

/** From the client's first byte to its session. */
class PgStart implements VisitProtocol<PgUpstreams, PgUpstream> {
  readonly point = 'postgres'

  constructor(
    private readonly visit: PgVisit,
    private readonly options: PostgresPointOptions,
    private readonly house: House,
  ) {}

  async start(): Promise<Entering<PgUpstreams, PgUpstream> | undefined> {
    const { visit } = this
    const started = await this.startUp()
    if (started.kind === 'cancel') {
      // Never answered, so that it tells nothing.
      visit.socket.destroy()
      this.cancel(started)
      return undefined
    }
    if (visit.arrival.full === true) throw new Farewell('53300', FULL)
    const { stream, inbox, request } = started
    const { database, agent, conversation } = request
    const presented = await present(
      stream,
      inbox,
      credentials => visit.identify(credentials, this.point, agent.id),
      this.options,
    )
    return {
      newcomer: {
        ...presented,
        dataSource: database,
        agent,
        ...(conversation === undefined ? {} : { conversation }),
      },
      acquire: (admission, signal) => this.acquire(admission, started, signal),
      open: (admission, upstream) => this.open(admission, started, upstream),
    }
  }

  farewell(error: unknown): Buffer | undefined {
    return error instanceof RangeError ? undefined : farewellMessage(error)
  }

  ended(why: WireEnd): Farewell {
    return new Farewell('57P01', ENDED[why])
  }

  private startUp() {
    const { visit, options, house } = this
    const { tls } = house
    const how = { cleartext: options.cleartext === 'loopback', ...(tls === undefined ? {} : { tls }) }
    return startUp(visit.socket, how, visit.signal, stream => {
      visit.stream = stream
    })
  }

  private cancel(key: CancelKey): void {
    const { keys } = this.house
    if (!keys.cancel(key) && keys.isOurs(key)) this.options.others?.cancel(key)
  }

  private async acquire(
    admission: WireAdmission<PgUpstreams>,
    { inbox, request }: Started,
    signal: AbortSignal,
  ): Promise<PgUpstream> {
    const unwatch = inbox.watch(this.visit.left)
    try {
      return await admission.upstream.acquire(scrubbed(request.settings, admission), signal)
    } finally {
      unwatch()
    }
  }

  private open(
    admission: WireAdmission<PgUpstreams>,
    { stream, inbox, request }: Started,
    upstream: PgUpstream,
  ): WireSession {
    const { limits, clock, run = runSession } = this.options
    const { keys, vigil } = this.house
    let session: WireSession | undefined
    const key = keys.add(upstream.pid, request.minor >= 2 ? 32 : 4, () => session?.cancel())
    stream.write(
      Buffer.concat([
        authentication(AUTHENTICATION.ok),
        ...[...upstream.parameters].map(([name, value]) => parameterStatus(name, value)),
        backendKeyData(upstream.pid, key.secret),
        readyForQuery('I'),
      ]),
    )
    session = run({
      client: stream,
      rest: inbox.rest(),
      upstream,
      admission,
      settings: scrubbed(request.settings, admission),
      limits,
      clock,
      vigil,
    })
    void session.ended.then(() => key.forget())
    return session
  }
}

type Settings = Started['request']['settings']

/** The application's name goes to the server's log, and comes back. */
function scrubbed(settings: Settings, { governed }: WireAdmission<PgUpstreams>): Settings {
  return new Map([...settings].map(([name, value]) => [name, governed.scrub(value)]))
}
