/** Who callers are: the providers of the configuration behind one port, and whether each can tell. */
import type { Knex } from 'knex'
import { CardeaError, IdentityRefusedError } from '../../errors.js'
import { agentTokens } from '../../identity/agent-tokens/agent-tokens.js'
import { identityByIssuer } from '../../identity/by-issuer.js'
import { oidc } from '../../identity/oidc/oidc.js'
import type { RevocationList } from '../../identity/revocation-list.js'
import { knexAgentTokenStore } from '../../identity/stores/agent-tokens.js'
import { knexRevocations } from '../../identity/stores/revocations.js'
import type { TokenIdentity } from '../../identity/token-identity.js'
import type { Credentials, Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import type { GatewayConfig, OidcConfig } from '../config/gateway-config.js'
import type { Check } from '../operation/readiness.js'
import { type CertificateDesk, certificateDesk } from './certificates.js'
import { TRIAL_ISSUER, trialIdentity } from './trial-identity.js'

export interface Doorkeeper {
  readonly provider: TokenIdentity
  /** For MCP clients, which ask whom to get a token from. */
  readonly issuers: readonly string[]
  /** Agents that the configuration names. */
  readonly agents: readonly string[]
  readonly checks: readonly Check[]
  readonly certificates: CertificateDesk
  /**
   * @returns null for credentials that prove nothing.
   * @throws CardeaError CARDEA_IDENTITY_REFUSED when no provider can tell.
   */
  identify(credentials: Credentials): Promise<Principal | null>
}

/** @param store of Cardea's own tables; without it nothing is revoked here, and there are no agent tokens. */
export function doorkeeper(
  { identity: config, postgres }: Pick<GatewayConfig, 'identity' | 'postgres'>,
  store: Knex | undefined,
  clock: Clock,
): Doorkeeper {
  const revocations = store === undefined ? undefined : knexRevocations({ knex: store, clock })
  const providers = config.oidc.map(given => [given, oidcOf(given, revocations, clock)] as const)
  const certificates = certificateDesk(postgres?.certificates ?? [], revocations)
  const issuers: Record<string, TokenIdentity> = {
    ...certificates.providers,
    ...Object.fromEntries(providers.map(([{ issuer }, provider]) => [issuer, provider])),
  }
  const { agentTokens: agents } = config
  if (agents !== undefined && store !== undefined && revocations !== undefined) {
    issuers[agents.issuer] = agentTokens({ ...agents, store: knexAgentTokenStore(store), revocations, clock })
  }
  const trial = config.trial === undefined ? undefined : trialIdentity(config.trial)
  if (trial !== undefined) issuers[TRIAL_ISSUER] = trial
  const opaque = trial ?? providers.find(([given]) => given.introspection !== undefined)?.[1]
  const provider = identityByIssuer({ issuers, ...(opaque === undefined ? {} : { opaque }) })
  return Object.freeze({
    provider,
    certificates,
    issuers: config.oidc.map(({ issuer }) => issuer),
    agents: config.oidc.flatMap(one => one.agents ?? []),
    checks: providers.map(([{ issuer }, one]) => ({
      name: `identity ${issuer}`,
      probe: () => one.verify({ kind: 'token', token: PROBE }),
    })),
    identify: credentials => identify(provider, credentials),
  } satisfies Doorkeeper)
}

/** No token of anybody: that it is refused shows that the issuer's keys are known. */
const PROBE = [{ alg: 'RS256', typ: 'at+jwt' }, {}, 'none']
  .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .join('.')

function oidcOf(given: OidcConfig, revocation: RevocationList | undefined, clock: Clock): TokenIdentity {
  const { audience, groupsClaim, tokenType, roles, agents, binding, ca, clockSkew, maxLifetime } = given
  const { introspection } = given
  return oidc({
    issuer: given.issuer,
    audience,
    clock,
    ...(groupsClaim === undefined ? {} : { groupsClaim }),
    ...(tokenType === undefined ? {} : { tokenType }),
    ...(roles === undefined ? {} : { roles }),
    ...(agents === undefined ? {} : { agents }),
    ...(binding === undefined ? {} : { binding }),
    ...(ca === undefined ? {} : { ca }),
    ...(clockSkew === undefined ? {} : { clockSkewMs: clockSkew }),
    ...(maxLifetime === undefined ? {} : { maxLifetimeMs: maxLifetime }),
    ...(revocation === undefined ? {} : { revocation }),
    ...(introspection === undefined
      ? {}
      : {
          introspection: {
            clientId: introspection.clientId,
            clientSecret: introspection.clientSecret.reveal(),
          },
        }),
  })
}

async function identify(provider: TokenIdentity, credentials: Credentials): Promise<Principal | null> {
  try {
    return await provider.verify(credentials)
  } catch (error) {
    if (error instanceof IdentityRefusedError) return null
    throw new CardeaError(
      'CARDEA_IDENTITY_REFUSED',
      'The identity provider could not verify the caller. Try again later.',
    )
  }
}
