/**
 * Records on their way to a peer, in a directory of bounded size: written once as lines, delivered in order, gone
 * when the peer has acknowledged them. They outlive the process; not synced, since the trail is what must outlive
 * a loss of power. A record that finds no room is refused, so what is kept has no holes but at its end.
 */
import type { FileHandle } from 'node:fs/promises'
import { AuditUnavailableError, CardeaError } from '../../errors.js'
import type { AuditRecord } from '../../model/record.js'
import type { Ids } from '../../util/ids.js'
import { errorCode } from '../error-code.js'
import { recordLine } from '../trail-line.js'
import { acquireLock, type TrailLock } from '../trail-lock.js'
import {
  countLines,
  listSegments,
  makeDirectory,
  type Position,
  readLines,
  readPosition,
  removeSegment,
  type Segment,
  type SpoolFiles,
  segmentPath,
  writePosition,
} from './spool-files.js'

/** What is to be sent next. */
export interface Batch {
  readonly records: readonly AuditRecord[]
  /** Lines that could not be read as records: the disk has changed them. */
  readonly unreadable: number
  readonly end: Position
}

interface Append {
  readonly bytes: Buffer
  readonly records: number
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

const SMALLEST_SEGMENT = 65_536
const LARGEST_SEGMENT = 4 * 1_048_576
/** Bytes that may wait for the disk; more are refused, so that a disk that hangs does not fill the memory. */
const MOST_PENDING = 32 * 1_048_576

export class Spool {
  readonly #directory: string
  readonly #maxBytes: number
  readonly #segmentBytes: number
  readonly #files: SpoolFiles
  readonly #lock: TrailLock
  /** In order; the last one is written to where `#tail` is there. */
  #segments: Segment[]
  #tail: FileHandle | undefined
  #position: Position
  #records: number
  /** Of the oldest record that waits, ISO 8601, as far as known. */
  #oldest: string | undefined
  #appends: Append[] = []
  /** Bytes that wait for the disk. */
  #pending = 0
  #appending: Promise<void> | undefined
  #lost = false
  #closed = false
  #arrival: () => void = () => {}

  private constructor(
    options: SpoolOptions,
    found: {
      readonly lock: TrailLock
      readonly segments: Segment[]
      readonly position: Position
      readonly records: number
    },
  ) {
    this.#directory = options.directory
    this.#maxBytes = options.maxBytes
    this.#segmentBytes = Math.min(
      LARGEST_SEGMENT,
      Math.max(SMALLEST_SEGMENT, Math.floor(options.maxBytes / 16)),
    )
    this.#files = options.files
    this.#lock = found.lock
    this.#segments = found.segments
    this.#position = found.position
    this.#records = found.records
  }

  /** @throws CardeaError `CARDEA_TRAIL_LOCKED` where another process has it; `CARDEA_AUDIT_UNAVAILABLE`. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { directory, ids } = options
    const holder: { spool?: Spool } = {}
    let lock: TrailLock | undefined
    try {
      await makeDirectory(directory)
      lock = await acquireLock(directory, { ids, onLost: () => holder.spool?.lose() })
      const found = await whatWaits(directory)
      holder.spool = new Spool(options, { ...found, lock })
      return holder.spool
    } catch (error) {
      lock?.release()
      throw error instanceof CardeaError ? error : unusable(error)
    }
  }

  /** Records that wait. */
  get records(): number {
    return this.#records
  }

  get oldest(): string | undefined {
    return this.#records === 0 ? undefined : this.#oldest
  }

