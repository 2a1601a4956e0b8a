import { mkdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { AuditUnavailableError, CardeaError, ConfigurationError } from '../errors.js'
import type { Checkpoint } from '../model/checkpoint.js'
import type { AuditRecord } from '../model/record.js'
import { type Clock, systemClock } from '../util/clock.js'
import { type Ids, ulids } from '../util/ids.js'
import type { Anchor } from './anchors/anchor.js'
import { type Anchoring, type AnchorLag, failureOf, openAnchoring } from './anchors/anchoring.js'
import type { AuditSink } from './audit-sink.js'
import { Sealer } from './checkpoints/sealer.js'
import { errorCode } from './error-code.js'
import { newEpoch } from './keys/epoch-keys.js'
import type { RootSigner } from './keys/root-signer.js'
import { openRoot } from './keys/trail-root.js'
import { giveUpReserve, keepReserve } from './reserve.js'
import { SegmentWriter } from './segment-writer.js'
import { nodeTrailFiles, type TrailFiles } from './trail-files.js'
import { acquireLock, type TrailLock } from './trail-lock.js'
import { recoverState, type TrailState } from './trail-recovery.js'

export interface FileTrailOptions {
  /** Made with mode 0700 when missing. One writer at a time; nothing else belongs in it. */
  readonly directory: string
  /**
   * `'fsync'` (default): a durable record survives a power cut. `'os'`: it survives the death of the
   * process, and a power cut loses what the operating system had not written yet (see docs/audit.md).
   */
  readonly durability?: 'fsync' | 'os'
  /** Size at which a segment is closed and the next begun. Default 64 MiB, at least 64 KiB. */
  readonly segmentBytes?: number
  /** Names this writer in every record. Default: the host name. */
  readonly origin?: string
  /**
   * `root`: the file of the trail's private root key (`cardea audit keygen`), or what signs with one that is kept elsewhere.
   * It cannot change later: another key needs a new directory. Default: a key of the trail's own, made at its first
   * opening and kept beside it, with which whoever can write to the directory can sign too.
   */
  readonly keys?: { readonly root: string | RootSigner }
  /** Where checkpoints go that nobody on this host can change. Default: nowhere. */
  readonly anchors?: readonly Anchor[]
  readonly clock?: Clock
  readonly ids?: Ids
}

export interface FileTrail extends AuditSink {
  /** How far each anchor is behind; nothing before the trail is open. */
  anchorLag(): readonly AnchorLag[]
}

const OPTIONS: readonly string[] = [
  'directory',
  'durability',
  'segmentBytes',
  'origin',
  'keys',
  'anchors',
  'clock',
  'ids',
]
const BEAT_MS = 1_000

/**
 * The durable sink: hash-chained segments of canonical JSON lines in a directory (PCI DSS 10.3.2, 10.3.4).
 * Opened by `openTrail`, or by the first write.
 *
 * @param files the file operations below it; tests inject failures.
 * @throws ConfigurationError for options it cannot honour; when opened: CardeaError `CARDEA_TRAIL_LOCKED`,
 *   `CARDEA_TRAIL_DAMAGED`, `CARDEA_AUDIT_UNAVAILABLE`.
 * @example
 * const trail = await openTrail({ sinks: [fileTrail({ directory: './audit' })], clock, ids, scrubber })
 */
export function fileTrail(options: FileTrailOptions, files: TrailFiles = nodeTrailFiles): FileTrail {
  checkOptions(options)
  const clock = options.clock ?? systemClock
  const ids = options.ids ?? ulids(clock)
  let opening: Promise<readonly AuditRecord[]> | undefined
  let opened: OpenFile | undefined
  let closed = false
  /** Writes that wait for the opening; none may overtake them. */
  let early = 0

  const open = (): Promise<readonly AuditRecord[]> => {
    if (closed) return Promise.reject(new AuditUnavailableError('The trail is closed.'))
    opening ??= openFile({ options, files, clock, ids }).then(file => {
      opened = file
      return file.recovered
    })
    return opening
  }
  return Object.freeze({
    name: 'file',
    durable: true,
    open,
    check: () => {
      if (closed) throw new AuditUnavailableError('The trail is closed.')
      opened?.writer.check()
    },
    write: (records, settle) => {
      if (opened !== undefined && early === 0) return opened.writer.append(records, settle)
      early += 1
      return open().then(() => {
        early -= 1
        return opened?.writer.append(records, settle)
      })
    },
    anchorLag: () => opened?.anchoring.lag() ?? [],
    close: async () => {
      closed = true
      // A trail that never opened has told its caller so; there is nothing to close.
      await opening?.catch(() => undefined)
      await opened?.close()
    },
  } satisfies FileTrail)
}

interface OpenFile {
  readonly writer: SegmentWriter
  readonly anchoring: Anchoring
  readonly recovered: readonly AuditRecord[]
  close(): Promise<void>
}

/** What a trail is opened with. */
interface Opening {
  readonly options: FileTrailOptions
  readonly files: TrailFiles
  readonly clock: Clock
  readonly ids: Ids
}

async function openFile(opening: Opening): Promise<OpenFile> {
  const { clock, files, ids, options } = opening
  const { anchors = [], directory } = options
  const holder: { writer?: SegmentWriter; anchoring?: Anchoring } = {}
  const onLost = () => holder.writer?.poison(new Error('another process took the lock of the trail'))
  const onFailure = (anchor: string, error: unknown) => {
    const failure = { anchor, control: 'anchor', error: failureOf(error) }
    // Where even this cannot be written, the next statement meets the reason.
    void holder.writer
      ?.append([lifecycle('control.fail', failure, opening)], 'durable')
      .catch(() => undefined)
  }
  let lock: TrailLock | undefined
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    lock = await acquireLock(directory, { ids, onLost })
    const state = await recoverState(directory)
    const origin = options.origin ?? hostname()
    const rooted = state.epoch > 0
    const root = await openRoot({ directory, origin, root: options.keys?.root, rooted, files, ids })
    const anchoring = openAnchoring({ anchors, directory, clock, onFailure })
    holder.anchoring = anchoring
    const epoch = await newEpoch(root, state.epoch + 1, state.tree.head())
    const offer = (checkpoint: Checkpoint) => anchoring.offer(checkpoint)
    const sealer = new Sealer({ directory, root, epoch, clock, ids, offer })
    await keepReserve(directory)
    const writer = createWriter(opening, state, sealer)
    holder.writer = writer
    const recovered = recoveryRecords(state, opening)
    await writer.append([sealer.keyRecord(), ...recovered], 'durable')
    await writer.sync()
    // Only now: a crash in between finds the same tail again, never a tail cut without a word.
    for (const torn of state.torn)
      if (torn.segment !== state.leftover) files.truncate(torn.segment.path, torn.keep)
    await sealer.begin(writer)
    rmSync(join(directory, 'head'), { force: true })
    return running({ writer, sealer, anchoring, lock, recovered })
  } catch (error) {
    await holder.writer?.close().catch(() => undefined)
    await holder.anchoring?.close()
    lock?.release()
    throw error instanceof CardeaError ? error : unopened(directory, error)
  }
}

