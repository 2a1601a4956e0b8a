import type { Principal } from '../model/principal.js'
import type { Identified } from '../model/progress.js'
import type { Refusal } from '../model/refusal.js'
import type { Submission } from '../model/submission.js'
import type { Clock } from '../util/clock.js'
import { attempt, type MaybePromise, whenReady } from '../util/maybe-promise.js'
import type { IdentityProvider } from './identity-provider.js'
import { readPrincipal } from './read-principal.js'

/**
 * Stage 1: credentials to principal. An unknown, ill-formed or expired caller is refused, and so is
 * everyone while the provider cannot work (PCI DSS 8.2.1, 8.3.1).
 */
export function identify(
  submission: Submission,
  provider: IdentityProvider,
  clock: Clock,
): MaybePromise<Identified | Refusal> {
  return attempt(
    () =>
      whenReady(provider.verify(submission.credentials), verified => identified(submission, verified, clock)),
    () => refusal(`The identity provider ${provider.name} could not verify the caller. Try again later.`),
  )
}

function identified(submission: Submission, verified: Principal | null, clock: Clock): Identified | Refusal {
  if (verified === null) return refusal('The credentials do not identify a caller. Sign in again.')
  const principal = readPrincipal(verified)
  if (principal === null) {
    return refusal(
      'The principal is not well-formed: it and everyone it acts for need a subject and an issuer.',
    )
  }
  if (isExpired(principal, clock.now())) {
    return refusal('The caller’s sign-in has expired. Sign in again and use a new handle.', principal)
  }
  return { submission, principal } as Identified
}

function isExpired(principal: Principal, now: number): boolean {
  if (principal.expiresAt !== undefined && !(now < principal.expiresAt)) return true
  return principal.onBehalfOf !== undefined && isExpired(principal.onBehalfOf, now)
}

function refusal(reason: string, principal?: Principal): Refusal {
  return {
    refused: true,
    code: 'CARDEA_IDENTITY_REFUSED',
    reason,
    ...(principal === undefined ? {} : { evidence: { principal } }),
  }
}