  /** Bytes on disk that wait. */
  get #waiting(): number {
    const head = this.#segments[0]
    const delivered = head?.number === this.#position.segment ? this.#position.offset : 0
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0) - delivered
  }

  /** @param arrival called whenever records have been added. */
  onArrival(arrival: () => void): void {
    this.#arrival = arrival
  }

  /** All of the records or none. @throws AuditUnavailableError where there is no room for them, or the disk fails. */
  append(records: readonly AuditRecord[]): Promise<void> {
    if (records.length === 0) return this.#appending ?? Promise.resolve()
    return new Promise((done, failed) => {
      if (this.#closed) throw new AuditUnavailableError('The sink is closed.')
      if (this.#lost) throw new AuditUnavailableError('Another process has taken the spool of this sink.')
      const bytes = Buffer.from(records.map(record => `${recordLine(record)}\n`).join(''))
      const pending = this.#pending
      // A segment is removed as a whole, so the room of one may be taken by what is delivered.
      if (this.#waiting + pending + bytes.length > this.#maxBytes - this.#segmentBytes) throw full()
      if (pending > MOST_PENDING) throw new AuditUnavailableError('The disk of the spool is too slow.')
      if (this.#records === 0) this.#oldest = records[0]?.time
      this.#pending += bytes.length
      this.#appends.push({ bytes, records: records.length, done, failed })
      this.#appending ??= this.#appendAll()
    })
  }

  /** Undefined where nothing waits. @throws AuditUnavailableError where the disk fails. */
  async next({
    records,
    bytes,
  }: {
    readonly records: number
    readonly bytes: number
  }): Promise<Batch | undefined> {
    if (this.#lost) throw new AuditUnavailableError('Another process has taken the spool of this sink.')
    try {
      for (;;) {
        const segment = this.#segments[0]
        if (segment === undefined) {
          // Whatever was counted and is no longer there is not to be waited for.
          if (this.#appending === undefined) this.#records = 0
          return undefined
        }
        const from = this.#position.segment === segment.number ? this.#position.offset : 0
        const span = { from, to: segment.bytes, limit: bytes }
        const found = await readLines(this.#directory, segment.number, span)
        if (found.length > 0) {
          const batch = batchOf(found, records, { segment: segment.number, offset: from })
          this.#oldest = batch.records[0]?.time ?? this.#oldest
          return batch
        }
        // More may come to the last one, and it has not been added to meanwhile.
        const isLast = this.#segments.length === 1 && this.#segments[0]?.bytes === segment.bytes
        if (isLast && this.#tail !== undefined) return undefined
        if (this.#segments[0]?.bytes === segment.bytes) await this.#remove(segment)
      }
    } catch (error) {
      throw unusable(error)
    }
  }

  /** The batch has been delivered, or given up. A failure means that it may be delivered again. */
  async advance({ records, unreadable, end }: Batch): Promise<void> {
    this.#position = end
    this.#records = Math.max(0, this.#records - records.length - unreadable)
    this.#oldest = records.at(-1)?.time ?? this.#oldest
    try {
      await writePosition(this.#directory, end)
      const segment = this.#segments[0]
      if (segment !== undefined && this.#segments.length > 1 && end.offset >= segment.bytes)
        await this.#remove(segment)
    } catch (error) {
      throw unusable(error)
    }
  }

  /** Another process has the directory. */
  lose(): void {
    this.#lost = true
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#appending
    await this.#tail?.close().catch(() => {})
    this.#tail = undefined
    this.#lock.release()
  }

  async #appendAll(): Promise<void> {
    // What is written in the same turn goes to the disk together.
    await Promise.resolve()
    while (this.#appends.length > 0) {
      const appends = this.#appends
      this.#appends = []
      try {
        await this.#write(Buffer.concat(appends.map(({ bytes }) => bytes)))
        for (const { records } of appends) this.#records += records
        for (const { done } of appends) done()
        this.#arrival()
      } catch (error) {
        for (const { failed } of appends) failed(unusable(error))
      } finally {
        for (const { bytes } of appends) this.#pending -= bytes.length
      }
    }
    this.#appending = undefined
  }

  async #write(bytes: Buffer): Promise<void> {
    const last = this.#segments.at(-1)
    const isFull =
      last !== undefined && last.bytes >= (this.#records === 0 ? SMALLEST_SEGMENT : this.#segmentBytes)
    if (this.#tail === undefined || isFull) {
      await this.#tail?.close()
      this.#tail = undefined
      const number = Math.max(last?.number ?? 0, this.#position.segment) + 1
      this.#tail = await this.#files.create(segmentPath(this.#directory, number))
      this.#segments.push({ number, bytes: 0 })
    }
    const segment = this.#segments.at(-1)
    if (segment === undefined) throw new RangeError('no segment')
    try {
      await this.#files.append(this.#tail, bytes)
    } catch (error) {
      // What stands behind the last whole append is nobody's: it is cut off, or the segment is left as it is.
      await this.#tail.truncate(segment.bytes).catch(() => {})
      await this.#tail.close().catch(() => {})
      this.#tail = undefined
      throw error
    }
    this.#segments[this.#segments.length - 1] = { ...segment, bytes: segment.bytes + bytes.length }
  }

  async #remove(segment: Segment): Promise<void> {
    this.#segments = this.#segments.filter(({ number }) => number !== segment.number)
    await removeSegment(this.#directory, segment.number)
  }
}

export interface SpoolOptions {
  readonly directory: string
  readonly maxBytes: number
  readonly ids: Ids
  readonly files: SpoolFiles
}

/** Also cuts short what a process that was killed had not finished: the end of a segment that is no whole line. */
async function whatWaits(
  directory: string,
): Promise<{ readonly segments: Segment[]; readonly position: Position; readonly records: number }> {
  const position = await readPosition(directory)
  const segments: Segment[] = []
  let records = 0
  for (const segment of await listSegments(directory)) {
    const offset = segment.number === position.segment ? position.offset : 0
    if (segment.number < position.segment) {
      await removeSegment(directory, segment.number)
      continue
    }
    const { lines, end } = await countLines(directory, segment, offset)
    records += lines
    if (lines === 0) await removeSegment(directory, segment.number)
    else segments.push({ number: segment.number, bytes: end })
  }
  return { segments, position, records }
}

function batchOf(bytes: Buffer, most: number, { segment, offset }: Position): Batch {
  const records: AuditRecord[] = []
  let unreadable = 0
  let at = 0
  while (at < bytes.length && records.length + unreadable < most) {
    const end = bytes.indexOf(10, at)
    const record = recordOf(bytes.toString('utf8', at, end))
    if (record === undefined) unreadable += 1
    else records.push(record)
    at = end + 1
  }
  return { records, unreadable, end: { segment, offset: offset + at } }
}

function recordOf(line: string): AuditRecord | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'event' in value
      ? (value as AuditRecord)
      : undefined
  } catch {
    return undefined
  }
}

function full(): AuditUnavailableError {
  return new AuditUnavailableError(
    'The spool of this sink is full: its peer has been away for long. Records go on to the trail; copy them from there.',
  )
}

function unusable(error: unknown): AuditUnavailableError {
  if (error instanceof AuditUnavailableError) return error
  const code = errorCode(error)
  return new AuditUnavailableError(
    `The spool of this sink cannot be used${code === undefined ? '' : ` (${code})`}. Check its directory and the room on its disk.`,
    { cause: error },
  )
}
