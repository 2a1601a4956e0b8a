import { usableConfig } from '../../connect/usable-config.js'
import { ConfigurationError, PeerMissingError } from '../../errors.js'
import { type EmbeddedDatabase, startEmbedded } from './embedded.js'
import type { McpOptions } from './options.js'

const NAMED = {
  option: '--database',
  connections: 4,
  missingFile: 'Write sqlite:path/to/file.db.',
} as const

/**
 * The database that the options name: exactly one of `--database` and `--embedded`.
 *
 * @throws ConfigurationError, PeerMissingError; none repeats the URL, which may hold a password.
 */
export async function openDatabase({ database, embedded, seed }: McpOptions): Promise<EmbeddedDatabase> {
  if (embedded === true && database === undefined) {
    await import('pg').catch(() => {
      throw new PeerMissingError('pg', '--embedded')
    })
    return startEmbedded(seed)
  }
  if (database === undefined || embedded === true) {
    throw new ConfigurationError(
      'Say which database: either --database postgres://…, mysql://… or sqlite:file, or --embedded for a private one.',
    )
  }
  if (seed !== undefined) throw new ConfigurationError('--seed is for --embedded only.')
  return { config: await usableConfig(database, NAMED), stop: async () => {} }
}
