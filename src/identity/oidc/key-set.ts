import type { JSONWebKeySet, JWK, JWTVerifyGetKey } from 'jose'
import type { Clock } from '../../util/clock.js'
import { isClaims } from './claim-values.js'
import { type Moment, moment, since } from './moment.js'
import { CouldNotVerify } from './verdict.js'

/** The issuer's keys as of one moment. */
export interface Keys {
  readonly select: JWTVerifyGetKey
}

export interface KeySet {
  /** Keys that are at most ten minutes old. @throws CouldNotVerify when there are none to be had. */
  current(): Promise<Keys>
  /**
   * Keys to look again for one that `seen` does not have: new ones if the issuer has not been asked
   * lately, else `seen` itself.
   */
  newerThan(seen: Keys): Promise<Keys>
}

/** DESIGN: cached ten minutes, then deny. */
const MAX_AGE_MS = 600_000
/** From this age on a use has new keys fetched without waiting for them, so a short outage is never felt. */
const REFRESH_AGE_MS = 300_000
/** Whoever invents key ids makes the issuer be asked at most this often. */
const COOL_DOWN_MS = 30_000
/** After a failure, callers are told at once for so long; then one of them asks again. */
const RETRY_AFTER_MS = 1000
/** Providers publish a handful. */
const MOST_KEYS = 100

/** @param load fetches discovery document and keys. */
export function keySet(load: () => Promise<Keys>, clock: Clock): KeySet {
  let held: { readonly keys: Keys; readonly at: Moment } | undefined
  let pending: Promise<Keys> | undefined
  let askedAt: Moment | undefined
  let failure: { readonly error: unknown; readonly at: Moment } | undefined

  /** One exchange at a time, whoever asks. */
  function refresh(): Promise<Keys> {
    pending ??= fetchKeys().finally(() => {
      pending = undefined
    })
    return pending
  }

  async function fetchKeys(): Promise<Keys> {
    // As of the beginning, so that a slow answer does not make old keys young.
    const at = moment(clock)
    askedAt = at
    try {
      const keys = await load()
      held = { keys, at }
      failure = undefined
      return keys
    } catch (error) {
      failure = { error, at: moment(clock) }
      throw error
    }
  }

  function failedJustNow(): boolean {
    return failure !== undefined && since(failure.at, clock) < RETRY_AFTER_MS
  }

  return {
    async current() {
      const age = held === undefined ? Number.POSITIVE_INFINITY : since(held.at, clock)
      if (held !== undefined && age < MAX_AGE_MS) {
        if (age >= REFRESH_AGE_MS && !failedJustNow()) refresh().catch(() => {})
        return held.keys
      }
      if (pending === undefined && failedJustNow()) throw failure?.error
      return refresh()
    },
    async newerThan(seen) {
      if (pending !== undefined) return pending
      if (held !== undefined && held.keys !== seen) return held.keys
      const cooling = askedAt !== undefined && since(askedAt, clock) < COOL_DOWN_MS
      return cooling ? seen : refresh()
    },
  }
}

/**
 * Makes keys of a JWKS (RFC 7517 section 5). A key that is published with its private part, and a
 * symmetric one, is nobody's secret any more: such keys are left out.
 */
export async function readKeys(jwks: unknown): Promise<Keys> {
  if (!isClaims(jwks) || !Array.isArray(jwks['keys'])) {
    throw new CouldNotVerify('The issuer’s keys are not a JSON Web Key Set.')
  }
  const published: unknown[] = jwks['keys']
  if (published.length > MOST_KEYS) {
    throw new CouldNotVerify(`The issuer publishes more than ${MOST_KEYS} keys.`)
  }
  const keys = published.filter(isPublicKey)
  const { createLocalJWKSet } = await import('jose')
  return { select: createLocalJWKSet({ keys } satisfies JSONWebKeySet) }
}

function isPublicKey(key: unknown): key is JWK & { kty: string } {
  if (!isClaims(key) || typeof key['kty'] !== 'string' || key['kty'] === 'oct') return false
  return !['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'].some(secret => Object.hasOwn(key, secret))
}
