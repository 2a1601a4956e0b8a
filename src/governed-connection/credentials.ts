import { readPrincipal } from '../identity/read-principal.js'
import type { Credentials, Principal, TokenProof } from '../model/principal.js'
import { isFixed } from '../util/fixed.js'

/** Whose statements a handle runs. A token is for an identity provider that verifies tokens. */
export type Who = Principal | { readonly token: string; readonly proof?: TokenProof }

/**
 * A private copy: what the caller does to its own object later is not who asked. A principal that nobody can
 * change is kept as it is, so that the provider which vouched for it knows it again.
 */
export function credentialsOf(who: Who): Credentials {
  if ('token' in who) return Object.freeze({ kind: 'token', ...who })
  if (isFixed(who)) return Object.freeze({ kind: 'asserted', principal: who })
  return Object.freeze({ kind: 'asserted', principal: readPrincipal(who) ?? structuredClone(who) })
}
