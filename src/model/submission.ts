import type { Dialect } from './dialect.js'
import type { Agent, Credentials, Principal } from './principal.js'

/**
 * A bound value, already reduced to something the driver sends as it stands: no object that
 * serialises itself at bind time, and a private copy of every buffer and array.
 */
export type Binding =
  | null
  | undefined
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | readonly Binding[]

/** The database that a statement is meant for. */
export interface DataSource {
  /** Stable name used in policy and records, for example `'billing'`. */
  readonly id: string
  /** Default `'production'`: the strictest reading. */
  readonly environment: string
}

/** Which enforcement point handed the statement in. */
export type EnforcementPoint = 'knex' | 'postgres' | 'mysql' | 'http' | 'mcp' | 'explain'

/** One statement as an enforcement point hands it in: frozen, and executed exactly as it stands. */
export interface Submission {
  readonly statement: string
  readonly bindings: readonly Binding[]
  readonly dialect: Dialect
  readonly credentials: Credentials
  readonly agent?: Agent
  /** The caller's session (conversation, connection); grants and budgets are bound to it. */
  readonly session: string
  readonly dataSource: DataSource
  readonly point: EnforcementPoint
  /**
   * `'driver'` when the enforcement point itself issues the statement to open, close or mark a
   * transaction; only then may transaction control pass. Never taken from the caller.
   */
  readonly issuer: 'caller' | 'driver'
  /** Where the request came from (PCI DSS 10.2.2 origination), for example `'pid 4711 on host a'`. */
  readonly origination: string
  /** Base64url SHA-256 of the client's certificate (RFC 8705), where its connection was made with one. */
  readonly certificate?: string
  /** How the caller wants to be asked for an approval. Absent: as the connection is set up. */
  readonly approval?: ApprovalWish
}

/** One statement, or several of one caller. */
export type Submissions = readonly [Submission, ...Submission[]]

/** Part of what a caller wants, never of what is approved. */
export interface ApprovalWish {
  /** `wait`: the statement waits for people. `ticket`: it is refused as pending, to be submitted again later. */
  readonly mode?: 'wait' | 'ticket'
  /** An approval that was asked for before: the statement stands under it or is refused. */
  readonly ticket?: string
  /** Told the ticket once people are being asked, where the caller waits for them. */
  readonly asked?: (ticket: string) => void
}

/** A submission whose caller is known. */
export interface IdentifiedSubmission {
  readonly submission: Submission
  readonly principal: Principal
}
