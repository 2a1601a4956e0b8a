/** What a session is made of. */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../../util/clock.js'
import type { PgUpstream, PgUpstreams } from '../../upstream/postgres/upstream.js'
import type { WireAdmission } from '../../wire/entrance.js'
import type { IdleLimits } from '../../wire/session.js'
import type { Vigil } from '../../wire/vigil.js'

export interface SessionParts {
  /** The socket, or TLS over it; paused. Everything up to ReadyForQuery has been said. */
  readonly client: Duplex
  /** What the client has sent already. */
  readonly rest: Buffer
  readonly upstream: PgUpstream
  readonly admission: WireAdmission<PgUpstreams>
  /** What the client asked for at start, by lower-case name; each of the allow-list. */
  readonly settings?: ReadonlyMap<string, string>
  readonly limits: SessionLimits
  readonly clock: Clock
  /** One for all sessions of the process. */
  readonly vigil: Vigil
}

export interface SessionLimits extends IdleLimits {
  /** Bytes of a client's message at most; a longer one ends the session (54000). */
  readonly messageBytes: number
  /** Bytes of one row at most that is looked at. */
  readonly rowBytes: number
}
