/**
 * Every record goes to every sink. Durable and mandatory sinks are waited for and fail the statement;
 * the others get copies of what is on record, and their first failure is itself put on record.
 */
import { AuditUnavailableError, CardeaError, ConfigurationError } from '../errors.js'
import type { AuditRecord } from '../model/record.js'
import type { AuditSink } from './audit-sink.js'

/** What to put on record about a sink that failed; `withheld`: ids of the records it should have taken. */
export type FailureRecord = (sink: string, error: unknown, withheld: readonly string[]) => AuditRecord

export class SinkSet {
  readonly #awaited: readonly AuditSink[]
  readonly #copies: readonly AuditSink[]
  readonly #failureRecord: FailureRecord
  readonly #reported = new Set<AuditSink>()
  readonly #copying = new Set<Promise<void>>()
  #dead: AuditUnavailableError | undefined

  /** @throws ConfigurationError without a durable sink. */
  constructor(sinks: readonly AuditSink[], failureRecord: FailureRecord) {
    if (!sinks.some(sink => sink.durable)) {
      throw new ConfigurationError(
        'One audit sink must be durable: add fileTrail({ directory }) to the sinks.',
      )
    }
    this.#awaited = sinks.filter(isAwaited)
    this.#copies = sinks.filter(sink => !isAwaited(sink))
    this.#failureRecord = failureRecord
  }

  /** Whether every awaited sink lets the intent of a read wait. @throws AuditUnavailableError where one takes no records. */
  letsReadsWait(): boolean {
    if (this.#dead !== undefined) throw this.#dead
    for (const sink of this.#awaited) {
      if (sink.check === undefined) return false
      try {
        sink.check()
      } catch (error) {
        throw this.#failed(sink, error, [])
      }
    }
    return true
  }

  /** Opens every sink; what one recovered is copied to the others. Throws the first awaited sink's error. */
  async open(): Promise<void> {
    const failedCopies: { sink: AuditSink; error: unknown }[] = []
    const recovered: { sink: AuditSink; records: readonly AuditRecord[] }[] = []
    try {
      for (const sink of [...this.#awaited, ...this.#copies]) {
        try {
          const records = await sink.open?.()
          if (records !== undefined && records.length > 0) recovered.push({ sink, records })
        } catch (error) {
          if (isAwaited(sink)) throw error
          failedCopies.push({ sink, error })
        }
      }
      for (const { sink, records } of recovered) {
        await Promise.all(
          this.#awaited.filter(other => other !== sink).map(other => other.write(records, 'durable')),
        )
        for (const copy of this.#copies) if (copy !== sink) this.#copyTo(copy, records)
      }
    } catch (error) {
      await this.close().catch(() => undefined)
      throw error
    }
    for (const { sink, error } of failedCopies) this.#report(sink, error)
  }

  /** @throws AuditUnavailableError when an awaited sink failed, and for ever after a durable one has. */
  async write(records: readonly AuditRecord[], settle: 'durable' | 'accepted'): Promise<void> {
    if (this.#dead !== undefined) throw this.#dead
    const only = this.#awaited.length === 1 ? this.#awaited[0] : undefined
    if (only !== undefined) {
      try {
        await only.write(records, settle)
      } catch (error) {
        throw this.#failed(only, error, records)
      }
    } else await this.#writeAll(records, settle)
    if (records.length > 0) for (const copy of this.#copies) this.#copyTo(copy, records)
  }

  /** Whether nothing more can be put on record. */
  get dead(): AuditUnavailableError | undefined {
    return this.#dead
  }

  /** Copies first, so that their last failure is still put on record; throws the first awaited sink's error. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#copies.map(async sink => sink.close()))
    while (this.#copying.size > 0) await Promise.all(this.#copying)
    const results = await Promise.allSettled(this.#awaited.map(async sink => sink.close()))
    results.forEach((result, index) => {
      const sink = this.#awaited[index]
      if (result.status === 'rejected' && sink !== undefined) throw unavailable(sink, result.reason)
    })
  }

  async #writeAll(records: readonly AuditRecord[], settle: 'durable' | 'accepted'): Promise<void> {
    const results = await Promise.allSettled(this.#awaited.map(async sink => sink.write(records, settle)))
    let failure: AuditUnavailableError | undefined
    results.forEach((result, index) => {
      const sink = this.#awaited[index]
      if (result.status === 'rejected' && sink !== undefined) {
        const error = this.#failed(sink, result.reason, records)
        failure ??= error
      }
    })
    if (failure !== undefined) throw failure
  }

  #failed(sink: AuditSink, reason: unknown, records: readonly AuditRecord[]): AuditUnavailableError {
    const error = unavailable(sink, reason)
    if (sink.durable) this.#dead ??= error
    else this.#reportWithheld(sink, reason, records)
    return error
  }

  /** The durable trail may say released where nothing was: each time, it is told so. */
  #reportWithheld(sink: AuditSink, error: unknown, records: readonly AuditRecord[]): void {
    if (records.some(({ event }) => event === 'control.fail')) return
    const withheld = records.map(({ id }) => id)
    this.#note(this.#failureRecord(sink.name, error, withheld))
  }

  #copyTo(sink: AuditSink, records: readonly AuditRecord[]): void {
    const copying: Promise<void> = (async () => sink.write(records, 'durable'))()
      .catch(error => this.#report(sink, error))
      .finally(() => this.#copying.delete(copying))
    this.#copying.add(copying)
  }

  /** Once per copy: a sink that is down must not fill the trail with its own failure (PCI DSS 10.7.2). */
  #report(sink: AuditSink, error: unknown): void {
    if (this.#reported.has(sink) || this.#dead !== undefined) return
    this.#reported.add(sink)
    this.#note(this.#failureRecord(sink.name, error, []))
  }

  #note(record: AuditRecord): void {
    if (this.#dead !== undefined) return
    const noting: Promise<void> = this.write([record], 'durable')
      // Where even this cannot be written, the next statement meets the reason.
      .catch(() => undefined)
      .finally(() => this.#copying.delete(noting))
    this.#copying.add(noting)
  }
}

function isAwaited(sink: AuditSink): boolean {
  return sink.durable || sink.mandatory === true
}

function unavailable(sink: AuditSink, reason: unknown): AuditUnavailableError {
  if (reason instanceof AuditUnavailableError) return reason
  const why = reason instanceof CardeaError ? ` (${reason.code})` : ''
  return new AuditUnavailableError(
    `The audit sink ${sink.name} did not take a record${why}; nothing executes and nothing is released without it.`,
    { cause: reason },
  )
}
