/**
 * Reads a whole trail and says whether it is as it was written: the chain of hashes, the Merkle tree at every checkpoint,
 * the signatures up to the root key. What none of them can show stands in `limits`.
 */
import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { CardeaError, ConfigurationError } from '../errors.js'
import { type Clock, systemClock } from '../util/clock.js'
import { readLatest } from './checkpoints/latest-checkpoint.js'
import { type ParsedCheckpoint, parseCheckpoint } from './checkpoints/note-text.js'
import { type NoteKey, publicKeyBytes } from './checkpoints/signed-note.js'
import { besidePath, type RootKept, readKeys } from './keys/trail-root.js'
import { lineBatches, listSegments, type Segment } from './segment-files.js'
import type { ChainHead } from './trail-line.js'
import { limitsOf } from './verification/limits.js'
import type { Remark } from './verification/remarks.js'
import { TrailCheck } from './verification/trail-check.js'

export interface VerifyOptions {
  /** The trail's public root key, from wherever the verifier trusts. Default: the one that `KEYS` in the trail states. */
  readonly rootKey?: KeyObject
  /** Checkpoints (signed notes) that were kept where the trail's own host cannot change them: the trail must contain each. */
  readonly checkpoints?: readonly (string | KeptCheckpoint)[]
  readonly clock?: Pick<Clock, 'now'>
}

/** A checkpoint and where it was kept. */
export interface KeptCheckpoint {
  readonly note: string
  /** For people, who read it where the trail does not contain the checkpoint. */
  readonly place: string
}

export interface BadLine {
  /** File name of the segment; empty for a file beside the segments. */
  readonly segment: string
  /** From 1; 0 when no single line is meant. */
  readonly line: number
  /** The number the record there should have. */
  readonly seq: number
  readonly reason: string
}

export interface VerifyReport {
  /**
   * `tampered`: not as it was written. `incomplete`: sound, but with intents that have no outcome, an unfinished last
   * line, records that lack what PCI DSS 10.2.2 asks for, or an end without a sign of life; so is a trail whose writer
   * died and was not started again.
   */
  readonly status: 'whole' | 'tampered' | 'incomplete'
  /** Number of the last sound record, up to the first bad one. */
  readonly records: number
  readonly segments: number
  /** Records before this number were pruned; 1 where none were. */
  readonly begins: number
  readonly firstBad?: BadLine
  readonly head: ChainHead
  /** Newest signed checkpoint beside the trail: keep it elsewhere, it is the anchor for the next verification. */
  readonly checkpoint: string | null
  /** Checkpoints on record. */
  readonly checkpoints: number
  /** Records after the last good signature: somebody could have cut or changed them. */
  readonly unsealed: number
  /** Null for a trail without signatures. */
  readonly root: {
    /** Base64 of its 32 bytes. */
    readonly publicKey: string
    readonly name: string
    /** As the trail says; `'beside'` also where the private key lies in the directory. */
    readonly kept: RootKept
    /** Whether the verifier brought the key, and the trail is signed with it. */
    readonly pinned: boolean
  } | null
  /** False when checkpoints from elsewhere were given and the trail contains them. */
  readonly unanchored: boolean
  /** Intents without outcome. */
  readonly openIntents: number
  /** Bytes of an unfinished last line. */
  readonly tornBytes: number
  /** Records without what PCI DSS 10.2.2 asks for. */
  readonly incompleteRecords: number
  /** Time of the last record where the writer should have given a sign of life since. */
  readonly silentSince?: string
  /** Of the first and last record, UTC. */
  readonly times?: { readonly first: string; readonly last: string }
  /** What somebody should look at, up to 100, and how many there are. */
  readonly remarks: readonly Remark[]
  readonly remarkCount: number
  /** What this verification cannot exclude, for people. */
  readonly limits: readonly string[]
}

/**
 * @throws ConfigurationError when the directory cannot be read as a trail at all, or a checkpoint is none.
 * @example
 * const report = await verifyTrail('./audit', { checkpoints: [await readFile('kept-elsewhere.note', 'utf8')] })
 */
export async function verifyTrail(directory: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  let segments: readonly Segment[]
  try {
    segments = await listSegments(directory)
  } catch (error) {
    throw new ConfigurationError(`There is no trail that can be read in ${directory}.`, { cause: error })
  }
  const given = (options.checkpoints ?? []).map(parsed)
  // Before the segments: a writer at work signs only what it has written.
  const latest = await readLatest(directory)
  const keys = readKeys(directory)
  const root = rootOf(keys, options.rootKey)
  const kept = given.map(({ checkpoint }) => checkpoint)
  const outside = latest === null || latest === 'unreadable' ? kept : [latest, ...kept]
  const check = new TrailCheck(root.key, outside)
  const firstBad =
    root.bad ?? (await readAll(segments, check)) ?? beside(latest, check) ?? elsewhere(given, check)
  const anchored = kept.some(({ size }) => isReadable(size, check)) && firstBad === undefined
  const silentSince = check.remarks.silentSince((options.clock ?? systemClock).now())
  const { chain, remarks, seals } = check
  const incomplete =
    chain.openIntents > 0 || check.tornBytes > 0 || remarks.incomplete > 0 || silentSince !== undefined
  const signed = root.key !== null && seals.epochs > 0
  const report: Omit<VerifyReport, 'limits'> = {
    status: firstBad !== undefined ? 'tampered' : incomplete ? 'incomplete' : 'whole',
    records: chain.head.seq,
    segments: segments.length,
    begins: check.begins,
    ...(firstBad === undefined ? undefined : { firstBad }),
    head: chain.head,
    checkpoint: latest === null || latest === 'unreadable' ? null : latest.source,
    checkpoints: seals.checkpoints,
    unsealed: chain.head.seq - seals.signed,
    root:
      root.key === null || !signed
        ? null
        : {
            publicKey: root.key.publicKey.toString('base64'),
            name: root.key.name,
            kept: check.kept === 'beside' || existsSync(besidePath(directory)) ? 'beside' : 'elsewhere',
            pinned: options.rootKey !== undefined && root.bad === undefined,
          },
    unanchored: !anchored,
    openIntents: chain.openIntents,
    tornBytes: check.tornBytes,
    incompleteRecords: remarks.incomplete,
    ...(silentSince === undefined ? undefined : { silentSince }),
    ...(remarks.times === undefined ? undefined : { times: remarks.times }),
    remarks: remarks.kept,
    remarkCount: remarks.count,
  }
  return {
    ...report,
    limits: limitsOf(
      report,
      kept.reduce((most, { size }) => Math.max(most, size), 0),
      kept.filter(({ size }) => !isReadable(size, check)).length,
    ),
  }
}

