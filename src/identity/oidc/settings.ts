import { createPrivateKey } from 'node:crypto'
import { ConfigurationError } from '../../errors.js'
import { type Clock, systemClock } from '../../util/clock.js'
import type { RevocationList } from '../revocation-list.js'
import { assertSecure } from './bounded-fetch.js'
import type { Claims } from './claim-values.js'

/** How Cardea introduces itself where it asks about opaque tokens (RFC 7662 section 2.1). */
export type IntrospectionClient =
  | { readonly clientId: string; readonly clientSecret: string }
  | {
      readonly clientId: string
      /** PKCS 8, PEM. Signs an assertion per request (RFC 7523), so no secret travels. */
      readonly privateKey: string
      /** The algorithm of the key, for example `'ES256'`. */
      readonly algorithm: string
      /** The `kid` under which the provider knows the key. */
      readonly keyId?: string
    }

export interface OidcOptions {
  /** The issuer identifier, exactly as the discovery document and the tokens write it. */
  readonly issuer: string
  /** Whom tokens must be meant for (`aud`): the identifier of this database gateway at the issuer. Any one of a list. */
  readonly audience: string | readonly string[]
  /**
   * Which kind of JWT is accepted. Default `'at+jwt'`: access tokens that say so in `typ` (RFC 9068).
   * `'jwt'`: access tokens of providers that write `JWT`, a word of their own or nothing there (Okta, Entra
   * ID, Auth0 and Keycloak as delivered); ID tokens are told apart by their claims and refused.
   * `'id-token'`: ID tokens, for Google only, which has no access tokens for others; needs `accept`.
   */
  readonly tokenType?: 'at+jwt' | 'jwt' | 'id-token'
  /** Signature algorithms. Default: every RSA (RS, PS), ECDSA and EdDSA one. Never `none` or HS…: those prove nothing. */
  readonly algorithms?: readonly string[]
  /** How far the issuer's clock may be off, in milliseconds. Default 30,000; at most five minutes. */
  readonly clockSkewMs?: number
  /** Longer tokens are refused unread. Default 16,384 characters. */
  readonly maxTokenLength?: number
  /** Tokens that live longer are refused, in milliseconds from `iat` to `exp`. Default 24 hours. */
  readonly maxLifetimeMs?: number
  /** Where groups are: a claim, or a path of claims such as `['realm_access', 'roles']`. Default `'groups'`. */
  readonly groupsClaim?: string | readonly string[]
  /** Which roles a group brings, or a function of the groups and all claims. Default: none. */
  readonly roles?:
    | Readonly<Record<string, readonly string[]>>
    | ((groups: readonly string[], claims: Claims) => readonly string[])
  /** Client ids (or subjects of service accounts) that are agents. Other clients are services. Default: none. */
  readonly agents?: readonly string[]
  /** Believe `email` without `email_verified: true`. Only where no user can set it. Default false. */
  readonly trustEmail?: boolean
  /** A last word on verified claims: anything but `true` refuses. For tenants, hosted domains, permitted clients. */
  readonly accept?: (claims: Claims) => boolean
  /** Opaque tokens are asked about with these credentials. Default: they are refused. */
  readonly introspection?: IntrospectionClient
  /** Asked at each use, for each token. Default: nothing is revoked here. */
  readonly revocation?: RevocationList
  /** Each token (`jti`) once in this process; its principal serves until it expires. Default false. */
  readonly singleUse?: boolean
  /** `'required'`: only tokens bound to a key or certificate (`cnf`). Default `'whenPresent'`. */
  readonly binding?: 'required' | 'whenPresent'
  /** Certificate authorities to trust instead of Node's, PEM. */
  readonly ca?: string | readonly string[]
  /** Permits `http:` to loopback addresses. Default false. */
  readonly allowInsecureLoopback?: boolean
  /** For each exchange with the issuer, in milliseconds. Default 5000. */
  readonly timeoutMs?: number
  /** Default: the system's. */
  readonly clock?: Clock
}

export interface Settings
  extends Omit<
    OidcOptions,
    'audience' | 'groupsClaim' | 'agents' | 'introspection' | 'ca' | keyof typeof defaults
  > {
  readonly audiences: readonly string[]
  readonly algorithms: readonly string[]
  readonly groupsPath: readonly string[]
  readonly agents: ReadonlySet<string>
  readonly introspection?: IntrospectionClient
  readonly ca?: string | readonly string[]
  readonly tokenType: 'at+jwt' | 'jwt' | 'id-token'
  readonly clockSkewMs: number
  readonly maxTokenLength: number
  readonly maxLifetimeMs: number
  readonly trustEmail: boolean
  readonly singleUse: boolean
  readonly binding: 'required' | 'whenPresent'
  readonly allowInsecureLoopback: boolean
  readonly timeoutMs: number
  readonly clock: Clock
}

const ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]
const MINUTE = 60_000
const defaults = {
  tokenType: 'at+jwt',
  algorithms: ALGORITHMS,
  clockSkewMs: 30_000,
  maxTokenLength: 16_384,
  maxLifetimeMs: 24 * 60 * MINUTE,
  trustEmail: false,
  singleUse: false,
  binding: 'whenPresent',
  allowInsecureLoopback: false,
  timeoutMs: 5000,
  clock: systemClock,
} as const

/** @throws ConfigurationError for what cannot be meant. No message quotes a secret. */
export function readSettings(options: OidcOptions): Settings {
  const { audience, groupsClaim = 'groups', agents = [], ...rest } = options
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  const settings: Settings = Object.freeze({
    ...defaults,
    ...(given as typeof rest),
    audiences: list(audience),
    groupsPath: list(groupsClaim),
    agents: new Set(agents),
  })
  checkNames(settings)
  checkChoices(settings)
  checkAmounts(settings)
  checkIntrospection(settings.introspection)
  return settings
}

function list(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : [...(value ?? [])]
}

function checkNames({ issuer, audiences, groupsPath, allowInsecureLoopback }: Settings): void {
  if (typeof issuer !== 'string' || !URL.canParse(issuer)) {
    throw new ConfigurationError('oidc: issuer must be a URL, for example https://login.corp.example.')
  }
  assertSecure(new URL(issuer), allowInsecureLoopback)
  if (audiences.length === 0 || !audiences.every(isText)) {
    throw new ConfigurationError(
      'oidc: audience is needed. Without it a token for any other service would do here.',
    )
  }
  if (groupsPath.length === 0 || !groupsPath.every(isText)) {
    throw new ConfigurationError('oidc: groupsClaim must be the name of a claim or a path of names.')
  }
}

function checkChoices({ algorithms, tokenType, binding, accept }: Settings): void {
  if (algorithms.length === 0 || !algorithms.every(name => ALGORITHMS.includes(name))) {
    throw new ConfigurationError(
      `oidc: algorithms may name ${ALGORITHMS.join(', ')}. \`none\` proves nothing, and with HS… whoever can check a token can make one.`,
    )
  }
  if (!['at+jwt', 'jwt', 'id-token'].includes(tokenType)) {
    throw new ConfigurationError('oidc: tokenType must be at+jwt, jwt or id-token.')
  }
  if (binding !== 'required' && binding !== 'whenPresent') {
    throw new ConfigurationError('oidc: binding must be required or whenPresent.')
  }
  if (tokenType === 'id-token' && accept === undefined) {
    throw new ConfigurationError(
      'oidc: tokenType id-token needs accept. Where any account can get an ID token for any audience, the audience keeps nobody out.',
    )
  }
}

function checkAmounts(settings: Settings): void {
  const ranges = {
    clockSkewMs: [0, 5 * MINUTE],
    maxTokenLength: [256, 1_048_576],
    maxLifetimeMs: [1000, 366 * 24 * 60 * MINUTE],
    timeoutMs: [1, 5 * MINUTE],
  } as const
  for (const name of ['clockSkewMs', 'maxTokenLength', 'maxLifetimeMs', 'timeoutMs'] as const) {
    const [least, most] = ranges[name]
    const value = settings[name]
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new ConfigurationError(`oidc: ${name} must be a whole number from ${least} to ${most}.`)
    }
  }
}

function checkIntrospection(client: IntrospectionClient | undefined): void {
  if (client === undefined) return
  const secret = 'clientSecret' in client ? client.clientSecret : client.privateKey
  if (!isText(client.clientId) || !isText(secret)) {
    throw new ConfigurationError('oidc: introspection needs a clientId and a clientSecret or privateKey.')
  }
  if (!('privateKey' in client)) return
  if (!ALGORITHMS.includes(client.algorithm)) {
    throw new ConfigurationError(`oidc: introspection.algorithm must be one of ${ALGORITHMS.join(', ')}.`)
  }
  if (!isPrivateKey(client.privateKey)) {
    throw new ConfigurationError('oidc: introspection.privateKey is not a PKCS 8 key in PEM.')
  }
}

function isPrivateKey(pem: string): boolean {
  try {
    return pem.includes('-----BEGIN PRIVATE KEY-----') && createPrivateKey(pem).type === 'private'
  } catch {
    return false
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
