/** The record that says that the segments before the first one were pruned. */
import { lineBatches, type Segment } from '../segment-files.js'
import { decodeLine, type TrailEntry } from '../trail-line.js'

/** As it stands in a line of canonical form, where no text can hold it: its quotes would be escaped. */
const MARK = Buffer.from('"event":"trail.prune"')

/** Whether the trail itself says that what stood before its first segment was pruned. @param segments in order */
export async function isPruned(segments: readonly Segment[]): Promise<boolean> {
  const [first] = segments
  const begins = first === undefined ? undefined : await firstEntry(first)
  if (begins === undefined) return false
  for (const segment of segments.toReversed()) {
    for await (const { lines } of lineBatches(segment.path)) {
      if (lines.some(line => line.includes(MARK) && says(decodeLine(line), begins))) return true
    }
  }
  return false
}

function says(entry: TrailEntry | string, begins: TrailEntry): boolean {
  if (typeof entry === 'string' || entry.event !== 'trail.prune') return false
  return entry.detail['seq'] === begins.seq - 1 && entry.detail['hash'] === begins.prev
}

async function firstEntry(segment: Segment): Promise<TrailEntry | undefined> {
  for await (const { lines } of lineBatches(segment.path)) {
    const entry = lines[0] === undefined ? '' : decodeLine(lines[0])
    return typeof entry === 'string' ? undefined : entry
  }
  return undefined
}
