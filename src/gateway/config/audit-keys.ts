/** The root key that signs the gateway's trails. */
import { pemRootSigner } from '../../audit/keys/root-signer.js'
import { ConfigurationError } from '../../errors.js'
import type { Surroundings } from './files.js'
import type { GatewayConfig } from './gateway-config.js'
import { Trouble } from './problems.js'
import type { ConfigBody } from './schema.js'

export async function auditKeysOf(
  { audit: { keys } }: ConfigBody,
  around: Surroundings,
): Promise<GatewayConfig['audit']['keys']> {
  if (keys === undefined) return undefined
  const at = ['audit', 'keys', 'root']
  const root = await around.secret(keys.root, at)
  try {
    pemRootSigner(root.reveal())
  } catch (error) {
    if (error instanceof ConfigurationError) throw new Trouble(at, error.message)
    throw error
  }
  return { root }
}
