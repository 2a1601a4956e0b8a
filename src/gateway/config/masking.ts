/** The key of masks whose values can be compared, and whether the policies need one. */
import { ConfigurationError } from '../../errors.js'
import { MaskingKey } from '../../masking/maskers/masking-key.js'
import type { Problem } from '../../policy/cross-checks.js'
import { keyedLabels } from '../../policy/obligations.js'
import type { Policy } from '../../policy/policy.js'
import type { Surroundings } from './files.js'
import type { GatewayConfig } from './gateway-config.js'
import { Trouble } from './problems.js'
import type { ConfigBody } from './schema.js'

export async function maskingOf(
  { masking }: ConfigBody,
  around: Surroundings,
): Promise<GatewayConfig['masking']> {
  if (masking === undefined) return undefined
  const { id } = masking
  const key = await around.secret(masking.key, ['masking', 'key'])
  checked(['masking', 'key'], () => new MaskingKey(Buffer.from(key.reveal(), 'base64')))
  checked(['masking', 'id'], () => new MaskingKey(Buffer.from(key.reveal(), 'base64'), id))
  return id === undefined ? { key } : { key, id }
}

/** @throws Trouble at `at` for a policy that could not be carried out. */
export function requireKey(policy: Policy, { masking }: ConfigBody, at: Problem['path']): void {
  const labels = masking === undefined ? keyedLabels(policy) : []
  if (labels.length === 0) return
  throw new Trouble(at, `masks ${labels.join(', ')} by hash or tokenise, which need a key: masking: { key }`)
}

function checked(at: Problem['path'], check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (error instanceof ConfigurationError) throw new Trouble(at, error.message)
    throw error
  }
}
