import type { Agent, Credentials, Principal } from '../model/principal.js'
import type { Statements } from '../model/statements.js'
import type { Toolbox } from '../model/tool.js'

/** What a network door is handed by the composition root: who callers are, and what they may use. */
export interface Entrance {
  /** Ids of the databases behind this gateway. The first is the default. */
  readonly dataSources: readonly [string, ...string[]]
  /**
   * Who presents the credentials; the very object is to be passed to `admit`.
   *
   * @returns null when they prove nothing (HTTP 401).
   * @throws CardeaError when no provider can tell (HTTP 503).
   */
  identify(credentials: Credentials): Promise<Principal | null>
  /** What one caller may use. Cheap: made for every request. @throws RangeError for a data source that is not there. */
  admit(visitor: Visitor): Admission
}

/** A request's caller, once identified. */
export interface Visitor {
  /** As `identify` returned it. */
  readonly principal: Principal
  readonly point: 'http' | 'mcp'
  /** Default: the first. */
  readonly dataSource?: string
  readonly agent?: Agent
  /**
   * What approvals are bound to: the conversation, where the caller names one, else the caller itself. Never a
   * transport's session, which some clients make anew for every call.
   */
  readonly session: string
  /** Where the request came from (PCI DSS 10.2.2), for example `'203.0.113.7:51234'`. */
  readonly origination: string
  /** Base64url SHA-256 of the client's certificate, where it showed one. */
  readonly certificate?: string
}

export interface Admission {
  readonly tools: Toolbox
  readonly statements: Statements
}
