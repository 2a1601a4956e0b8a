import type { Policy } from '../../policy/policy.js'
import type { AuditAnchorConfig } from './audit-anchors.js'
import type { AuditSinkConfig } from './audit-sinks.js'
import type { ConfigBody } from './schema.js'
import type { Secret } from './secret.js'

/** Certificate and key of a listener, as read. */
export interface TlsFiles {
  /** PEM, the chain included. */
  readonly cert: string
  readonly key: Secret
  /** PEM. Clients may show a certificate of these authorities, which tokens can be bound to (RFC 8705). */
  readonly clientCa?: string
}

export interface DataSourceConfig {
  readonly id: string
  readonly environment: string
  readonly url: Secret
  readonly connections: number
  /** Connections to the server for clients of the doors `postgres` and `mysql` at most, under each account. */
  readonly sessions: number
  /** Accounts at the server that roles stand for; the first that has one of the caller's is taken, else `url`. */
  readonly accounts: readonly AccountConfig[]
  readonly policy: Policy
}

export interface AccountConfig {
  readonly roles: readonly string[]
  readonly url: Secret
}

export type HttpConfig = Omit<NonNullable<ConfigBody['http']>, 'tls' | 'insecure'> & {
  readonly tls?: TlsFiles
}

export type PostgresConfig = Omit<NonNullable<ConfigBody['postgres']>, 'tls'> & { readonly tls?: TlsFiles }

export type MysqlConfig = Omit<NonNullable<ConfigBody['mysql']>, 'tls'> & { readonly tls?: TlsFiles }

export interface ApprovalConfig {
  readonly mode: 'ticket' | 'wait'
  /** Milliseconds that a call may wait for people. Absent: as the tools have it. */
  readonly budgetMs?: number
  readonly inbox: boolean
  readonly listen?: { readonly host: string; readonly port: number; readonly tls?: TlsFiles }
  readonly webhook?: {
    readonly url: string
    readonly secret: Secret
    readonly answerSecret: Secret
    readonly approvers: 'token' | 'named'
  }
  readonly slack?: {
    readonly token: Secret
    readonly signingSecret: Secret
    readonly channel: string
    readonly people: NonNullable<ConfigBody['approval']['slack']>['people']
  }
  readonly teams?: { readonly url: Secret; readonly console?: string }
}

export interface IdentityConfig {
  readonly oidc: readonly OidcConfig[]
  readonly agentTokens?: {
    readonly issuer: string
    readonly audience?: string
    /** PEM. */
    readonly publicKeys: readonly string[]
  }
  /** A gateway that was started for a trial: whoever has the token is this one. */
  readonly trial?: { readonly subject: string; readonly roles: readonly string[]; readonly token: Secret }
}

export type OidcConfig = Omit<
  Extract<NonNullable<ConfigBody['identity']['oidc']>, readonly unknown[]>[number],
  'ca' | 'introspection'
> & {
  readonly ca?: string
  readonly introspection?: { readonly clientId: string; readonly clientSecret: Secret }
}

/**
 * A configuration as `loadGatewayConfig` read it: every file that it names read, every secret found, every
 * policy valid. Secrets are `Secret`s, which no view of it repeats.
 */
export interface GatewayConfig {
  /** Absolute; read again on reload. */
  readonly file: string
  /** SHA-256 over its canonical form, hex. Secrets are in it by the name of their place, never by value. */
  readonly hash: string
  /** The first is the default. */
  readonly dataSources: readonly [DataSourceConfig, ...DataSourceConfig[]]
  readonly audit: {
    readonly directory: string
    /** PEM. Absent: each trail has a key of its own, beside it. */
    readonly keys?: { readonly root: Secret }
    readonly sinks: readonly AuditSinkConfig[]
    readonly anchors: readonly AuditAnchorConfig[]
  }
  readonly identity: IdentityConfig
  /** Base64, and what hashes name it by. */
  readonly masking?: { readonly key: Secret; readonly id?: string }
  readonly store: 'memory' | { readonly url: Secret; readonly key: Secret }
  readonly approval: ApprovalConfig
  /** One of `http`, `postgres` and `mysql` at least is there. */
  readonly http?: HttpConfig
  readonly postgres?: PostgresConfig
  readonly mysql?: MysqlConfig
  readonly operator?: { readonly host: string; readonly port: number }
  readonly limits: ConfigBody['limits']
  /** Processes; more than one only with a store on a database. */
  readonly workers: number
  readonly drainMs: number
  readonly logLevel: ConfigBody['log']['level']
}
