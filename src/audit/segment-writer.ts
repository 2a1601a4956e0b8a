/**
 * Numbers, chains and writes records, and is the only thing that does. Records that are handed over together share
 * one write; callers that wait for stable storage share one fdatasync. The first
 * failure of either poisons the writer for good: after a failed fsync nobody knows what the disk holds.
 */
import { AuditUnavailableError } from '../errors.js'
import type { AuditRecord } from '../model/record.js'
import { errorCode } from './error-code.js'
import type { CompactRange, TreeHead } from './merkle/compact-range.js'
import { segment } from './segment-files.js'
import type { TrailFiles } from './trail-files.js'
import { type ChainHead, lineForm, lineHead, MAX_LINE_BYTES } from './trail-line.js'

export interface SegmentWriterOptions {
  readonly directory: string
  readonly origin: string
  readonly files: TrailFiles
  readonly durability: 'fsync' | 'os'
  /** A segment that has reached this size is closed before the next batch. */
  readonly segmentBytes: number
  /** Where the chain stands, and the number of the segment to begin with. */
  readonly head: ChainHead
  /** The tree over the records up to there; the writer adds to it. */
  readonly tree: CompactRange
  readonly segmentNumber: number
  readonly openIntents: Iterable<string>
  /** First record of every segment. `tree`: over all records before it. */
  readonly segmentRecord: (
    segment: number,
    openIntents: readonly string[],
    tree: readonly string[],
  ) => AuditRecord
  /** Last record of every segment but the one that is open at the end. */
  readonly sealRecord: (tree: TreeHead, policyHash: string | undefined) => AuditRecord
  /** Makes room on a full disk. @returns the last record, which says so. */
  readonly fullRecord: (error: unknown) => AuditRecord
}

type Settle = 'durable' | 'accepted'
interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

const ACCEPTED: Promise<void> = Promise.resolve()

export class SegmentWriter {
  readonly #options: SegmentWriterOptions
  readonly #line: ReturnType<typeof lineForm>
  readonly #openIntents: Set<string>
  #segment: number
  #handle: number
  #segmentSize = 0
  /** Head of what is staged, of what the operating system has, and of what is on stable storage. */
  #staged: ChainHead
  #written: ChainHead
  #stable: ChainHead
  #buffer = Buffer.allocUnsafe(65_536)
  #length = 0
  /** Where in the buffer each line ends, without its line feed: of the staged ones, or of the written that are not in the tree. */
  #ends: number[] = []
  readonly #tree: CompactRange
  #catchingUp = false
  #policyHash: string | undefined
  #waiting: Waiter[] = []
  #unsynced: Waiter[] = []
  #flushScheduled = false
  #syncing: Promise<void> | undefined
  /** Closed segments whose handle a running fdatasync may still use. */
  #retired: number[] = []
  #poison: AuditUnavailableError | undefined
  #closed = false

  /** Creates the segment; throws what the file system throws. */
  constructor(options: SegmentWriterOptions) {
    this.#options = options
    this.#line = lineForm(options.origin)
    this.#openIntents = new Set(options.openIntents)
    this.#staged = options.head
    this.#written = options.head
    this.#stable = options.head
    this.#tree = options.tree
    this.#segment = options.segmentNumber
    this.#handle = this.#createSegment()
  }

  /** Head of what is on stable storage (with durability `os`: as of the last sync). */
  get stable(): ChainHead {
    return this.#stable
  }

  /** Number of the segment that is written to. */
  get segment(): number {
    return this.#segment
  }

  /** Of the policy under which the last statement was decided. */
  get policyHash(): string | undefined {
    return this.#policyHash
  }

  /** The tree over all that the operating system has. */
  tree(): TreeHead {
    this.#catchUp()
    return this.#tree.head()
  }

