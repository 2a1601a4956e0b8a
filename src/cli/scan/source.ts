import { ConfigurationError } from '../../errors.js'
import { loadPolicy } from '../../policy/load.js'
import type { Policy } from '../../policy/policy.js'

export interface SourceFlags {
  readonly config?: string
  readonly dataSource?: string
  readonly policyFile?: string
}

export interface ScanSource {
  readonly url: string
  readonly policy: Policy | undefined
}

/** The database that the command names, and the policy whose labels hold there. */
export async function scanSource(url: string | undefined, flags: SourceFlags): Promise<ScanSource> {
  const own = flags.policyFile === undefined ? undefined : await loadPolicy(flags.policyFile)
  if (url !== undefined && flags.config === undefined) {
    if (flags.dataSource !== undefined) throw new ConfigurationError('--data-source needs --config.')
    return { url, policy: own }
  }
  if (url !== undefined || flags.config === undefined) {
    throw new ConfigurationError(
      'Say which database: either its address, as postgres://user@host:5432/database, or --config with a configuration of the gateway.',
    )
  }
  const { loadGatewayConfig } = await import('../../gateway/config/load.js')
  const { dataSources } = await loadGatewayConfig(flags.config)
  const named = dataSources.filter(({ id }) => flags.dataSource === undefined || id === flags.dataSource)
  const [source] = named
  if (source === undefined || named.length > 1) {
    throw new ConfigurationError(
      `Name one with --data-source: ${dataSources.map(({ id }) => id).join(', ')}.`,
    )
  }
  return { url: source.url.reveal(), policy: own ?? source.policy }
}
