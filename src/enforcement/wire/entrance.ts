import type { Agent, Credentials, Principal } from '../../model/principal.js'
import type { GovernedSession } from '../../model/session.js'

/** What a door that speaks a database's own protocol is handed by the composition root. */
export interface WireEntrance<Upstream> {
  /**
   * Who presents the credentials.
   *
   * @returns null when they prove nothing.
   * @throws CardeaError when no provider can tell; CARDEA_TOO_MANY_REQUESTS after too many failures.
   */
  identify(credentials: Credentials, caller: WireCaller): Promise<Principal | null>
  /**
   * Lets a client in, or says why not; what it is given counts as a session until `leave`.
   *
   * @throws CardeaError CARDEA_DATA_SOURCE_UNKNOWN, CARDEA_TOO_MANY_REQUESTS, CARDEA_CLOSED, CARDEA_AGENT_STOPPED.
   */
  admit(visitor: WireVisitor, door: WireDoor): WireAdmission<Upstream>
}

export type WirePoint = 'postgres' | 'mysql'

/** A client that has proven nothing yet. */
export interface WireCaller {
  readonly point: WirePoint
  /** Where its connection comes from, without the port. */
  readonly address: string
  /** The user that it names. */
  readonly name: string
}

/** A client that has said who it is. */
export interface WireVisitor {
  /** As `identify` returned it. */
  readonly principal: Principal
  readonly point: WirePoint
  /** The id of a data source: the database that the client names. */
  readonly dataSource: string
  readonly agent?: Agent
  /** The conversation that the client names, if it does: what approvals are bound to. */
  readonly conversation?: string
  /** Where the connection comes from (PCI DSS 10.2.2), for example `'203.0.113.7:51234'`. */
  readonly origination: string
  /** Base64url SHA-256 of the client's certificate, where it showed one. */
  readonly certificate?: string
}

/** How the gateway reaches a client that is in. */
export interface WireDoor {
  /** Ends the session: at once where it is idle, else when its statement and transaction have ended, or `atOnce`. */
  end(why: WireEnd, atOnce: boolean): void
}

/** `drain`: the gateway closes. `killed`: an operator. `stopped`: every session of this agent. `expired`: its token. `idle`: too long. */
export type WireEnd = 'drain' | 'killed' | 'stopped' | 'expired' | 'idle'

export interface WireAdmission<Upstream> {
  /** Unique among all sessions of all processes; what `cardea sessions` calls it. */
  readonly id: string
  readonly governed: GovernedSession
  /** Connections to the database, under the account that this caller's roles stand for. */
  readonly upstream: Upstream
  /**
   * Before each statement: counts it, and says when it has to end.
   *
   * @throws CardeaError CARDEA_TOO_MANY_REQUESTS where the caller asks too much.
   */
  enter(): StatementEntry
  /** Called once, when the client has gone. */
  leave(): void
}

export interface StatementEntry {
  /** Aborts when the gateway can wait no longer for the statement. */
  readonly signal: AbortSignal
  leave(): void
}
