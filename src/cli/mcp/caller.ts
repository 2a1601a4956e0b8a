import { readFile } from 'node:fs/promises'
import type { Knex } from 'knex'
import { ConfigurationError } from '../../errors.js'
import type { Who } from '../../governed-connection/credentials.js'
import { agentTokens } from '../../identity/agent-tokens/agent-tokens.js'
import { identityByIssuer } from '../../identity/by-issuer.js'
import type { IdentityProvider } from '../../identity/identity-provider.js'
import { knexAgentTokenStore } from '../../identity/stores/agent-tokens.js'
import { knexRevocations } from '../../identity/stores/revocations.js'
import type { TokenIdentity } from '../../identity/token-identity.js'
import type { Clock } from '../../util/clock.js'
import { presentToken, tokenFromEnvironment } from '../credentials/present-token.js'
import { readSignIn } from '../credentials/sign-in.js'
import { judge } from '../credentials/signed-in.js'
import type { McpOptions } from './options.js'

/** For whom the server speaks, and who vouches for them. */
export interface McpCaller {
  /** Absent: the host program is believed. */
  readonly identity?: IdentityProvider
  who(): Promise<Who>
}

const LOCAL_ISSUER = 'local'

/**
 * `--as`: whom the host program says. Else whoever holds `CARDEA_TOKEN` or has signed in with `cardea login`.
 *
 * @throws ConfigurationError, Exit 2
 */
export async function callerOf(
  options: McpOptions,
  store: Knex | undefined,
  io: { readonly clock: Clock },
): Promise<McpCaller> {
  const { as: subject, role, issuer = LOCAL_ISSUER } = options
  if (subject !== undefined) {
    if (tokenFromEnvironment() !== undefined) {
      throw new ConfigurationError('Both --as and CARDEA_TOKEN say who asks. Leave one of them out.')
    }
    const principal = Object.freeze({ subject, issuer, roles: Object.freeze([...role]) })
    return { who: async () => principal }
  }
  if (role.length > 0) throw new ConfigurationError('--role is for --as: a token brings its own roles.')
  const identity = await providerOf(options, store, io.clock)
  // At once, so that a host hears of a missing sign-in when it starts the server.
  await presentToken(io)
  return { identity, who: async () => ({ token: await presentToken(io) }) }
}

async function providerOf(
  options: McpOptions,
  store: Knex | undefined,
  clock: Clock,
): Promise<TokenIdentity> {
  const { agentIssuer, agentKey } = options
  if (agentIssuer === undefined && agentKey === undefined) return judge(await readSignIn(), options)
  if (agentIssuer === undefined || agentKey === undefined || store === undefined) {
    throw new ConfigurationError('Tokens of agents need --agent-issuer, --agent-key and --store.')
  }
  const pem = await readFile(agentKey, 'utf8').catch(() => {
    throw new ConfigurationError('The public key of --agent-key cannot be read.')
  })
  const agents = agentTokens({
    issuer: agentIssuer,
    publicKeys: [pem],
    store: knexAgentTokenStore(store),
    revocations: knexRevocations({ knex: store, clock }),
    clock,
  })
  return identityByIssuer({ issuers: { [agentIssuer]: agents } })
}
