import type { GovernanceOptions } from '../../config.js'
import { readPrivateFile } from '../credentials/private-file.js'
import type { McpOptions } from './options.js'

/** @throws ConfigurationError for a file that is not there, or that others can read. */
export async function maskingOptions({
  maskingKey,
}: McpOptions): Promise<Pick<GovernanceOptions, 'masking'>> {
  if (maskingKey === undefined) return {}
  const text = await readPrivateFile(maskingKey, 'The masking key')
  return { masking: { key: Buffer.from(text ?? '', 'base64') } }
}