interface Given {
  readonly checkpoint: ParsedCheckpoint
  readonly place: string
}

function parsed(given: string | KeptCheckpoint): Given {
  const note = typeof given === 'string' ? given : given.note
  const place = typeof given === 'string' ? 'kept elsewhere' : `kept in ${given.place}`
  const checkpoint = parseCheckpoint(note)
  if (checkpoint === undefined) {
    throw new ConfigurationError(
      'A checkpoint to compare with is a signed note: origin, size, root, an empty line, a signature, each line with its line feed.',
    )
  }
  return { checkpoint, place }
}

function rootOf(
  keys: NoteKey | 'unreadable' | null,
  pinned: KeyObject | undefined,
): { readonly key: NoteKey | null; readonly bad?: BadLine } {
  const bad = (reason: string) => ({ key: null, bad: { segment: '', line: 0, seq: 1, reason } })
  if (keys === 'unreadable') return bad('the file KEYS is not what the trail wrote')
  if (pinned === undefined) return { key: keys }
  let publicKey: Buffer
  try {
    publicKey = publicKeyBytes(pinned)
  } catch (error) {
    throw new ConfigurationError('The root key of a trail is a key of Ed25519.', { cause: error })
  }
  if (keys === null) return bad('the trail states no root key, so it is not signed with the one given')
  return keys.publicKey.equals(publicKey)
    ? { key: keys }
    : { key: keys, ...{ bad: bad('the trail is signed under another root key than the one given').bad } }
}

async function readAll(segments: readonly Segment[], check: TrailCheck): Promise<BadLine | undefined> {
  const begins = segments[0]?.number ?? 1
  for (const [index, segment] of segments.entries()) {
    if (segment.number !== begins + index)
      return check.bad(segment, 0, `segment ${begins + index} is missing before this one`)
    const bad = await readSegment(segment, check, index === 0 && begins > 1)
    if (bad !== undefined) return bad
    const torn = (await stat(segment.path)).size - check.segmentEnd
    if (torn > 0 && index < segments.length - 1)
      return check.bad(segment, check.segmentLines + 1, 'the line has no end')
    check.tornBytes = torn
  }
  return check.unpruned(segments[0])
}

async function readSegment(
  segment: Segment,
  check: TrailCheck,
  pruned: boolean,
): Promise<BadLine | undefined> {
  check.beginSegment()
  try {
    for await (const batch of lineBatches(segment.path)) {
      for (const bytes of batch.lines) {
        const reason = check.take(bytes, pruned && check.segmentLines === 0)
        if (reason !== undefined) return check.bad(segment, check.segmentLines, reason)
      }
      check.segmentEnd = batch.end
    }
  } catch (error) {
    if (error instanceof CardeaError)
      return check.bad(segment, check.segmentLines + 1, 'the line is longer than any that is written')
    throw error
  }
  return undefined
}

/** The file `checkpoint`. */
function beside(latest: Awaited<ReturnType<typeof readLatest>>, check: TrailCheck): BadLine | undefined {
  const name = 'the file checkpoint'
  const bad = (reason: string) => ({ segment: '', line: 0, seq: check.chain.head.seq + 1, reason })
  if (latest === 'unreadable') return bad(`${name} is not what the trail wrote`)
  if (latest === null) return check.seals.checkpoints > 0 ? bad(`${name} is missing`) : undefined
  return compared(latest, name, check)
}

function elsewhere(given: readonly Given[], check: TrailCheck): BadLine | undefined {
  const bySize = given.toSorted((a, b) => a.checkpoint.size - b.checkpoint.size)
  for (const { checkpoint, place } of bySize) {
    if (!isReadable(checkpoint.size, check)) continue
    const bad = compared(checkpoint, `the checkpoint of ${checkpoint.size} records ${place}`, check)
    if (bad !== undefined) return bad
  }
  return undefined
}

/** Of a tree whose records were all pruned, nobody can say any more what its root was, or which key signed it. */
function isReadable(size: number, { begins }: TrailCheck): boolean {
  return begins === 1 || size >= begins
}

function compared(checkpoint: ParsedCheckpoint, name: string, check: TrailCheck): BadLine | undefined {
  const mismatch = check.seals.outside(checkpoint, name, check.chain.head.seq)
  return mismatch === undefined ? undefined : { segment: '', line: 0, ...mismatch }
}
