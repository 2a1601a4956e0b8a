import type { IdentityProvider } from './identity-provider.js'

/**
 * Believes the principal that the host program states. For in-process use, where the program that
 * calls `as()` has authenticated its user already; tokens prove nothing here.
 */
export function assertedIdentity(): IdentityProvider {
  return Object.freeze({
    name: 'asserted',
    verify: credentials => (credentials.kind === 'asserted' ? credentials.principal : null),
  } satisfies IdentityProvider)
}
