import { ConfigurationError } from '../errors.js'
import { openTrailIndex } from './index/trail-index.js'
import type { SearchFilter } from './reading/filter.js'
import { scan, scanReversed } from './reading/scan.js'
import type { Found } from './reading/stories.js'

export type { SearchFilter } from './reading/filter.js'
export type { Found } from './reading/stories.js'

export interface SearchOptions {
  /** No more than so many. Default: all. */
  readonly limit?: number
  /**
   * The last first. Without an index the whole trail is read before the first is given, and where each of `limit`
   * stands is remembered. Default false.
   */
  readonly reverse?: boolean
  /**
   * File of an index, made when missing and brought up to date first: conditions are looked up instead of reading
   * all of the trail. It belongs outside of the trail's directory, and needs the package `better-sqlite3`.
   */
  readonly index?: string
}

/**
 * What matches, in the order in which it ended; what has not ended comes last. Holds only the statements that are
 * open at one time. What an index names is read from the trail again, and has to be what was indexed.
 *
 * @throws CardeaError CARDEA_TRAIL_DAMAGED at a line that is no record, or no longer the one that was indexed;
 *   ConfigurationError for a directory that cannot be read, or a file that is no index; PeerMissingError.
 * @example
 * for await (const found of search('./audit', { label: 'pan', decision: 'deny' })) print(found)
 * for await (const found of search('./audit', { principal }, { reverse: true, limit: 20, index: './audit.index' })) …
 */
export async function* search(
  directory: string,
  filter: SearchFilter = {},
  options: SearchOptions = {},
): AsyncGenerator<Found> {
  const { index, limit = Number.POSITIVE_INFINITY, reverse = false } = options
  if (!(limit >= 0)) throw new ConfigurationError('The limit of a search is a number, 0 or more.')
  if (index === undefined) {
    yield* first(limit, reverse ? scanReversed(directory, filter, limit) : scan(directory, filter))
    return
  }
  const opened = await openTrailIndex(index, [directory])
  try {
    await opened.update(directory)
    yield* first(limit, opened.search(directory, filter, reverse))
  } finally {
    opened.close()
  }
}

/** The first `limit` of them. */
export async function* first<T>(limit: number, from: AsyncIterable<T>): AsyncGenerator<T> {
  let left = limit
  if (left < 1) return
  for await (const one of from) {
    yield one
    left -= 1
    if (left < 1) return
  }
}
