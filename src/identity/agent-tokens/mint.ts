import { ConfigurationError } from '../../errors.js'
import type { Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import type { Ids } from '../../util/ids.js'
import type { RevocationList } from '../revocation-list.js'
import type { AgentTokenEntry, AgentTokenStore, Sponsor } from './agent-token-store.js'
import {
  ALGORITHM,
  checkNames,
  claimsOf,
  DEFAULT_AUDIENCE,
  DEFAULT_LIFETIME_MS,
  flawOf,
  LONGEST_TOKEN,
  TOKEN_TYPE,
} from './claims.js'
import { type KeyMaterial, keyId, privateKey } from './keys.js'

/** What a token is to say. */
export interface AgentTokenRequest {
  /** The id of the agent; becomes the principal's subject. */
  readonly agent: string
  /** The person who answers for the agent. Never an agent or a service, and never the agent itself. */
  readonly sponsor: Sponsor & Pick<Principal, 'kind'>
  readonly roles?: readonly string[]
  /** Milliseconds; default one hour, at most 24 hours. */
  readonly lifetimeMs?: number
  /** The signed-in person who mints. */
  readonly mintedBy: Principal
}

export interface AgentTokenMint {
  /** The `iss` of the tokens: a name that no OIDC issuer has, such as `'https://cardea.corp.example'`. */
  readonly issuer: string
  /** Default `'cardea'`. */
  readonly audience?: string
  /** Ed25519. */
  readonly signingKey: KeyMaterial
  readonly store: AgentTokenStore
  readonly revocations: RevocationList
  readonly clock: Clock
  readonly ids: Ids
}

export interface MintedAgentToken {
  /** Exists nowhere else: hand it to the agent and forget it. */
  readonly token: string
  readonly entry: AgentTokenEntry
}

/**
 * Makes a token for an agent, signed, bound to the person who answers for it (PCI DSS 8.2.1), and in the
 * register before anybody can hold it (8.2.4).
 *
 * @throws ConfigurationError for a request that Cardea does not sign; whatever the register or the
 *   revocation list throws when it cannot be used. Nothing was handed out then.
 * @example
 * const { token, entry } = await mintAgentToken(
 *   { agent: 'reporting', sponsor: { subject: 'alice', issuer: 'https://login.corp.example' }, mintedBy: operator },
 *   { issuer: 'https://cardea.corp.example', signingKey, store, revocations, clock, ids },
 * )
 */
export async function mintAgentToken(
  request: AgentTokenRequest,
  mint: AgentTokenMint,
): Promise<MintedAgentToken> {
  const audience = mint.audience ?? DEFAULT_AUDIENCE
  checkNames('mintAgentToken', mint.issuer, audience)
  const key = privateKey(mint.signingKey)
  const entry = entryFor(request, mint)
  await refuseRevoked(entry, mint.revocations)
  const { SignJWT } = await import('jose')
  const token = await new SignJWT(claimsOf(entry, audience))
    .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_TYPE, kid: keyId(key) })
    .sign(key)
  if (token.length > LONGEST_TOKEN)
    throw new ConfigurationError('The token would be too long: give it fewer roles.')
  await mint.store.insert(entry)
  return Object.freeze({ token, entry })
}

function entryFor(request: AgentTokenRequest, mint: AgentTokenMint): AgentTokenEntry {
  const { agent, sponsor, mintedBy } = request
  if ((sponsor.kind ?? 'human') !== 'human') {
    throw new ConfigurationError('The sponsor of an agent must be a person, not an agent or a service.')
  }
  if ((mintedBy.kind ?? 'human') !== 'human' || mintedBy.onBehalfOf !== undefined) {
    throw new ConfigurationError('Agent tokens are minted by a person who is signed in, in their own name.')
  }
  const lifetime = request.lifetimeMs ?? DEFAULT_LIFETIME_MS
  const issuedAt = Math.floor(mint.clock.now() / 1000) * 1000
  const entry: AgentTokenEntry = Object.freeze({
    id: mint.ids.next(),
    issuer: mint.issuer,
    agent,
    sponsor: Object.freeze({
      subject: sponsor.subject,
      issuer: sponsor.issuer,
      ...(sponsor.email === undefined ? {} : { email: sponsor.email }),
    }),
    roles: Object.freeze([...(request.roles ?? [])]),
    issuedAt,
    expiresAt: issuedAt + lifetime,
    mintedBy: Object.freeze({ subject: mintedBy.subject, issuer: mintedBy.issuer }),
    revocation: null,
  })
  const flaw = flawOf(entry)
  if (flaw !== null) throw new ConfigurationError(flaw)
  return entry
}

/** A token that nobody could use is not worth handing out, and its request worth a question. */
async function refuseRevoked({ agent, issuer, sponsor, issuedAt }: AgentTokenEntry, list: RevocationList) {
  if ((await list.isRevoked({ issuer: sponsor.issuer, subject: sponsor.subject, issuedAt })) !== false) {
    throw new ConfigurationError('The access of the sponsor has been revoked: nobody can act for them.')
  }
  if ((await list.isRevoked({ issuer, subject: agent, issuedAt })) !== false) {
    throw new ConfigurationError('The access of the agent has been revoked.')
  }
}
