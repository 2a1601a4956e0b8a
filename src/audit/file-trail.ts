import { mkdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { AuditUnavailableError, CardeaError, ConfigurationError } from '../errors.js'
import type { AuditRecord } from '../model/record.js'
import { type Clock, systemClock } from '../util/clock.js'
import { type Ids, ulids } from '../util/ids.js'
import type { AuditSink } from './audit-sink.js'
import { errorCode } from './error-code.js'
import { SegmentWriter } from './segment-writer.js'
import { nodeTrailFiles, type TrailFiles } from './trail-files.js'
import { writeHead } from './trail-head.js'
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
  readonly clock?: Clock
  readonly ids?: Ids
}

const OPTIONS: readonly string[] = ['directory', 'durability', 'segmentBytes', 'origin', 'clock', 'ids']
const HEAD_EVERY_MS = 1_000

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
export function fileTrail(options: FileTrailOptions, files: TrailFiles = nodeTrailFiles): AuditSink {
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
    opening ??= openFile(options, files, clock, ids).then(file => {
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
    close: async () => {
      closed = true
      // A trail that never opened has told its caller so; there is nothing to close.
      await opening?.catch(() => undefined)
      await opened?.close()
    },
  } satisfies AuditSink)
}

interface OpenFile {
  readonly writer: SegmentWriter
  readonly recovered: readonly AuditRecord[]
  close(): Promise<void>
}

async function openFile(
  options: FileTrailOptions,
  files: TrailFiles,
  clock: Clock,
  ids: Ids,
): Promise<OpenFile> {
  const { directory } = options
  const holder: { writer?: SegmentWriter } = {}
  const onLost = () => holder.writer?.poison(new Error('another process took the lock of the trail'))
  let lock: TrailLock | undefined
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    lock = await acquireLock(directory, { ids, onLost })
    const state = await recoverState(directory)
    const writer = createWriter(options, files, clock, ids, state)
    holder.writer = writer
    const recovered = recoveryRecords(state, clock, ids)
    await writer.append(recovered, 'durable')
    await writer.sync()
    // Only now: a crash in between finds the same tail again, never a tail cut without a word.
    for (const torn of state.torn)
      if (torn.segment !== state.leftover) files.truncate(torn.segment.path, torn.keep)
    await writeHead(directory, writer.stable)
    return running(directory, writer, lock, recovered)
  } catch (error) {
    await holder.writer?.close().catch(() => undefined)
    lock?.release()
    throw error instanceof CardeaError ? error : unopened(directory, error)
  }
}

function createWriter(
  options: FileTrailOptions,
  files: TrailFiles,
  clock: Clock,
  ids: Ids,
  state: TrailState,
): SegmentWriter {
  if (state.leftover !== null) rmSync(state.leftover.path)
  const durability = options.durability ?? 'fsync'
  return new SegmentWriter({
    directory: options.directory,
    origin: options.origin ?? hostname(),
    files,
    durability,
    segmentBytes: options.segmentBytes ?? 64 * 1_048_576,
    head: state.head,
    segmentNumber: state.nextSegment,
    openIntents: state.openIntents,
    segmentRecord: (segment, openIntents) =>
      lifecycle('trail.segment', { durability, openIntents, segment }, clock, ids),
  })
}

function recoveryRecords(state: TrailState, clock: Clock, ids: Ids): readonly AuditRecord[] {
  const cuts = state.torn.map(torn =>
    lifecycle(
      'trail.recover',
      { cutBytes: torn.bytes, cutSha256: torn.sha256, keptBytes: torn.keep, segment: torn.segment.name },
      clock,
      ids,
    ),
  )
  const time = isoTime(clock)
  const lost = state.openIntents.map(
    (id): AuditRecord => ({
      event: 'statement',
      phase: 'outcome',
      id,
      time,
      outcome: { durationMs: 0, status: 'unknown' },
    }),
  )
  return [...cuts, ...lost]
}

/** Keeps the head note in step with what is on stable storage, until closed. */
function running(
  directory: string,
  writer: SegmentWriter,
  lock: TrailLock,
  recovered: readonly AuditRecord[],
): OpenFile {
  let noted = writer.stable.seq
  let noting: Promise<void> = Promise.resolve()
  const note = async (): Promise<void> => {
    await writer.sync()
    const head = writer.stable
    if (head.seq === noted) return
    await writeHead(directory, head)
    noted = head.seq
  }
  const timer = setInterval(() => {
    // A note that cannot be written means that lost tails would go unseen: stop, like any failed write.
    noting = noting.then(note).catch(error => void writer.poison(error))
  }, HEAD_EVERY_MS)
  timer.unref()

  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    clearInterval(timer)
    try {
      await noting
      await note()
    } finally {
      await writer.close().finally(() => lock.release())
    }
  }
  return {
    writer,
    recovered,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function lifecycle(
  event: 'trail.segment' | 'trail.recover',
  detail: Readonly<Record<string, unknown>>,
  clock: Clock,
  ids: Ids,
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
