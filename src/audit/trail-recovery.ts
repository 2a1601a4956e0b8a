/**
 * Where a trail stands when a writer opens it. Reads the last segment whole (its first record lists the
 * intents that were open before it) and the end of the one before. Only bytes behind the last line feed
 * may be cut; anything else that is not as the trail wrote it is damage, and a damaged trail is not opened.
 */
import { createHash } from 'node:crypto'
import { CardeaError } from '../errors.js'
import { lastLinesStart, lineBatches, listSegments, readBytes, type Segment } from './segment-files.js'
import { readHead } from './trail-head.js'
import { type ChainHead, decodeLine, lineHash, type TrailEntry, ZERO_HASH } from './trail-line.js'

/** Bytes of a line that was never finished: its writer died or lost its disk in the middle of it. */
export interface TornTail {
  readonly segment: Segment
  /** Length of the segment without them. */
  readonly keep: number
  readonly bytes: number
  readonly sha256: string
}

export interface TrailState {
  readonly head: ChainHead
  /** Of the next segment to create. */
  readonly nextSegment: number
  /** The segment that will be created exists already, without one whole line. */
  readonly leftover: Segment | null
  readonly openIntents: readonly string[]
  readonly torn: readonly TornTail[]
}

interface SegmentEnd {
  readonly head: ChainHead
  readonly firstPrev: string | null
  readonly openIntents: ReadonlySet<string>
  /** Hash of the line whose number the head note has, when it stands in this segment. */
  readonly noted: string | null
  readonly torn: TornTail | null
}

/** @throws CardeaError CARDEA_TRAIL_DAMAGED */
export async function recoverState(directory: string): Promise<TrailState> {
  const segments = await listSegments(directory)
  const note = await readHead(directory)
  if (typeof note === 'string') throw damaged(directory, note)
  segments.forEach((segment, index) => {
    if (segment.number !== index + 1) throw damaged(directory, `segment ${index + 1} is missing`)
  })

  const last = segments.at(-1)
  if (last === undefined) {
    if (note !== null) throw damaged(directory, 'there is a head note and no segment')
    return { head: START, nextSegment: 1, leftover: null, openIntents: [], torn: [] }
  }
  const end = await readSegment(directory, last, note?.seq)
  const before = segments.at(-2)
  const state =
    end.firstPrev === null
      ? await withoutLine(directory, last, before, end, note?.seq)
      : await joined(directory, last, before, end)
  checkNote(directory, state.end, state.previous, note)
  return {
    head: state.end.head,
    nextSegment: state.leftover === null ? last.number + 1 : last.number,
    leftover: state.leftover,
    openIntents: [...state.end.openIntents],
    torn: state.torn,
  }
}

const START: ChainHead = Object.freeze({ seq: 0, hash: ZERO_HASH })

interface Joined {
  readonly end: SegmentEnd
  readonly previous: ChainHead
  readonly leftover: Segment | null
  readonly torn: readonly TornTail[]
}

/** The writer died before the last segment's first line was whole: the one before it says where the chain stands. */
async function withoutLine(
  directory: string,
  last: Segment,
  before: Segment | undefined,
  end: SegmentEnd,
  noted: number | undefined,
): Promise<Joined> {
  const torn = end.torn === null ? [] : [end.torn]
  if (before === undefined) return { end, previous: START, leftover: last, torn }
  const earlier = await readSegment(directory, before, noted)
  if (earlier.firstPrev === null) throw damaged(directory, `${before.name} has no line`)
  return {
    end: earlier,
    previous: START,
    leftover: last,
    torn: earlier.torn === null ? torn : [earlier.torn, ...torn],
  }
}

async function joined(
  directory: string,
  last: Segment,
  before: Segment | undefined,
  end: SegmentEnd,
): Promise<Joined> {
  const torn = end.torn === null ? [] : [end.torn]
  if (before === undefined) {
    if (end.firstPrev !== ZERO_HASH) throw damaged(directory, `${last.name} does not begin the chain`)
    return { end, previous: START, leftover: null, torn }
  }
  const previous = await lastLine(directory, before)
  if (previous.head.hash !== end.firstPrev)
    throw damaged(directory, `${last.name} does not continue ${before.name}`)
  return {
    end,
    previous: previous.head,
    leftover: null,
    torn: previous.torn === null ? torn : [previous.torn, ...torn],
  }
}

function checkNote(directory: string, end: SegmentEnd, previous: ChainHead, note: ChainHead | null): void {
  if (note === null) return
  if (note.seq > end.head.seq) {
    throw damaged(
      directory,
      `the trail ends at record ${end.head.seq}, but record ${note.seq} was on stable storage`,
    )
  }
  const found = note.seq === previous.seq ? previous.hash : end.noted
  if (found !== null && found !== note.hash) {
    throw damaged(directory, `record ${note.seq} is not the one that the head note names`)
  }
}

async function readSegment(
  directory: string,
  segment: Segment,
  noted: number | undefined,
): Promise<SegmentEnd> {
  const openIntents = new Set<string>()
  let head: ChainHead | null = null
  let firstPrev: string | null = null
  let notedHash: string | null = null
  let keep = 0
  for await (const batch of lineBatches(segment.path)) {
    for (const line of batch.lines) {
      const entry = entryOn(directory, segment, line)
      if (head === null) firstPrev = entry.prev
      else if (entry.seq !== head.seq + 1 || entry.prev !== head.hash) {
        throw damaged(directory, `${segment.name}: record ${entry.seq} does not continue record ${head.seq}`)
      }
      head = { seq: entry.seq, hash: lineHash(line) }
      if (entry.seq === noted) notedHash = head.hash
      follow(openIntents, entry)
    }
    keep = batch.end
  }
  const torn = await tornTail(segment, keep)
  return { head: head ?? START, firstPrev, openIntents, noted: notedHash, torn }
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

async function lastLine(
  directory: string,
  segment: Segment,
): Promise<{ head: ChainHead; torn: TornTail | null }> {
  const { start } = await lastLinesStart(segment.path, 1)
  for await (const { lines, end } of lineBatches(segment.path, start)) {
    const line = lines[0]
    if (line === undefined) break
    const entry = entryOn(directory, segment, line)
    return { head: { seq: entry.seq, hash: lineHash(line) }, torn: await tornTail(segment, end) }
  }
  throw damaged(directory, `${segment.name} has no line`)
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

function damaged(directory: string, what: string): CardeaError {
  return new CardeaError(
    'CARDEA_TRAIL_DAMAGED',
    `The trail in ${directory} is damaged and was left as it is: ${what}. Run cardea audit verify, keep the directory as evidence, and start a new one.`,
  )
}
