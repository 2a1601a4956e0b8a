import type { Principal } from '../model/principal.js'
import { isFixed } from '../util/fixed.js'
import type { IdentityProvider } from './identity-provider.js'
import { readPrincipal } from './read-principal.js'

/** The same provider, whose answers are read once as long as they are the same object, which nobody can change. */
export function readOnce(provider: IdentityProvider): IdentityProvider {
  const known = new WeakMap<Principal, Principal>()
  const once = (verified: Principal | null): Principal | null => {
    if (typeof verified !== 'object' || verified === null) return verified
    const before = known.get(verified)
    if (before !== undefined) return before
    const read = isFixed(verified) ? readPrincipal(verified) : null
    if (read !== null) known.set(verified, read)
    return read ?? verified
  }
  return Object.freeze({
    name: provider.name,
    verify: credentials => {
      const verified = provider.verify(credentials)
      return verified instanceof Promise ? verified.then(once) : once(verified)
    },
  } satisfies IdentityProvider)
}
