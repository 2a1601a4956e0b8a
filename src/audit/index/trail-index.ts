/**
 * An index beside a trail: which stories meet which conditions, and where they stand. It can be lost and made again,
 * and is evidence of nothing: what is shown is read from the trail, and has to be the line that was indexed.
 */
import { realpath } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import { ConfigurationError } from '../../errors.js'
import type { SearchFilter } from '../reading/filter.js'
import type { Found } from '../reading/stories.js'
import { type Database, inWords, openDatabase } from './database.js'
import { knownTrail } from './known-trail.js'
import { lookUp } from './look-up.js'
import { updateIndex } from './update.js'

export interface TrailIndex {
  /**
   * Reads what the trail holds beyond what is indexed; all of it where it is not the trail that was indexed.
   *
   * @returns how many stories it holds of the trail.
   */
  update(directory: string): Promise<number>
  /** What matches among the stories that are indexed, in the order in which they ended, or the last first. */
  search(directory: string, filter: SearchFilter, reverse: boolean): AsyncGenerator<Found>
  close(): void
}

/**
 * @param directories of the trails that it is for: it may stand in none of them.
 * @throws ConfigurationError for a file that is no index; PeerMissingError.
 * @example
 * const index = await openTrailIndex('./audit.index', ['./audit'])
 */
export async function openTrailIndex(path: string, directories: readonly string[]): Promise<TrailIndex> {
  for (const directory of directories) await checkPlace(path, directory)
  const database = await openDatabase(path)
  return Object.freeze({
    update: async (directory: string) => {
      const trail = await trailPath(directory)
      await asIndex(path, () => updateIndex(database, trail))
      return knownTrail(database, trail)?.stories ?? 0
    },
    search: (directory: string, filter: SearchFilter, reverse: boolean) =>
      searchIn(database, path, directory, filter, reverse),
    close: () => {
      // Everything into the one file; some drivers leave the log of changes beside it otherwise.
      database.exec('pragma wal_checkpoint(truncate)')
      database.close()
    },
  })
}

async function* searchIn(
  database: Database,
  path: string,
  directory: string,
  filter: SearchFilter,
  reverse: boolean,
): AsyncGenerator<Found> {
  const found = lookUp(database, await trailPath(directory), filter, reverse)
  try {
    for (;;) {
      const next = await asIndex(path, () => found.next())
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await found.return(undefined)
  }
}

/** Nothing else belongs in the directory of a trail. */
async function checkPlace(path: string, directory: string): Promise<void> {
  const trail = await trailPath(directory)
  const place = await realpath(dirname(path)).catch(() => dirname(path))
  if (!`${place}${sep}`.startsWith(`${trail}${sep}`)) return
  throw new ConfigurationError(
    `The index ${path} would stand in the directory of the trail, in which nothing else belongs. Name a file outside of it.`,
  )
}

async function asIndex<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw inWords(path, error)
  }
}

async function trailPath(directory: string): Promise<string> {
  return realpath(directory).catch((cause: unknown) => {
    throw new ConfigurationError(`There is no trail that can be read in ${directory}.`, { cause })
  })
}
