/** The door that speaks MySQL's own protocol: from a client's socket to its session behind the entrance. */
import { randomBytes, randomInt } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Principal } from '../../model/principal.js'
import { packet } from '../upstream/mysql/packets.js'
import type { MysqlUpstream, MysqlUpstreams } from '../upstream/mysql/upstream.js'
import { STATUS } from '../upstream/mysql/wire.js'
import type { WireAdmission, WireEnd } from '../wire/entrance.js'
import { isLoopback } from '../wire/loopback.js'
import { agentOf, isName } from '../wire/names.js'
import type { WireSession } from '../wire/session.js'
import { TlsDoor, type TlsIdentity } from '../wire/tls-door.js'
import { Vigil } from '../wire/vigil.js'
import {
  type Arrival,
  type Entering,
  type Newcomer,
  Visit,
  type VisitOptions,
  type VisitProtocol,
} from '../wire/visit.js'
import { cleartextRefused, conversationNoName, ENDED, FULL, USER_NO_NAME } from '../wire/words.js'
import { errorPacket } from './session/errors.js'
import { END_CODES } from './session/last-word.js'
import { okPacket } from './session/release.js'
import { runSession } from './session/run.js'
import type { SessionLimits } from './session/session.js'
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

export interface MysqlPointOptions extends VisitOptions<MysqlUpstreams> {
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
}

export type ServerAbout = Pick<MysqlUpstream, 'version' | 'extendedMetadata'>

export interface MysqlPoint {
  /** Serves the client of a socket that nobody has read from. Never throws. */
  accept(socket: Socket, arrival?: Arrival): void
  /** For clients that come from here on. */
  setTls(identity: TlsIdentity): void
}

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
    accept(socket, arrival = {}) {
      const visit: MysqlVisit = new Visit(socket, arrival, options)
      void visit.serve(new MysqlStart(visit, options, house))
    },
    setTls: identity => house.tls?.set(identity),
  })
}

interface House {
  readonly threads: Threads
  readonly key: PasswordKey
  readonly vigil: Vigil
  readonly tls: TlsDoor | undefined
}

type MysqlVisit = Visit<MysqlUpstreams, MysqlUpstream>

/** From the client's first byte to its session. */
class MysqlStart implements VisitProtocol<MysqlUpstreams, MysqlUpstream> {
  readonly point = 'mysql'
  /** Of the next packet to the client. */
  private sequence = 0

  constructor(
    private readonly visit: MysqlVisit,
    private readonly options: MysqlPointOptions,
    private readonly house: House,
  ) {}

  async start(): Promise<Entering<MysqlUpstreams, MysqlUpstream>> {
    const { visit, house } = this
    if (visit.arrival.full === true) throw new Farewell(1040, '08004', FULL)
    const nonce = freshNonce()
    const thread = house.threads.next()
    const { version, extendedMetadata } = await this.options.about()
    const offer = { version, thread, nonce, tls: house.tls !== undefined, extendedMetadata }
    visit.socket.write(packet(greeting(offer)))
    this.sequence = 2
    const { inbox, response, sequence } = await this.response()
    const headless = version.startsWith(OLD) && response.attributes.get('_client_name') === CONNECTOR_J
    const presented = await present(
      { stream: visit.stream, inbox, response, nonce, sequence, key: house.key, headless },
      credentials => visit.identify(credentials, this.point, response.user),
      next => {
        this.sequence = next
      },
    )
    const started: Started = {
      response,
      inbox,
      thread,
      principal: presented.principal,
      extendedMetadata: extendedMetadata && response.extendedMetadata,
    }
    return {
      newcomer: { ...presented, ...named(response) },
      acquire: (admission, signal) => admission.upstream.acquire(signal),
      open: (admission, upstream) => this.open(admission, started, upstream),
    }
  }

  farewell(error: unknown): Buffer {
    return packet(errorPacket(farewellError(error)), this.sequence & 0xff)
  }

