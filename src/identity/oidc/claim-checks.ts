import { type Claims, claim } from './claim-values.js'
import { TokenRefused } from './verdict.js'

export interface ClaimRules {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly clockSkewMs: number
  readonly maxLifetimeMs: number
}

export interface Times {
  /** Milliseconds since the Unix epoch, the skew included. */
  readonly expiresAt: number
  /** Milliseconds since the Unix epoch. */
  readonly issuedAt?: number
}

/** RFC 7519 section 4.1.1, RFC 8414: the issuer is compared as text, never as a URL. */
export function checkIssuer(claims: Claims, { issuer }: ClaimRules): void {
  if (claim(claims, 'iss') !== issuer) {
    throw new TokenRefused('The token is of another issuer than the one that is trusted here.')
  }
}

/** RFC 7519 section 4.1.3: one text or a list of them. */
export function checkAudience(claims: Claims, { audiences }: ClaimRules): void {
  const aud = claim(claims, 'aud')
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!audiences.some(audience => named.includes(audience))) {
    throw new TokenRefused('The token is meant for another audience. Ask for one for this database gateway.')
  }
}

/**
 * RFC 7519 section 4.1.4 to 4.1.6. Times are plain finite numbers; a token without an end, or with one
 * that is too far away, is not short-lived.
 */
export function checkTimes(claims: Claims, now: number, rules: ClaimRules): Times {
  const { clockSkewMs: skew, maxLifetimeMs } = rules
  const [exp, nbf, iat] = ['exp', 'nbf', 'iat'].map(name => time(claims, name))
  if (exp === undefined) throw new TokenRefused('The token has no expiry time (exp).')
  if (now >= exp + skew) throw new TokenRefused('The token has expired. Sign in again.')
  if (nbf !== undefined && nbf > now + skew) throw new TokenRefused('The token is not valid yet (nbf).')
  if (iat !== undefined && iat > now + skew) {
    throw new TokenRefused('The token was issued in the future (iat). Compare the clocks.')
  }
  if (exp - (iat ?? now) > maxLifetimeMs + (iat === undefined ? skew : 0)) {
    throw new TokenRefused('The token lives longer than is allowed here (maxLifetimeMs).')
  }
  return { expiresAt: exp + skew, ...(iat === undefined ? {} : { issuedAt: iat }) }
}

/** Seconds since the Unix epoch, as milliseconds. */
function time(claims: Claims, name: string): number | undefined {
  const value = claim(claims, name)
  if (value === undefined) return undefined
  // 1e400 is Infinity by the time it is read. Nothing before 1970 or after the year 9999 is meant.
  if (typeof value !== 'number' || !(value >= 0 && value < 253_402_300_800)) {
    throw new TokenRefused(`The token’s ${name} is not a time.`)
  }
  return value * 1000
}
