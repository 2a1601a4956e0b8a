/** What a session is made of. */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../../util/clock.js'
import type { MysqlUpstream, MysqlUpstreams } from '../../upstream/mysql/upstream.js'
import type { WireAdmission } from '../../wire/entrance.js'
import type { IdleLimits } from '../../wire/session.js'
import type { Vigil } from '../../wire/vigil.js'

export interface SessionParts {
  /** The socket, or TLS over it; paused. The client has been told that it is in. */
  readonly client: Duplex
  /** What the client has sent already. */
  readonly rest: Buffer
  /** What both sides can do, as `CAPABILITY` has it. */
  readonly capabilities: number
  /** The client reads MariaDB's own part of column definitions. */
  readonly extendedMetadata: boolean
  readonly upstream: MysqlUpstream
  readonly admission: WireAdmission<MysqlUpstreams>
  /** The name that the client knows the database by. */
  readonly dataSource: string
  /** Ends a statement or session of the same principal by its connection id. @returns whether there is one. */
  kill(connection: number, statementOnly: boolean): boolean
  readonly limits: SessionLimits
  readonly clock: Clock
  /** One for all sessions of the process. */
  readonly vigil: Vigil
}

export interface SessionLimits extends IdleLimits {
  /** Bytes of a client's packet at most; a longer one ends the session (1153). */
  readonly packetBytes: number
  /** Bytes of what a client may keep prepared, or have sent of long values, at most. */
  readonly preparedBytes: number
}
