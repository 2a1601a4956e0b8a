/** Reading a trail back, in order or from its end, without holding more than a chunk of it. */
import { stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { CardeaError } from '../errors.js'
import { lastLinesStart, lineBatches, listSegments, type Segment } from './segment-files.js'
import { decodeLine, type TrailEntry } from './trail-line.js'

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
  for (const segment of await listSegments(directory)) yield* entries(segment, 0)
}

/**
 * The last records of a trail, oldest first.
 *
 * @throws CardeaError CARDEA_TRAIL_DAMAGED at a line that is no record.
 * @example
 * for await (const entry of tail('./audit', { last: 20, follow: true, signal })) print(entry)
 */
export async function* tail(directory: string, options: TailOptions = {}): AsyncGenerator<TrailEntry> {
  const { last = 10, follow = false, pollMs = 250, signal } = options
  const from = await tailStart(directory, Math.max(0, last))
  let position = from.offset
  let number = from.number
  const stopped = () => signal?.aborted === true
  while (!stopped()) {
    const segments = (await listSegments(directory)).filter(segment => segment.number >= number)
    for (const segment of segments) {
      if (segment.number !== number) {
        number = segment.number
        position = 0
      }
      for await (const { entry, end } of positioned(segment, position)) {
        yield entry
        position = end
        if (stopped()) return
      }
    }
    if (!follow) return
    await pause(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  }
}

/** The segment and offset from which exactly `count` records follow, or the beginning. */
async function tailStart(directory: string, count: number): Promise<{ number: number; offset: number }> {
  const segments = await listSegments(directory)
  let wanted = count
  for (const segment of segments.toReversed()) {
    if (wanted === 0) return { number: segment.number, offset: (await stat(segment.path)).size }
    const { start, lines } = await lastLinesStart(segment.path, wanted)
    wanted -= lines
    if (wanted === 0) return { number: segment.number, offset: start }
  }
  return { number: segments[0]?.number ?? 1, offset: 0 }
}

async function* entries(segment: Segment, start: number): AsyncGenerator<TrailEntry> {
  for await (const batch of lineBatches(segment.path, start)) {
    for (const line of batch.lines) yield entryOn(segment, line)
  }
}

async function* positioned(
  segment: Segment,
  start: number,
): AsyncGenerator<{ entry: TrailEntry; end: number }> {
  let end = start
  for await (const batch of lineBatches(segment.path, start)) {
    for (const line of batch.lines) {
      end += line.length + 1
      yield { entry: entryOn(segment, line), end }
    }
  }
}

function entryOn(segment: Segment, line: Buffer): TrailEntry {
  const entry = decodeLine(line)
  if (typeof entry !== 'string') return entry
  throw new CardeaError('CARDEA_TRAIL_DAMAGED', `${segment.name}: ${entry}. Run cardea audit verify.`)
}
