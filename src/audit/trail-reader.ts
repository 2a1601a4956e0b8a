/** Reading a trail back, in order or from its end, without holding more than a chunk of it. */
import { setTimeout as pause } from 'node:timers/promises'
import { errorCode } from './error-code.js'
import { after, BEGINNING, type Position, placedEntries, segmentsOf } from './reading/entries.js'
import { lastLinesStart } from './segment-files.js'
import type { TrailEntry } from './trail-line.js'

export interface TailOptions {
  /** Records from the end. Default 10. */
  readonly last?: number
  /** Go on with what is written from now on, until `signal` aborts. Default false. */
  readonly follow?: boolean
  readonly signal?: AbortSignal
  /** Milliseconds between looks when following. Default 250. */
  readonly pollMs?: number
}

/** Every record of a trail from the beginning. Lines are checked for form, not for the chain: that is `verifyTrail`'s. */
export async function* readTrail(directory: string): AsyncGenerator<TrailEntry> {
  for await (const { entry } of placedEntries(directory)) yield entry
}

/**
 * The last records of a trail, oldest first. Following goes on over new segments and from one writer to the next.
 *
 * @throws CardeaError CARDEA_TRAIL_DAMAGED at a line that is no record; ConfigurationError for a directory that
 *   cannot be read.
 * @example
 * for await (const entry of tail('./audit', { last: 20, follow: true, signal })) print(entry)
 */
export async function* tail(directory: string, options: TailOptions = {}): AsyncGenerator<TrailEntry> {
  const { last = 10, follow = false, pollMs = 250, signal } = options
  let position = await tailStart(directory, Math.max(0, last))
  const stopped = () => signal?.aborted === true
  while (!stopped()) {
    for await (const { entry, place } of placedEntries(directory, position)) {
      yield entry
      position = after(place)
      if (stopped()) return
    }
    if (!follow) return
    await pause(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  }
}

/** From where exactly `count` records follow, or the beginning. */
async function tailStart(directory: string, count: number): Promise<Position> {
  const segments = await segmentsOf(directory)
  let wanted = count
  for (const { number, path } of segments.toReversed()) {
    const found = await lastLinesStart(path, wanted).catch(unlessGone)
    if (found === null) continue
    wanted -= found.lines
    if (wanted === 0) return { segment: number, offset: found.start }
  }
  return BEGINNING
}

/** A writer that opens a trail removes a segment without a whole line. */
function unlessGone(error: unknown): null {
  if (errorCode(error) === 'ENOENT') return null
  throw error
}
