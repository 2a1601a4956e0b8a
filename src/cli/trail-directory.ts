import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { listSegments } from '../audit/segment-files.js'
import { ConfigurationError } from '../errors.js'

export interface NamedTrail {
  /** Of the process that writes it, for example `'worker-1'`; empty where the directory itself is the trail. */
  readonly name: string
  readonly directory: string
}

/**
 * The trails of a directory: itself, and what processes that serve together write below it, one each.
 *
 * @throws ConfigurationError unless it is a directory that can be read.
 */
export async function trailDirectories(path: string): Promise<readonly [NamedTrail, ...NamedTrail[]]> {
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory() !== true) {
    throw new ConfigurationError(`There is no trail that can be read in ${path}.`)
  }
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  const below: NamedTrail[] = []
  for (const { name } of entries.filter(entry => entry.isDirectory()).sort(byName)) {
    const directory = join(path, name)
    if (await isTrail(directory)) below.push({ name, directory })
  }
  const own: NamedTrail = { name: '', directory: path }
  const [first, ...others] = below
  if (first === undefined) return [own]
  return (await isTrail(path)) ? [own, first, ...others] : [first, ...others]
}

/**
 * Those of them that hold records.
 *
 * @throws ConfigurationError where there is none, too.
 */
export async function writtenTrails(path: string): Promise<readonly [NamedTrail, ...NamedTrail[]]> {
  const trails = await trailDirectories(path)
  if (await isTrail(trails[0].directory)) return trails
  throw new ConfigurationError(
    `There is no trail in ${path}: neither it nor a directory in it holds a segment (00000001.jsonl).`,
  )
}

async function isTrail(directory: string): Promise<boolean> {
  return (await listSegments(directory).catch(() => [])).length > 0
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1
}
