import { ConfigurationError, refusedError } from '../errors.js'
import type { Credentials, Principal, TokenProof } from '../model/principal.js'
import type { TokenIdentity } from './token-identity.js'

export interface IdentityByIssuerOptions {
  /** The one provider that answers for each issuer, under the exact `iss` of its tokens. */
  readonly issuers: Readonly<Record<string, TokenIdentity>>
  /** Answers for tokens that are no JWT and so name no issuer. Default: they are refused. */
  readonly opaque?: TokenIdentity
}

/** Longer than any token that a provider takes. */
const LONGEST_TOKEN = 65_536

/**
 * Several issuers behind one port: people from the corporate issuer, agents with tokens of their own.
 * A token goes to exactly one provider, by the issuer it names, and that provider's answer is final: the
 * outage or refusal of one never becomes the acceptance of another. The name is read before anything is
 * verified, so it chooses who verifies and nothing else.
 *
 * A provider may vouch for its own issuer only: a principal of another one is refused. A principal that one of
 * them handed out goes back to it.
 *
 * @throws ConfigurationError without an issuer.
 * @example
 * const identity = identityByIssuer({
 *   issuers: { 'https://login.corp.example': people, 'https://cardea.corp.example': agents },
 * })
 */
export function identityByIssuer(options: IdentityByIssuerOptions): TokenIdentity {
  const issuers = new Map(Object.entries(options.issuers))
  const { opaque } = options
  if (issuers.size === 0 || issuers.has('')) {
    throw new ConfigurationError('identityByIssuer needs at least one issuer, each with its name.')
  }
  const judgeOf = (token: string): Judge | undefined => {
    const issuer = issuerOf(token)
    if (issuer === null) return opaque && { provider: opaque, issuer }
    const provider = issuers.get(issuer)
    return provider && { provider, issuer }
  }

  function verify(token: string, proof?: TokenProof): Promise<Principal>
  function verify(credentials: Credentials): Promise<Principal | null>
  async function verify(presented: string | Credentials, proof?: TokenProof): Promise<Principal | null> {
    if (typeof presented === 'string') {
      const judge = judgeOf(presented)
      const principal = judge && vouched(await judge.provider.verify(presented, proof), judge)
      if (principal) return principal
      throw refusedError({
        refused: true,
        code: 'CARDEA_IDENTITY_REFUSED',
        reason: 'The token names no issuer that is configured here.',
      })
    }
    if (presented.kind === 'token') {
      const judge = judgeOf(presented.token)
      return judge === undefined ? null : vouched(await judge.provider.verify(presented), judge)
    }
    const { issuer } = presented.principal
    const provider = issuers.get(issuer) ?? opaque
    return provider === undefined ? null : vouched(await provider.verify(presented), { provider, issuer })
  }
  const names = [...issuers.values(), ...(opaque === undefined ? [] : [opaque])].map(({ name }) => name)
  return Object.freeze({ name: [...new Set(names)].join(', '), verify })
}

interface Judge {
  readonly provider: TokenIdentity
  /** Null for an opaque token. */
  readonly issuer: string | null
}

function vouched(principal: Principal | null, { issuer }: Judge): Principal | null {
  return principal !== null && (issuer === null || principal.issuer === issuer) ? principal : null
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
