import { ConfigurationError } from '../errors.js'
import type { IdentityProvider } from './identity-provider.js'

export interface IdentityByIssuerOptions {
  /** The one provider that answers for each issuer, under the exact `iss` of its tokens. */
  readonly issuers: Readonly<Record<string, IdentityProvider>>
  /** Answers for tokens that are no JWT and so name no issuer. Default: they are refused. */
  readonly opaque?: IdentityProvider
}

/** Longer than any token that a provider takes. */
const LONGEST_TOKEN = 65_536

/**
 * Several issuers behind one port: people from the corporate issuer, agents with tokens of their own.
 * A token goes to exactly one provider, by the issuer it names, and that provider's answer is final: the
 * outage or refusal of one never becomes the acceptance of another. The name is read before anything is
 * verified, so it chooses who verifies and nothing else.
 *
 * A provider may vouch for its own issuer only: a principal of another one is refused.
 *
 * @throws ConfigurationError without an issuer.
 * @example
 * const identity = identityByIssuer({
 *   issuers: { 'https://login.corp.example': people, 'https://cardea.corp.example': agents },
 * })
 */
export function identityByIssuer(options: IdentityByIssuerOptions): IdentityProvider {
  const issuers = new Map(Object.entries(options.issuers))
  const { opaque } = options
  if (issuers.size === 0 || issuers.has('')) {
    throw new ConfigurationError('identityByIssuer needs at least one issuer, each with its name.')
  }
  return Object.freeze({
    name: [...issuers.values()].map(({ name }) => name).join(', '),
    verify: async credentials => {
      if (credentials.kind !== 'token') return null
      const named = issuerOf(credentials.token)
      if (named === null) return (await opaque?.verify(credentials)) ?? null
      const principal = (await issuers.get(named)?.verify(credentials)) ?? null
      return principal?.issuer === named ? principal : null
    },
  } satisfies IdentityProvider)
}

/** `null`: no JWT. An empty name, which nobody has, for a JWT that names nobody. */
function issuerOf(token: unknown): string | null {
  if (typeof token !== 'string' || token.length > LONGEST_TOKEN) return ''
  const parts = token.split('.')
  if (parts.length === 1) return null
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'))
    const issuer = typeof claims === 'object' && claims !== null && 'iss' in claims ? claims.iss : ''
    return typeof issuer === 'string' ? issuer : ''
  } catch {
    return ''
  }
}