function createWriter(opening: Opening, state: TrailState, sealer: Sealer): SegmentWriter {
  const { files, options } = opening
  const { directory } = options
  if (state.leftover !== null) rmSync(state.leftover.path)
  const durability = options.durability ?? 'fsync'
  return new SegmentWriter({
    directory,
    origin: options.origin ?? hostname(),
    files,
    durability,
    segmentBytes: options.segmentBytes ?? 64 * 1_048_576,
    head: state.head,
    tree: state.tree,
    segmentNumber: state.nextSegment,
    openIntents: state.openIntents,
    segmentRecord: (segment, openIntents, tree) => {
      // The first one of an opening is followed by the key itself.
      const note = segment === state.nextSegment ? undefined : sealer.certificate
      const key = note === undefined ? {} : { note }
      return lifecycle('trail.segment', { durability, ...key, openIntents, segment, tree }, opening)
    },
    sealRecord: (tree, policyHash) => sealer.checkpointRecord(tree, 'segment', policyHash),
    fullRecord: error => {
      giveUpReserve(directory)
      const code = errorCode(error) ?? 'unknown'
      return lifecycle('control.fail', { control: 'trail storage', error: { code } }, opening)
    },
  })
}

function recoveryRecords(state: TrailState, opening: Opening): readonly AuditRecord[] {
  const cuts = state.torn.map(torn =>
    lifecycle(
      'trail.recover',
      { cutBytes: torn.bytes, cutSha256: torn.sha256, keptBytes: torn.keep, segment: torn.segment.name },
      opening,
    ),
  )
  // Nothing was torn, and the end of the writer before is on record nowhere else (PCI DSS 10.2.1.6).
  const ends = state.closed || cuts.length > 0 ? [] : [lifecycle('trail.recover', { cutBytes: 0 }, opening)]
  const time = isoTime(opening.clock)
  const lost = state.openIntents.map(
    (id): AuditRecord => ({
      event: 'statement',
      phase: 'outcome',
      id,
      time,
      outcome: { durationMs: 0, status: 'unknown' },
    }),
  )
  return [...cuts, ...ends, ...lost]
}

