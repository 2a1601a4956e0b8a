import type { Credentials, Principal, TokenProof } from '../model/principal.js'
import type { IdentityProvider } from './identity-provider.js'

/** An identity provider that a host program can also ask itself, before it takes a handle. */
export interface TokenIdentity extends IdentityProvider {
  /**
   * The principal of a token, deeply frozen. Give that very object to `governed.as`; a copy of it is just a
   * claim, and refused.
   *
   * @param proof for tokens that are bound to a key or certificate.
   * @throws IdentityRefusedError; never with the token or a value from it.
   */
  verify(token: string, proof?: TokenProof): Promise<Principal>
  /** Port: `null` for credentials that prove nothing; rejects when nobody can tell. */
  verify(credentials: Credentials): Promise<Principal | null>
}