  /** @throws AuditUnavailableError where nothing can be appended any more. */
  check(): void {
    if (this.#poison !== undefined) throw this.#poison
    if (this.#closed) throw new AuditUnavailableError('The trail is closed.')
  }

  append(records: readonly AuditRecord[], settle: Settle): Promise<void> {
    try {
      this.check()
    } catch (error) {
      return Promise.reject(error)
    }
    try {
      if (this.#length === 0 && this.#segmentSize >= this.#options.segmentBytes) this.#rotate()
    } catch (error) {
      return Promise.reject(this.poison(error))
    }
    try {
      this.#stage(records)
    } catch (error) {
      return Promise.reject(unwritable(error))
    }
    this.#scheduleFlush()
    if (settle === 'accepted') return ACCEPTED
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  /** Appends a record about the tree of all records before it, in the segment of the last of them. */
  appendOn(make: (tree: TreeHead) => AuditRecord): Promise<void> {
    try {
      this.check()
      this.#flush()
      this.check()
      this.#stage([make(this.tree())])
    } catch (error) {
      return Promise.reject(error)
    }
    this.#scheduleFlush()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  /** Nothing is written from here on; everyone who waits is told. */
  poison(cause: unknown): AuditUnavailableError {
    this.#poison ??= new AuditUnavailableError(
      'The audit trail could not be written; nothing executes and nothing is released. Mend the storage (space, permissions, disk) and restart.',
      { cause },
    )
    const stranded = [...this.#waiting, ...this.#unsynced]
    this.#waiting = []
    this.#unsynced = []
    this.#dropStaged()
    for (const waiter of stranded) waiter.reject(this.#poison)
    return this.#poison
  }

  /** Brings everything written so far to stable storage, whatever the durability. */
  async sync(): Promise<void> {
    this.#flush()
    await this.#syncing
    if (this.#poison !== undefined) throw this.#poison
    if (this.#written.seq !== this.#stable.seq) await this.#startSync()
    if (this.#poison !== undefined) throw this.#poison
  }

  /** Syncs what can be synced, and lets go of the file in any case. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    try {
      await this.sync()
    } finally {
      await this.#syncing
      this.#options.files.close(this.#handle)
    }
  }

  /** All records or none: a record that cannot be a line leaves no gap in the numbers. */
  #stage(records: readonly AuditRecord[]): void {
    this.#catchUp()
    const before = { staged: this.#staged, length: this.#length, lines: this.#ends.length }
    try {
      for (const record of records) this.#stageOne(record)
    } catch (error) {
      this.#staged = before.staged
      this.#length = before.length
      this.#ends.length = before.lines
      throw error
    }
    for (const record of records) this.#track(record)
  }

  #stageOne(record: AuditRecord): void {
    const line = this.#line(record, this.#staged)
    this.#reserve(line.length * 3 + 1)
    const bytes = this.#buffer.write(line, this.#length, 'utf8')
    if (bytes >= MAX_LINE_BYTES) throw new RangeError(`the record is larger than ${MAX_LINE_BYTES} bytes`)
    const end = this.#length + bytes
    this.#staged = lineHead(this.#staged.seq + 1, this.#buffer.subarray(this.#length, end))
    this.#buffer[end] = 0x0a
    this.#length = end + 1
    this.#ends.push(end)
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }

  #track(record: AuditRecord): void {
    if (record.event !== 'statement') return
    const hash = record.body?.decision.policyHash
    if (hash !== undefined && hash !== '') this.#policyHash = hash
    if (record.phase === 'intent') this.#openIntents.add(record.id)
    else this.#openIntents.delete(record.id)
  }

  /** As `queueMicrotask`, which makes an async resource each time. */
  #scheduleFlush(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    void Promise.resolve().then(this.#flush)
  }

  readonly #flush = (): void => {
    this.#flushScheduled = false
    if (this.#poison !== undefined) return
    try {
      this.#writeStaged()
    } catch (error) {
      if (isFull(error)) this.#sayFull(error)
      this.poison(error)
      return
    }
    const { durability } = this.#options
    const waiting = this.#waiting
    this.#waiting = []
    if (durability === 'fsync') this.#unsynced.push(...waiting)
    else for (const waiter of waiting) waiter.resolve()
    if (this.#unsynced.length > 0) void this.#startSync()
  }

  #writeStaged(): void {
    let offset = 0
    while (offset < this.#length) {
      const taken = this.#options.files.append(this.#handle, this.#buffer, offset, this.#length - offset)
      offset += taken
    }
    this.#segmentSize += this.#length
    this.#length = 0
    this.#written = this.#staged
    this.#scheduleCatchUp()
  }

  /** Whoever waits for a record does not wait for its hashes: they are made behind its release. */
  #scheduleCatchUp(): void {
    if (this.#catchingUp) return
    this.#catchingUp = true
    setImmediate(() => {
      this.#catchingUp = false
      this.#catchUp()
    })
  }

  /** Hashes what has been written, before the next line takes its place in the buffer. */
  #catchUp(): void {
    if (this.#length > 0 || this.#ends.length === 0) return
    let start = 0
    for (const end of this.#ends) {
      this.#tree.addLine(this.#buffer.subarray(start, end))
      start = end + 1
    }
    this.#ends = []
    void this.#written.hash
  }

  #dropStaged(): void {
    this.#catchUp()
    this.#length = 0
    this.#ends = []
  }

  /**
   * What could not be written goes, whoever waits for it is told so, and the last record says why there are no more. Where
   * even that fails, the next opening finds the torn line.
   */
  #sayFull(error: unknown): void {
    const { directory, files, fullRecord } = this.#options
    try {
      this.#staged = this.#written
      this.#dropStaged()
      const record = fullRecord(error)
      files.truncate(segment(directory, this.#segment).path, this.#segmentSize)
      this.#stage([record])
      this.#writeStaged()
      files.syncNow(this.#handle)
    } catch {
      // The trail ends here either way.
    }
  }

  #startSync(): Promise<void> {
    this.#syncing ??= this.#syncLoop().finally(() => {
      this.#syncing = undefined
    })
    return this.#syncing
  }

  /** One fdatasync at a time; whoever arrives meanwhile shares the next. Never rejects. */
  async #syncLoop(): Promise<void> {
    do {
      const batch = this.#unsynced
      const reached = this.#written
      this.#unsynced = []
      try {
        await this.#options.files.sync(this.#handle)
        for (const handle of this.#retired.splice(0)) this.#options.files.close(handle)
      } catch (error) {
        this.poison(error)
      }
      if (this.#poison === undefined) this.#stable = reached
      for (const waiter of batch) this.#poison === undefined ? waiter.resolve() : waiter.reject(this.#poison)
    } while (this.#unsynced.length > 0)
  }

  /** The old segment is stable before the new one exists, so only the last segment can have a torn tail. */
  #rotate(): void {
    const { files, sealRecord } = this.#options
    this.#stage([sealRecord(this.tree(), this.#policyHash)])
    this.#writeStaged()
    files.syncNow(this.#handle)
    if (this.#syncing === undefined) files.close(this.#handle)
    else this.#retired.push(this.#handle)
    this.#segment += 1
    this.#segmentSize = 0
    this.#handle = this.#createSegment()
  }

  #createSegment(): number {
    const { files, directory, segmentRecord } = this.#options
    const handle = files.create(segment(directory, this.#segment).path)
    files.syncDirectory(directory)
    this.#catchUp()
    this.#stage([segmentRecord(this.#segment, [...this.#openIntents], this.#tree.nodes())])
    return handle
  }
}

function isFull(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}

function unwritable(error: unknown): AuditUnavailableError {
  return new AuditUnavailableError(
    'A record could not be written as a line of the trail, so what it describes may not happen.',
    { cause: error },
  )
}