interface Running {
  readonly writer: SegmentWriter
  readonly sealer: Sealer
  readonly anchoring: Anchoring
  readonly lock: TrailLock
  readonly recovered: readonly AuditRecord[]
}

/** Keeps the checkpoints in step with what is on stable storage, until closed. */
function running({ writer, sealer, anchoring, lock, recovered }: Running): OpenFile {
  let beating: Promise<void> = Promise.resolve()
  let closing: Promise<void> | undefined
  const beat = () => (closing === undefined ? sealer.beat(writer) : Promise.resolve())
  const timer = setInterval(() => {
    // A checkpoint that cannot be written means that lost tails would go unseen: stop, like any failed write.
    beating = beating.then(beat).catch(error => void writer.poison(error))
  }, BEAT_MS)
  timer.unref()

  const close = async (): Promise<void> => {
    clearInterval(timer)
    try {
      await beating
      await sealer.seal(writer, 'close')
    } finally {
      await Promise.all([writer.close(), anchoring.close()]).finally(() => lock.release())
    }
  }
  return {
    writer,
    anchoring,
    recovered,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function lifecycle(
  event: 'trail.segment' | 'trail.recover' | 'control.fail',
  detail: Readonly<Record<string, unknown>>,
  { clock, ids }: Pick<Opening, 'clock' | 'ids'>,
): AuditRecord {
  return { event, phase: 'single', id: ids.next(), time: isoTime(clock), detail }
}

function isoTime(clock: Clock): string {
  return new Date(clock.now()).toISOString()
}

function checkOptions(options: FileTrailOptions): void {
  const unknown = Object.keys(options).find(name => !OPTIONS.includes(name))
  if (unknown !== undefined) throw new ConfigurationError(`fileTrail has no option ${unknown}.`)
  if (typeof options.directory !== 'string' || options.directory === '') {
    throw new ConfigurationError('fileTrail needs a directory for its segments.')
  }
  if (options.durability !== undefined && !['fsync', 'os'].includes(options.durability)) {
    throw new ConfigurationError("fileTrail's durability is 'fsync' or 'os'.")
  }
  const { segmentBytes } = options
  if (segmentBytes !== undefined && !(Number.isSafeInteger(segmentBytes) && segmentBytes >= 65_536)) {
    throw new ConfigurationError("fileTrail's segmentBytes is a whole number of bytes, at least 65536.")
  }
}

function unopened(directory: string, error: unknown): AuditUnavailableError {
  const code = errorCode(error)
  const why = code === undefined ? '' : ` (${code})`
  return new AuditUnavailableError(
    `The trail in ${directory} cannot be opened${why}. Check that the directory can be created and written by this process.`,
    { cause: error },
  )
}
