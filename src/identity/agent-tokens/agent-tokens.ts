import { ConfigurationError, refusedError } from '../../errors.js'
import type { Credentials, Principal } from '../../model/principal.js'
import { canonicalJson } from '../../util/canonical-json.js'
import { type Clock, systemClock } from '../../util/clock.js'
import type { RevocationList } from '../revocation-list.js'
import { type Snapshot, snapshot } from '../snapshot.js'
import type { TokenIdentity } from '../token-identity.js'
import type { AgentTokenEntry, AgentTokenStore } from './agent-token-store.js'
import { checkNames, claimsOf, DEFAULT_AUDIENCE, flawOf } from './claims.js'
import { type KeyMaterial, keyId, publicKey } from './keys.js'
import { type SignedClaims, signedClaims } from './signed-claims.js'

export interface AgentTokensOptions {
  /** The `iss` of the tokens. */
  readonly issuer: string
  /** Default `'cardea'`. */
  readonly audience?: string
  /** Ed25519 public keys, the present one and those whose tokens have not all expired. */
  readonly publicKeys: readonly KeyMaterial[]
  /** The register. A token that is not in it is refused. */
  readonly store: AgentTokenStore
  /** Asked about the token, its agent and its sponsor. */
  readonly revocations: RevocationList
  readonly clock?: Clock
}

/** How old the picture of the register may be, and how old while the register cannot be read. */
const REFRESH_MS = 2_000
const MAX_AGE_MS = 15_000
const TIMEOUT_MS = 5_000

type Register = ReadonlyMap<string, AgentTokenEntry>

/**
 * Verifies tokens that `mintAgentToken` made: principals of kind `agent` that act for a person. The
 * signature alone proves nothing: the token must also be in the register, say exactly what is registered,
 * and be revoked neither itself nor through its agent or sponsor (PCI DSS 8.2.5).
 *
 * The register is read at most every 2 seconds. While it cannot be read, what was known counts for 15
 * seconds; then `verify` rejects, which refuses everyone.
 *
 * @throws ConfigurationError for options it cannot honour.
 * @example
 * const agents = agentTokens({ issuer: 'https://cardea.corp.example', publicKeys: [pem], store, revocations })
 */
export function agentTokens(options: AgentTokensOptions): TokenIdentity {
  const { issuer, store, revocations } = options
  const audience = options.audience ?? DEFAULT_AUDIENCE
  checkNames('agentTokens', issuer, audience)
  const clock = options.clock ?? systemClock
  const keys = new Map(options.publicKeys.map(publicKey).map(key => [keyId(key), key]))
  if (keys.size === 0) throw new ConfigurationError('agentTokens needs a public key to verify with.')
  const signed = signedClaims({ keys, issuer, audience, clock })
  const register = snapshot<Register>({
    load: async () => {
      const entries = await store.list({ issuer, expiresAfter: clock.now() })
      return new Map(entries.map(entry => [entry.id, entry]))
    },
    clock,
    refreshMs: REFRESH_MS,
    maxAgeMs: MAX_AGE_MS,
    timeoutMs: TIMEOUT_MS,
  })
  /** Which token each principal that was handed out came from: it is as good as its token is now. */
  const tokens = new WeakMap<Principal, string>()
  const admit = async (token: string | undefined): Promise<Principal | null> => {
    const claims = token === undefined ? null : await signed(token)
    if (token === undefined || claims === null) return null
    const entry = await registered(claims.jti, register)
    if (entry === undefined || !holds(entry, claims, audience)) return null
    if (await isRevoked(entry, revocations)) return null
    const principal = principalOf(entry)
    tokens.set(principal, token)
    return principal
  }

  function verify(token: string): Promise<Principal>
  function verify(credentials: Credentials): Promise<Principal | null>
  async function verify(presented: string | Credentials): Promise<Principal | null> {
    if (typeof presented === 'string') return (await admit(presented).catch(unreadable)) ?? refuse(REFUSED)
    return admit(presented.kind === 'token' ? presented.token : tokens.get(presented.principal))
  }
  return Object.freeze({ name: 'agent tokens', verify })
}

const REFUSED =
  'The agent token is not valid, has expired or has been revoked. Ask an operator for a new one.'

function unreadable(): never {
  return refuse('The register of agent tokens or the revocation list cannot be read. Try again later.')
}

function refuse(reason: string): never {
  throw refusedError({ refused: true, code: 'CARDEA_IDENTITY_REFUSED', reason })
}

/** An id that is not known may be newer than the picture: then the register itself is asked, once. */
async function registered(id: string, register: Snapshot<Register>): Promise<AgentTokenEntry | undefined> {
  return (await register.current()).get(id) ?? (await register.renew()).get(id)
}

/** What was signed and what was registered are one and the same, and something that may be. */
function holds(entry: AgentTokenEntry, claims: SignedClaims, audience: string): boolean {
  if (entry.revocation !== null || flawOf(entry) !== null) return false
  return canonicalJson(claims) === canonicalJson(claimsOf(entry, audience))
}

async function isRevoked(entry: AgentTokenEntry, revocations: RevocationList): Promise<boolean> {
  const { id: tokenId, issuer, agent, sponsor, issuedAt } = entry
  const own = await revocations.isRevoked({ issuer, subject: agent, tokenId, issuedAt })
  const theirs = await revocations.isRevoked({ issuer: sponsor.issuer, subject: sponsor.subject, issuedAt })
  // Only a plain no is a no, whatever a list written in JavaScript answers.
  return own !== false || theirs !== false
}

function principalOf({ id, agent, issuer, roles, expiresAt, sponsor }: AgentTokenEntry): Principal {
  return Object.freeze({
    subject: agent,
    issuer,
    kind: 'agent',
    roles: Object.freeze([...roles]),
    tokenId: id,
    expiresAt,
    onBehalfOf: Object.freeze({ ...sponsor, kind: 'human' }),
  })
}
