/** One client after start-up: its messages, one after the other, until either side leaves. */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../../util/clock.js'
import type { PgUpstream, PgUpstreams } from '../../upstream/postgres/upstream.js'
import type { WireAdmission, WireEnd } from '../../wire/entrance.js'
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

export interface SessionLimits {
  /** Bytes of a client's message at most; a longer one ends the session (54000). */
  readonly messageBytes: number
  /** Bytes of one row at most that is looked at. */
  readonly rowBytes: number
  /** Milliseconds without a message from the client, outside of a transaction and inside. */
  readonly idleMs: number
  readonly idleInTransactionMs: number
}

export interface PgSession {
  /** Resolves when the client is gone and the upstream connection has been given back or closed. Never rejects. */
  readonly ended: Promise<void>
  /** The client's own cancel request: ends the running statement, or the wait for its approval. */
  cancel(): void
  end(why: WireEnd, atOnce: boolean): void
}
