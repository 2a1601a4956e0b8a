import { createHash, type KeyObject } from 'node:crypto'
import type { Clock } from '../../util/clock.js'
import { boundedCache } from '../oidc/bounded-cache.js'
import { ALGORITHM, LONGEST_TOKEN, TOKEN_TYPE } from './claims.js'

/** A verifier whose clock is behind the mint's would refuse new tokens. Never lengthens a life. */
const CLOCK_SKEW_S = 30
const MANDATORY = ['iss', 'aud', 'sub', 'jti', 'iat', 'nbf', 'exp', 'sponsor']
const MOST_REMEMBERED = 10_000

export interface SignedClaims {
  readonly jti: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  readonly [claim: string]: unknown
}

export interface SignedClaimsOptions {
  /** By `kid`. */
  readonly keys: ReadonlyMap<string, KeyObject>
  readonly issuer: string
  readonly audience: string
  readonly clock: Clock
}

/**
 * Gives the claims of a token, or null unless one of the keys signed it, for this issuer and audience, and it
 * is its time. A good signature stays good, so each token is checked once and its time at every use.
 */
export function signedClaims(options: SignedClaimsOptions): (token: string) => Promise<SignedClaims | null> {
  const { clock } = options
  /** By digest of the token. */
  const known = boundedCache<SignedClaims>(MOST_REMEMBERED)
  return async token => {
    if (typeof token !== 'string' || token.length > LONGEST_TOKEN) return null
    const digest = createHash('sha256').update(token).digest('base64')
    const claims = known.get(digest) ?? (await checked(token, options))
    if (claims === null || !isItsTime(claims, clock.now())) return null
    known.set(digest, claims)
    return claims
  }
}

async function checked(
  token: string,
  { keys, issuer, audience, clock }: SignedClaimsOptions,
): Promise<SignedClaims | null> {
  if (!isOneSpelling(token)) return null
  const { jwtVerify } = await import('jose')
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid = '' }) => {
        const key = keys.get(kid)
        if (key === undefined) throw new Error('unknown key')
        return key
      },
      {
        issuer,
        audience,
        algorithms: [ALGORITHM],
        typ: TOKEN_TYPE,
        requiredClaims: MANDATORY,
        clockTolerance: CLOCK_SKEW_S,
        currentDate: new Date(clock.now()),
      },
    )
    const { jti, iat, nbf, exp } = payload
    if (typeof jti !== 'string' || iat === undefined || nbf === undefined || exp === undefined) return null
    return { ...payload, jti, iat, nbf, exp }
  } catch {
    return null
  }
}

function isItsTime({ iat, nbf, exp }: SignedClaims, now: number): boolean {
  const latest = now / 1000 + CLOCK_SKEW_S
  return now / 1000 < exp && iat <= latest && nbf <= latest
}

/** The last character of a signature has bits that decoders drop: one token must have one spelling. */
function isOneSpelling(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}
