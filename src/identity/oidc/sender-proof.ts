import { hash } from 'node:crypto'
import type { TokenProof } from '../../model/principal.js'
import type { ReplayGuard } from '../replay-guard.js'
import { type Claims, claim, isClaims } from './claim-values.js'
import type { Settings } from './settings.js'
import { TokenRefused } from './verdict.js'

/** A proof is made for one request, so it is young (RFC 9449 section 11.1). The skew comes on top. */
const PROOF_AGE_MS = 60_000
const LONGEST_PROOF = 8192

/**
 * A token that is bound to a key or certificate (`cnf`, RFC 7800) is worth nothing without it: whoever
 * stole the token has not got the key.
 *
 * @throws TokenRefused
 */
export async function checkBinding(
  token: string,
  claims: Claims,
  proof: TokenProof | undefined,
  settings: Settings,
  guard: ReplayGuard,
): Promise<void> {
  const cnf = claim(claims, 'cnf')
  if (cnf === undefined) {
    if (settings.binding === 'required') throw new TokenRefused('The token is not bound to a key (cnf).')
    // RFC 9449 section 7.1: a client that proves a key wants its token to be bound to it.
    if (proof?.kind === 'dpop') throw new TokenRefused('There is a DPoP proof, but the token is not bound.')
    return
  }
  if (!isClaims(cnf)) throw new TokenRefused('The binding of the token (cnf) is not understood.')
  const [member, ...others] = Object.keys(cnf)
  if (others.length > 0 || (member !== 'jkt' && member !== 'x5t#S256')) {
    throw new TokenRefused('The token is bound in a way that is not supported (cnf).')
  }
  const bound = cnf[member]
  if (member === 'x5t#S256') {
    if (proof?.kind !== 'certificate' || proof.thumbprint !== bound) {
      throw new TokenRefused('The token is bound to a certificate that the caller has not shown (RFC 8705).')
    }
    return
  }
  if (proof?.kind !== 'dpop') {
    throw new TokenRefused('The token is bound to a key, and there is no DPoP proof for it (RFC 9449).')
  }
  await checkProof(token, bound, proof, settings, guard)
}

/** RFC 9449 section 4.3, every point of it but nonces, which this server does not give. */
async function checkProof(
  token: string,
  boundTo: unknown,
  proof: TokenProof & { kind: 'dpop' },
  { algorithms, clock, clockSkewMs }: Settings,
  guard: ReplayGuard,
): Promise<void> {
  const wrong = (what: string) => new TokenRefused(`The DPoP proof does not hold: ${what}.`)
  if (typeof proof.jwt !== 'string' || proof.jwt.length > LONGEST_PROOF) throw wrong('it is too long')
  const { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } = await import('jose')
  const now = clock.now()
  let claims: Claims
  let thumbprint: string
  try {
    const options = { typ: 'dpop+jwt', algorithms: [...algorithms], currentDate: new Date(now) }
    const verified = await jwtVerify(proof.jwt, EmbeddedJWK, {
      ...options,
      clockTolerance: clockSkewMs / 1000,
    })
    const { jwk } = verified.protectedHeader
    if (jwk === undefined) throw new Error('no key')
    claims = verified.payload
    thumbprint = await calculateJwkThumbprint(jwk, 'sha256')
  } catch {
    throw wrong('its form or signature')
  }
  if (thumbprint !== boundTo) throw wrong('it is made with another key than the token is bound to')
  const [jti, htm, htu, iat, ath] = ['jti', 'htm', 'htu', 'iat', 'ath'].map(name => claim(claims, name))
  if (htm !== proof.method) throw wrong('it is for another method (htm)')
  if (!isSameTarget(htu, proof.url)) throw wrong('it is for another URL (htu)')
  if (ath !== hash('sha256', token, 'base64url')) throw wrong('it is for another token (ath)')
  if (typeof iat !== 'number' || !(Math.abs(now - iat * 1000) <= PROOF_AGE_MS + clockSkewMs)) {
    throw wrong('it was not made just now (iat)')
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > 255) throw wrong('it has no id (jti)')
  const until = iat * 1000 + PROOF_AGE_MS + clockSkewMs
  if (guard.admit(`dpop ${thumbprint} ${jti}`, until) !== 'fresh') throw wrong('it was used before')
}

/** RFC 9449 section 4.3: without query and fragment, and normalised as URLs are. */
function isSameTarget(htu: unknown, url: string): boolean {
  if (typeof htu !== 'string' || !URL.canParse(htu) || !URL.canParse(url)) return false
  const [one, other] = [new URL(htu), new URL(url)]
  return one.origin !== 'null' && one.origin === other.origin && one.pathname === other.pathname
}
