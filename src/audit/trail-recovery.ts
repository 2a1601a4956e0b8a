/**
 * Where a trail stands when a writer opens it. Reads the last segment whole (its first record lists the
 * intents that were open before it, and the tree that it continues) and the end of the one before. Only bytes behind the
 * last line feed may be cut; anything else that is not as the trail wrote it is damage, and a damaged trail is not opened.
 */
import { epochOf, type KnownEpoch } from './checkpoints/key-record.js'
import { readLatest } from './checkpoints/latest-checkpoint.js'
import type { ParsedCheckpoint } from './checkpoints/note-text.js'
import { type NoteKey, signedBy } from './checkpoints/signed-note.js'
import { readKeys } from './keys/trail-root.js'
import { CompactRange } from './merkle/compact-range.js'
import { isPruned } from './retention/prune-record.js'
import {
  damaged,
  readKeyRecords,
  readLastLine,
  readSegmentEnd,
  type SegmentEnd,
  START,
  type TornTail,
  treeOver,
} from './segment-end.js'
import { listSegments, type Segment } from './segment-files.js'
import { type ChainHead, type TrailEntry, ZERO_HASH } from './trail-line.js'

export interface TrailState {
  readonly head: ChainHead
  readonly tree: CompactRange
  /** Of the next segment to create. */
  readonly nextSegment: number
  /** The segment that will be created exists already, without one whole line. */
  readonly leftover: Segment | null
  readonly openIntents: readonly string[]
  readonly torn: readonly TornTail[]
  /** Number of the last epoch; 0 for a trail that has had none. */
  readonly epoch: number
  /** Whether its last writer ended in good order, or it has had none. */
  readonly closed: boolean
}

/** @throws CardeaError CARDEA_TRAIL_DAMAGED */
export async function recoverState(directory: string): Promise<TrailState> {
  const segments = await listSegments(directory)
  const checkpoint = await readLatest(directory)
  if (checkpoint === 'unreadable') throw damaged(directory, 'the file checkpoint holds none')
  const begins = segments[0]?.number ?? 1
  if (begins > 1 && !(await isPruned(segments))) throw damaged(directory, 'segment 1 is missing')
  segments.forEach((segment, index) => {
    if (segment.number !== begins + index) throw damaged(directory, `segment ${begins + index} is missing`)
  })

  const last = segments.at(-1)
  if (last === undefined) {
    if (checkpoint !== null) throw damaged(directory, 'there is a checkpoint and no segment')
    const tree = CompactRange.empty()
    return {
      head: START,
      tree,
      nextSegment: 1,
      leftover: null,
      openIntents: [],
      torn: [],
      epoch: 0,
      closed: true,
    }
  }
  const { end, sealed, leftover, torn } = await joined(directory, segments, last, checkpoint?.size)
  const epochs = await lastEpochs(directory, segments, end, checkpoint?.size)
  if (checkpoint !== null) checkLatest(directory, checkpoint, epochs, end)
  else if (sealed) throw damaged(directory, 'the file checkpoint is missing')
  return {
    head: end.head,
    tree: end.tree,
    nextSegment: leftover === null ? last.number + 1 : last.number,
    leftover,
    openIntents: [...end.openIntents],
    torn,
    epoch: epochs.at(-1)?.number ?? 0,
    closed: isClosing(end.last),
  }
}

interface Joined {
  readonly end: SegmentEnd
  /** Whether a checkpoint was written to the file by then. */
  readonly sealed: boolean
  readonly leftover: Segment | null
  readonly torn: readonly TornTail[]
}

async function joined(
  directory: string,
  segments: readonly Segment[],
  last: Segment,
  rootOf: number | undefined,
): Promise<Joined> {
  const before = segments.at(-2)
  const read = (segment: Segment) =>
    readSegmentEnd(directory, segment, rootOf, () => treeOver(segments.slice(0, segment.number - 1)))
  const end = await read(last)
  const torn = end.torn === null ? [] : [end.torn]
  if (end.first === null) {
    // The writer died before the last segment's first line was whole: the one before it says where the chain stands.
    if (before === undefined) return { end, sealed: false, leftover: last, torn }
    const earlier = await read(before)
    if (earlier.first === null) throw damaged(directory, `${before.name} has no line`)
    const both = earlier.torn === null ? torn : [earlier.torn, ...torn]
    return { end: earlier, sealed: earlier.sealed, leftover: last, torn: both }
  }
  if (before === undefined) {
    if (end.first.prev !== ZERO_HASH) throw damaged(directory, `${last.name} does not begin the chain`)
    return { end, sealed: end.sealed, leftover: null, torn }
  }
  const previous = await readLastLine(directory, before)
  if (previous.head.hash !== end.first.prev)
    throw damaged(directory, `${last.name} does not continue ${before.name}`)
  return {
    end,
    sealed: end.sealed || previous.entry.event === 'trail.checkpoint',
    leftover: null,
    torn: previous.torn === null ? torn : [previous.torn, ...torn],
  }
}

/** Back to the epoch of the checkpoint, or to the last one where there is none. */
async function lastEpochs(
  directory: string,
  segments: readonly Segment[],
  end: SegmentEnd,
  size: number | undefined,
): Promise<readonly KnownEpoch[]> {
  const root = readKeys(directory)
  const epochs: KnownEpoch[] = []
  const read = (records: readonly TrailEntry[]) =>
    records.map(record => {
      const epoch = root === null || root === 'unreadable' ? 'KEYS states no root key' : epochOf(record, root)
      if (typeof epoch === 'string') throw damaged(directory, `record ${record.seq}: ${epoch}`)
      return epoch
    })
  const enough = () => epochs.some(({ since }) => since <= (size ?? Number.POSITIVE_INFINITY))
  // A segment says which key was in use when it began, for when those before it are gone.
  if (end.first?.event === 'trail.segment' && end.first.detail['note'] !== undefined)
    epochs.push(...read([end.first]))
  epochs.push(...read(end.keys))
  if (end.first === null || root === null) return epochs
  const earlier = segments.slice(0, -1)
  for (const segment of earlier.toReversed()) {
    if (enough()) break
    const records = await readKeyRecords(directory, segment)
    epochs.unshift(...read(records.filter(({ seq }) => seq < (epochs[0]?.since ?? Number.POSITIVE_INFINITY))))
  }
  return epochs
}

function checkLatest(
  directory: string,
  latest: ParsedCheckpoint,
  epochs: readonly KnownEpoch[],
  end: SegmentEnd,
): void {
  if (latest.size > end.head.seq) {
    throw damaged(
      directory,
      `the trail ends at record ${end.head.seq}, but record ${latest.size} was on stable storage`,
    )
  }
  const epoch = epochs.findLast(({ since }) => since <= latest.size)
  if (epoch === undefined || !isOf(latest, epoch.key)) {
    throw damaged(directory, 'the file checkpoint is not signed with a key of the trail')
  }
  if (end.root !== undefined && !end.root.equals(latest.root)) {
    throw damaged(directory, `the first ${latest.size} records are not those that the file checkpoint names`)
  }
}

function isOf({ origin, note }: ParsedCheckpoint, key: NoteKey): boolean {
  return key.name.startsWith(`${origin}/`) && signedBy(note, key)
}

function isClosing(entry: TrailEntry | null): boolean {
  return entry?.event === 'trail.checkpoint' && entry.detail['reason'] === 'close'
}
