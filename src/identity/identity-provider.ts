import type { Credentials, Principal } from '../model/principal.js'

/**
 * Port: turns what a caller presented into a principal. Anything but a principal is a refusal.
 * Throwing means that the provider could not work, which refuses too.
 */
export interface IdentityProvider {
  readonly name: string
  /** `null`: these credentials prove nothing. */
  verify(credentials: Credentials): Promise<Principal | null> | Principal | null
}
