import { stat } from 'node:fs/promises'
import { ConfigurationError } from '../errors.js'

/** @throws ConfigurationError unless it is a directory that can be read. */
export async function trailDirectory(path: string): Promise<string> {
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory() === true) return path
  throw new ConfigurationError(`There is no trail that can be read in ${path}.`)
}