  ended(why: WireEnd): Farewell {
    const [errno, sqlState] = END_CODES[why]
    return new Farewell(errno, sqlState, ENDED[why])
  }

  private async response() {
    const { visit, house } = this
    const { socket, signal, left } = visit
    let inbox = new Inbox(socket, signal, left)
    let { bytes, start, end, sequence } = await inbox.next()
    if (asksForTls(bytes, start, end)) {
      if (house.tls === undefined) throw new RangeError('TLS was not offered')
      // The client does not wait for an answer: what it has sent along is the beginning of TLS.
      const ahead = inbox.release()
      if (ahead.length > 0) socket.unshift(ahead)
      visit.stream = await house.tls.secure(socket, false, signal)
      inbox = new Inbox(visit.stream, signal, left)
      inbox.expect(sequence + 1)
      ;({ bytes, start, end, sequence } = await inbox.next())
    }
    this.sequence = sequence + 1
    if (visit.stream === socket) this.refuseCleartext()
    return { inbox, response: readResponse(bytes, start, end), sequence }
  }

  private refuseCleartext(): void {
    if (this.options.cleartext === 'loopback' && isLoopback(this.visit.socket)) return
    throw new Farewell(
      3159,
      'HY000',
      cleartextRefused(this.house.tls !== undefined, 'ssl-mode=VERIFY_IDENTITY'),
    )
  }

  private open(
    admission: WireAdmission<MysqlUpstreams>,
    { response, principal, inbox, thread, extendedMetadata }: Started,
    upstream: MysqlUpstream,
  ): WireSession {
    const { stream } = this.visit
    const { limits, clock } = this.options
    const { threads, vigil } = this.house
    const rest = inbox.release()
    stream.write(packet(IN, this.sequence))
    const session = runSession({
      client: stream,
      rest,
      capabilities: response.capabilities,
      extendedMetadata,
      upstream,
      admission,
      dataSource: response.database,
      kill: (connection, statementOnly) => threads.kill(connection, principal, statementOnly),
      limits,
      clock,
      vigil,
    })
    const forget = threads.add(thread, {
      principal,
      cancel: () => session.cancel(),
      kill: () => session.end('killed', true),
    })
    void session.ended.then(forget)
    return session
  }
}

interface Started {
  readonly response: HandshakeResponse
  readonly inbox: Inbox
  readonly principal: Principal
  readonly thread: number
  /** Both sides know MariaDB's own part of column definitions. */
  readonly extendedMetadata: boolean
}

/**
 * What MariaDB 10 puts before its version. Connector/J believes it, and reads the packets of `caching_sha2_password` as
 * servers before 5.5.16 would have sent them.
 */
const OLD = '5.5.5-'
const CONNECTOR_J = 'MySQL Connector/J'

/** That the client is in. */
const IN = okPacket({ affected: 0, insertId: 0n, status: 0, warnings: 0 }, STATUS.autocommit)

function freshNonce(): Buffer {
  // No byte may be zero: clients read it as a C string.
  return randomBytes(NONCE_BYTES).map(byte => (byte % 127) + 1) as Buffer
}

/** What the client says that it is, and wants: claims for the entrance to judge. */
function named({ user, database, attributes }: HandshakeResponse): Omit<Newcomer, 'principal'> {
  if (database === '')
    throw new Farewell(1046, '3D000', 'Name a data source as the database when you connect.')
  if (!isName(user)) throw new Farewell(1045, '28000', USER_NO_NAME)
  const conversation = attributes.get('cardea_session')
  if (conversation !== undefined && !isName(conversation))
    throw new Farewell(1210, 'HY000', conversationNoName('cardea_session'))
  return {
    dataSource: database,
    agent: agentOf(user, attributes.get('program_name') ?? attributes.get('_client_name')),
    // What approvals are bound to.
    ...(conversation === undefined ? {} : { conversation }),
  }
}
