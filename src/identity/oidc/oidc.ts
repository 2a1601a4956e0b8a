import { hash } from 'node:crypto'
import { refusedError } from '../../errors.js'
import type { Credentials, Principal, TokenProof } from '../../model/principal.js'
import { type ReplayGuard, replayGuard } from '../replay-guard.js'
import type { RevocableToken } from '../revocation-list.js'
import type { TokenIdentity } from '../token-identity.js'
import { looksLikeJwt, type Vouched, verifyJwt } from './access-token.js'
import { type BoundedCache, boundedCache } from './bounded-cache.js'
import { type Claims, claim, isName } from './claim-values.js'
import { principalOf } from './claims.js'
import { type Introspection, introspection } from './introspection.js'
import { type KeySet, type Keys, keySet } from './key-set.js'
import { connect, type Provider } from './provider-connection.js'
import { checkBinding } from './sender-proof.js'
import { type OidcOptions, readSettings, type Settings } from './settings.js'
import { CouldNotVerify, TokenRefused } from './verdict.js'

/** Accepts tokens with their proof, and the very principals that it handed out. */
export type OidcIdentity = TokenIdentity

/** A token that held when it was last looked at. */
interface Verified {
  readonly principal: Principal
  readonly claims: Claims
  readonly expiresAt: number
  readonly revocable: readonly RevocableToken[]
  /** The keys that it was checked with. With other keys it is checked again. */
  readonly keys: Keys
}

interface Desk {
  readonly settings: Settings
  readonly keySet: KeySet
  readonly introspection: Introspection | undefined
  readonly guard: ReplayGuard
  /** By digest of the token, so that a second statement costs no second signature check. */
  readonly verified: BoundedCache<Verified>
  /** Which token each principal that was handed out came from. */
  readonly tokens: WeakMap<Principal, string>
}

const MOST_REMEMBERED = 10_000

/**
 * Callers are whoever their OpenID Connect access token says, as checked against the issuer's published
 * keys (PCI DSS 8.2.1, 8.3.1). Nothing is asked of the issuer before the first token.
 *
 * @throws ConfigurationError for options that cannot be meant.
 * @example
 * const identity = oidc({ issuer: 'https://login.corp.example', audience: 'https://db.corp.example', roles: { 'g-17': ['support'] } })
 * const governed = await GovernedConnection.wrap(knex, { policy, audit, identity })
 * const db = governed.as(await identity.verify(token), { agent: { framework: 'autogen', id: 'billing-bot' } })
 */
export function oidc(options: OidcOptions): OidcIdentity {
  const settings = readSettings(options)
  const desk: Desk = {
    settings,
    keySet: keySet(() => connect(settings), settings.clock),
    introspection: settings.introspection && introspection(settings),
    guard: replayGuard(settings.clock),
    verified: boundedCache(MOST_REMEMBERED),
    tokens: new WeakMap(),
  }

  function verify(token: string, proof?: TokenProof): Promise<Principal>
  function verify(credentials: Credentials): Promise<Principal | null>
  async function verify(presented: string | Credentials, proof?: TokenProof): Promise<Principal | null> {
    if (typeof presented === 'string') return admit(desk, presented, proof).catch(refuse)
    try {
      if (presented.kind === 'token') return await admit(desk, presented.token, presented.proof)
      return await readmit(desk, presented.principal)
    } catch (error) {
      if (error instanceof TokenRefused) return null
      throw error
    }
  }
  return Object.freeze({ name: `oidc ${new URL(settings.issuer).host}`, verify })
}

/** A token that somebody presents. */
async function admit(desk: Desk, token: string, proof: TokenProof | undefined): Promise<Principal> {
  const { settings, guard, tokens } = desk
  const verified = await check(desk, token)
  await checkBinding(token, verified.claims, proof, settings, guard)
  if (settings.singleUse) checkFirstUse(verified, token, guard)
  tokens.set(verified.principal, token)
  return verified.principal
}

