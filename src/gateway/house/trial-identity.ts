import { createHash, timingSafeEqual } from 'node:crypto'
import { refusedError } from '../../errors.js'
import type { TokenIdentity } from '../../identity/token-identity.js'
import type { Credentials, Principal } from '../../model/principal.js'
import type { IdentityConfig } from '../config/gateway-config.js'

/** Whom records name as the issuer of the one caller of a trial. */
export const TRIAL_ISSUER = 'cardea-trial'

/** One token, made at the start and printed once, that stands for one caller. */
export function trialIdentity({
  subject,
  roles,
  token,
}: NonNullable<IdentityConfig['trial']>): TokenIdentity {
  const principal: Principal = Object.freeze({
    subject,
    issuer: TRIAL_ISSUER,
    kind: 'service',
    roles: Object.freeze([...roles]),
  })
  const wanted = digest(token.reveal())
  const holds = (presented: string): boolean => timingSafeEqual(digest(presented), wanted)

  function verify(presented: string): Promise<Principal>
  function verify(presented: Credentials): Promise<Principal | null>
  async function verify(presented: string | Credentials): Promise<Principal | null> {
    if (typeof presented === 'string') {
      if (holds(presented)) return principal
      throw refusedError({
        refused: true,
        code: 'CARDEA_IDENTITY_REFUSED',
        reason: 'The token is not the one that this trial has printed.',
      })
    }
    if (presented.kind === 'token') return holds(presented.token) ? principal : null
    return presented.principal === principal ? principal : null
  }
  return Object.freeze({ name: 'trial', verify })
}

/** Equal lengths for the comparison, whatever was presented. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
