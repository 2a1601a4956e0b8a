/** One sink that gets copies: never waited for, bounded in what it may leave waiting, its failures counted. */
import { AuditUnavailableError } from '../errors.js'
import type { AuditRecord } from '../model/record.js'
import type { Clock } from '../util/clock.js'
import type { AuditSink } from './audit-sink.js'

/** Records that a sink may have been handed and not taken: beyond that, memory would have no bound. */
const MOST_WAITING = 10_000
/** A sink that fails again and again must not fill the trail with its own failure. */
const TELL_EVERY_MS = 60_000

/** What to put on record about a sink that gets copies. */
export type CopyFailure = (sink: AuditSink, error: unknown, lost: number) => void

export class SinkCopies {
  readonly sink: AuditSink
  readonly #clock: Clock
  readonly #failure: CopyFailure
  readonly #writes = new Set<Promise<void>>()
  #waiting = 0
  #closed = false
  /** Not told yet. */
  #trouble: { readonly error: unknown; readonly lost: number } | undefined
  #toldAt: number | undefined

  constructor(sink: AuditSink, clock: Clock, failure: CopyFailure) {
    this.sink = sink
    this.#clock = clock
    this.#failure = failure
    sink.watch?.(({ error, lost }) => this.failed(error, lost))
  }

  write(records: readonly AuditRecord[]): void {
    // What is put on record while sinks close is in those that are still open.
    if (this.#closed) return
    this.#tell(false)
    if (this.#waiting >= MOST_WAITING) {
      this.failed(
        new AuditUnavailableError('The sink takes records more slowly than they come.'),
        records.length,
      )
      return
    }
    this.#waiting += records.length
    const writing: Promise<void> = (async () => this.sink.write(records, 'durable'))()
      .catch((error: unknown) => this.failed(error, records.length))
      .finally(() => {
        this.#waiting -= records.length
        this.#writes.delete(writing)
      })
    this.#writes.add(writing)
  }

  /** Counts a failure, and has it put on record now or, soon after another one, later. */
  failed(error: unknown, lost: number): void {
    this.#trouble = { error, lost: lost + (this.#trouble?.lost ?? 0) }
    this.#tell(false)
  }

  /** What is under way ends first; what has not been told yet is told. */
  async close(): Promise<void> {
    this.#closed = true
    await this.sink.close().catch((error: unknown) => this.failed(error, 0))
    while (this.#writes.size > 0) await Promise.all(this.#writes)
    this.#tell(true)
  }

  #tell(atOnce: boolean): void {
    const trouble = this.#trouble
    if (trouble === undefined) return
    const now = this.#clock.monotonic()
    if (!atOnce && this.#toldAt !== undefined && now - this.#toldAt < TELL_EVERY_MS) return
    this.#toldAt = now
    this.#trouble = undefined
    this.#failure(this.sink, trouble.error, trouble.lost)
  }
}