/** A principal that was handed out before is as good as its token is now. Binding and first use were checked then. */
async function readmit(desk: Desk, principal: Principal): Promise<Principal> {
  const token = desk.tokens.get(principal)
  if (token === undefined) throw new TokenRefused('The principal was not verified here.')
  const verified = await check(desk, token)
  desk.tokens.set(verified.principal, token)
  return verified.principal
}

/** Everything that has to hold at each use. */
async function check(desk: Desk, token: string): Promise<Verified> {
  const { maxTokenLength, clock } = desk.settings
  if (typeof token !== 'string' || token === '') throw new TokenRefused('There is no token.')
  if (token.length > maxTokenLength) throw new TokenRefused('The token is too long (maxTokenLength).')
  const digest = hash('sha256', token, 'base64')
  const keys = await desk.keySet.current()
  let verified = desk.verified.get(digest)
  if (verified === undefined || verified.keys !== keys) {
    verified = await establish(desk, token, digest, keys)
    // What the issuer said about an opaque token is remembered by the introspection, for a shorter time.
    if (looksLikeJwt(token)) desk.verified.set(digest, verified)
  }
  if (clock.now() >= verified.expiresAt) throw new TokenRefused('The token has expired. Sign in again.')
  await checkRevocation(desk.settings, verified.revocable)
  return verified
}

async function establish(desk: Desk, token: string, digest: string, keys: Keys): Promise<Verified> {
  const { settings } = desk
  const vouched = looksLikeJwt(token)
    ? await verifyJwt(token, settings, desk.keySet)
    : { ...(await askAbout(desk, token, digest, keys as Provider)), keys }
  const { claims, expiresAt, issuedAt } = vouched
  const principal = principalOf(claims, expiresAt, settings)
  const tokenId = claim(claims, 'jti')
  const revocable = chain(principal).map(({ subject, issuer }) => ({
    issuer,
    subject,
    ...(isName(tokenId) ? { tokenId } : {}),
    ...(issuedAt === undefined ? {} : { issuedAt }),
  }))
  return { principal, claims, expiresAt, revocable, keys: vouched.keys }
}

function askAbout(
  { introspection }: Desk,
  token: string,
  digest: string,
  { configuration }: Provider,
): Promise<Vouched> {
  if (introspection === undefined) {
    throw new TokenRefused('The token is opaque, and introspection is not configured.')
  }
  return introspection.ask(token, digest, configuration)
}

/** The principal and everybody it acts for: a token is void when any of them is. */
function chain(principal: Principal): readonly Principal[] {
  return principal.onBehalfOf === undefined ? [principal] : [principal, ...chain(principal.onBehalfOf)]
}

async function checkRevocation({ revocation }: Settings, tokens: readonly RevocableToken[]): Promise<void> {
  if (revocation === undefined) return
  for (const token of tokens) {
    let answer: unknown
    try {
      answer = await revocation.isRevoked(token)
    } catch {
      throw new CouldNotVerify('The revocation list cannot be read.')
    }
    // Only a plain no is a no.
    if (answer !== false) throw new TokenRefused('The token has been revoked.')
  }
}

/** An ECDSA signature has a second spelling, so a signed token is known by its id, not by its bytes. */
function checkFirstUse({ claims, expiresAt }: Verified, token: string, guard: ReplayGuard): void {
  const id = claim(claims, 'jti') ?? (looksLikeJwt(token) ? undefined : hash('sha256', token, 'base64'))
  if (!isName(id))
    throw new TokenRefused('The token has no id (jti), so nobody can tell whether it is used once.')
  const use = guard.admit(`token ${id}`, expiresAt)
  if (use === 'fresh') return
  if (use === 'seen') throw new TokenRefused('The token was used before, and it is good for one use.')
  throw new CouldNotVerify('Too many tokens are in use to tell whether this one is used again.')
}

/** For a host program that presents a token itself: every failure is a refusal, with the reason. */
function refuse(error: unknown): never {
  if (error instanceof TokenRefused || error instanceof CouldNotVerify) {
    throw refusedError({ refused: true, code: 'CARDEA_IDENTITY_REFUSED', reason: error.message })
  }
  throw error
}
