/** What the tests of OIDC identity share. */
import { inspect } from 'node:util'
import { expect } from '@jest/globals'
import { IdentityRefusedError } from '../../../src/errors.js'
import { type OidcIdentity, oidc } from '../../../src/identity/oidc/oidc.js'
import type { OidcOptions } from '../../../src/identity/oidc/settings.js'
import type { Clock } from '../../../src/util/clock.js'
import type { Claims, Issuer } from '../../support/issuer.js'

export interface TestClock extends Clock {
  /** Both clocks go on by so many milliseconds. */
  advance(milliseconds: number): void
}

/** The real time, which a test can set forward. */
export function testClock(): TestClock {
  let ahead = 0
  return {
    now: () => Date.now() + ahead,
    monotonic: () => performance.now() + ahead,
    advance(milliseconds) {
      ahead += milliseconds
    },
  }
}

/** An identity that trusts the test issuer. */
export function trusting(issuer: Issuer, options: Partial<OidcOptions> = {}): OidcIdentity {
  return oidc({ issuer: issuer.url, audience: issuer.audience, ca: issuer.ca, ...options })
}

/** Claims of a good access token, as RFC 9068 wants them. */
export function goodClaims(issuer: Issuer, changed: Claims = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  const claims: Record<string, unknown> = {
    iss: issuer.url,
    aud: issuer.audience,
    sub: 'alice',
    client_id: 'portal',
    scope: 'db',
    iat: now,
    exp: now + 300,
    jti: `jti-${now}-${Math.random()}`,
    ...changed,
  }
  // JSON has no `undefined`: a claim that is set to it is left out.
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}

/** Why a token is refused. Checks on the way that the error keeps what it should. */
export async function refusal(identity: OidcIdentity, token: string, ...secrets: string[]): Promise<string> {
  const error: unknown = await identity.verify(token).then(
    principal => expect(principal).toBe('refused'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(IdentityRefusedError)
  const { reason, code } = error as IdentityRefusedError
  expect(code).toBe('CARDEA_IDENTITY_REFUSED')
  for (const secret of [token, ...token.split('.'), ...secrets].filter(part => part.length > 12)) {
    expect(everything(error)).not.toContain(secret)
  }
  return reason
}

/** An error as the most talkative logger would show it. */
export function everything(error: unknown): string {
  const { message, stack, cause } = error as Error
  return [
    inspect(error, { depth: null, showHidden: true }),
    JSON.stringify(error),
    message,
    stack,
    inspect(cause, { depth: null }),
  ].join('\n')
}

/** A JWT put together by hand. The signature is given, or none. */
export function compact(header: unknown, payload: unknown, signature = ''): string {
  const part = (value: unknown) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(payload)}.${signature}`
}
