/** A segment read whole: where its chain and its tree end, and what stands open there. */
import { createHash } from 'node:crypto'
import { CardeaError } from '../errors.js'
import { CompactRange } from './merkle/compact-range.js'
import { lastLinesStart, lineBatches, readBytes, type Segment } from './segment-files.js'
import { type ChainHead, decodeLine, lineHash, type TrailEntry, ZERO_HASH } from './trail-line.js'

/** Bytes of a line that was never finished: its writer died or lost its disk in the middle of it. */
export interface TornTail {
  readonly segment: Segment
  /** Length of the segment without them. */
  readonly keep: number
  readonly bytes: number
  readonly sha256: string
}

export interface SegmentEnd {
  readonly head: ChainHead
  /** `null` for a segment without a whole line. */
  readonly first: TrailEntry | null
  readonly last: TrailEntry | null
  readonly openIntents: ReadonlySet<string>
  /** Its `trail.key` records, in order. */
  readonly keys: readonly TrailEntry[]
  /** Whether it holds a checkpoint. */
  readonly sealed: boolean
  readonly tree: CompactRange
  /** Root of the tree of `rootOf` records, where that is no smaller than the tree that the segment begins with. */
  readonly root: Buffer | undefined
  readonly torn: TornTail | null
}

export const START: ChainHead = Object.freeze({ seq: 0, hash: ZERO_HASH })

/** @param treeBefore of all earlier segments, for a segment that does not say it. @throws CardeaError CARDEA_TRAIL_DAMAGED */
export async function readSegmentEnd(
  directory: string,
  segment: Segment,
  rootOf: number | undefined,
  treeBefore: () => Promise<CompactRange>,
): Promise<SegmentEnd> {
  const openIntents = new Set<string>()
  const keys: TrailEntry[] = []
  let tree = CompactRange.empty()
  let head: ChainHead | null = null
  let [first, last]: (TrailEntry | null)[] = [null, null]
  let root: Buffer | undefined
  let sealed = false
  let keep = 0
  for await (const batch of lineBatches(segment.path)) {
    for (const line of batch.lines) {
      const entry = entryOn(directory, segment, line)
      if (head === null) {
        first = entry
        tree = treeAt(directory, segment, entry) ?? (await treeBefore())
        if (tree.size === rootOf) root = tree.head().root
      } else if (entry.seq !== head.seq + 1 || entry.prev !== head.hash) {
        throw damaged(directory, `${segment.name}: record ${entry.seq} does not continue record ${head.seq}`)
      }
      head = { seq: entry.seq, hash: lineHash(line) }
      tree.addLine(line)
      if (tree.size === rootOf) root = tree.head().root
      if (entry.event === 'trail.key') keys.push(entry)
      if (entry.event === 'trail.checkpoint') sealed = true
      follow(openIntents, entry)
      last = entry
    }
    keep = batch.end
  }
  const torn = await tornTail(segment, keep)
  return {
    head: head ?? START,
    first: first ?? null,
    last: last ?? null,
    openIntents,
    keys,
    sealed,
    tree,
    root,
    torn,
  }
}

/** The tree before the segment, as its first record says it; absent where a version before checkpoints wrote it. */
function treeAt(directory: string, segment: Segment, first: TrailEntry): CompactRange | undefined {
  if (first.seq === 1) return CompactRange.empty()
  const nodes = first.event === 'trail.segment' ? first.detail['tree'] : undefined
  if (nodes === undefined) return undefined
  const tree = Array.isArray(nodes) ? CompactRange.of(first.seq - 1, nodes.map(String)) : undefined
  if (tree === undefined) throw damaged(directory, `${segment.name} does not say which tree it continues`)
  return tree
}

/** Keeps account of the intents that wait for their outcome. */
function follow(openIntents: Set<string>, entry: TrailEntry): void {
  if (entry.event === 'statement') {
    if (entry.phase === 'intent') openIntents.add(entry.id)
    else openIntents.delete(entry.id)
  } else if (entry.event === 'trail.segment') {
    const listed = entry.detail['openIntents']
    if (Array.isArray(listed)) for (const id of listed) openIntents.add(String(id))
  }
}

export async function readLastLine(
  directory: string,
  segment: Segment,
): Promise<{ readonly head: ChainHead; readonly entry: TrailEntry; readonly torn: TornTail | null }> {
  const { start } = await lastLinesStart(segment.path, 1)
  for await (const { lines, end } of lineBatches(segment.path, start)) {
    const line = lines[0]
    if (line === undefined) break
    const entry = entryOn(directory, segment, line)
    const head = { seq: entry.seq, hash: lineHash(line) }
    return { head, entry, torn: await tornTail(segment, end) }
  }
  throw damaged(directory, `${segment.name} has no line`)
}

/** The `trail.key` records of a segment. */
export async function readKeyRecords(directory: string, segment: Segment): Promise<readonly TrailEntry[]> {
  const found: TrailEntry[] = []
  for await (const { lines } of lineBatches(segment.path)) {
    for (const line of lines) {
      if (line.includes('"event":"trail.key"')) found.push(entryOn(directory, segment, line))
    }
  }
  return found.filter(({ event }) => event === 'trail.key')
}

/** The tree over all lines of the segments. */
export async function treeOver(segments: readonly Segment[]): Promise<CompactRange> {
  const tree = CompactRange.empty()
  for (const { path } of segments) {
    for await (const { lines } of lineBatches(path)) for (const line of lines) tree.addLine(line)
  }
  return tree
}

function entryOn(directory: string, segment: Segment, line: Buffer): TrailEntry {
  const entry = decodeLine(line)
  if (typeof entry === 'string') throw damaged(directory, `${segment.name}: ${entry}`)
  return entry
}

async function tornTail(segment: Segment, keep: number): Promise<TornTail | null> {
  const bytes = await readBytes(segment.path, keep)
  if (bytes.length === 0) return null
  return { segment, keep, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

export function damaged(directory: string, what: string): CardeaError {
  return new CardeaError(
    'CARDEA_TRAIL_DAMAGED',
    `The trail in ${directory} is damaged and was left as it is: ${what}. Run cardea audit verify, keep the directory as evidence, and start a new one.`,
  )
}
