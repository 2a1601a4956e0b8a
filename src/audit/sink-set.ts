/**
 * Every record goes to every sink. Durable and mandatory sinks are waited for and fail the statement;
 * the others get copies of what is on record, and their failures are themselves put on record.
 */
import { AuditUnavailableError, CardeaError, ConfigurationError } from '../errors.js'
import type { AuditRecord } from '../model/record.js'
import type { Clock } from '../util/clock.js'
import type { AuditSink } from './audit-sink.js'
import type { IntentRecord } from './open-statements.js'
import { SinkCopies } from './sink-copies.js'

/**
 * What to put on record about a sink that failed. `lost` counts the records that it will not have, `withheld` are the
 * ids of those of which nothing was released for it.
 *
 * @param unended intents among those: their statements were refused, so each needs its outcome.
 */
export type FailureRecords = (
  sink: string,
  error: unknown,
  detail: { readonly lost: number } | { readonly withheld: readonly string[] },
  unended: readonly IntentRecord[],
) => readonly AuditRecord[]

export class SinkSet {
  readonly #awaited: readonly AuditSink[]
  readonly #copies: readonly SinkCopies[]
  readonly #failureRecords: FailureRecords
  readonly #noting = new Set<Promise<void>>()
  #dead: AuditUnavailableError | undefined

  /** @throws ConfigurationError without a durable sink. */
  constructor(sinks: readonly AuditSink[], clock: Clock, failureRecords: FailureRecords) {
    if (!sinks.some(sink => sink.durable)) {
      throw new ConfigurationError(
        'One audit sink must be durable: add fileTrail({ directory }) to the sinks.',
      )
    }
    this.#awaited = sinks.filter(isAwaited)
    this.#copies = sinks
      .filter(sink => !isAwaited(sink))
      .map(sink => new SinkCopies(sink, clock, (...failure) => this.#report(...failure)))
    this.#failureRecords = failureRecords
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
    const failed: { copies: SinkCopies; error: unknown }[] = []
    const recovered: { sink: AuditSink; records: readonly AuditRecord[] }[] = []
    const opened = async (sink: AuditSink): Promise<void> => {
      const records = await sink.open?.()
      if (records !== undefined && records.length > 0) recovered.push({ sink, records })
    }
    try {
      for (const sink of this.#awaited) await opened(sink)
      for (const copies of this.#copies)
        await opened(copies.sink).catch(error => failed.push({ copies, error }))
      for (const { sink, records } of recovered) {
        await Promise.all(
          this.#awaited.filter(other => other !== sink).map(other => other.write(records, 'durable')),
        )
        for (const copies of this.#copies) if (copies.sink !== sink) copies.write(records)
      }
    } catch (error) {
      await this.close().catch(() => undefined)
      throw error
    }
    for (const { copies, error } of failed) copies.failed(error, 0)
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
    if (records.length > 0) for (const copies of this.#copies) copies.write(records)
  }

  /** Whether nothing more can be put on record. */
  get dead(): AuditUnavailableError | undefined {
    return this.#dead
  }

  /** Copies first, so that their last failure is still put on record; throws the first awaited sink's error. */
  async close(): Promise<void> {
    await Promise.all(this.#copies.map(copies => copies.close()))
    while (this.#noting.size > 0) await Promise.all(this.#noting)
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
        // Several may have failed, and a statement ends once.
        const unended = failure === undefined ? records.filter(isIntent) : []
        const error = this.#failed(sink, result.reason, records, unended)
        failure ??= error
      }
    })
    if (failure !== undefined) throw failure
  }

  #failed(
    sink: AuditSink,
    reason: unknown,
    records: readonly AuditRecord[],
    unended: readonly IntentRecord[] = [],
  ): AuditUnavailableError {
    const error = unavailable(sink, reason)
    if (sink.durable) this.#dead ??= error
    else this.#reportWithheld(sink, reason, records, unended)
    return error
  }

  /** The durable trail may say released where nothing was: each time, it is told so. */
  #reportWithheld(
    sink: AuditSink,
    error: unknown,
    records: readonly AuditRecord[],
    unended: readonly IntentRecord[],
  ): void {
    if (records.some(({ event }) => event === 'control.fail')) return
    const withheld = records.map(({ id }) => id)
    this.#note(this.#failureRecords(sink.name, error, { withheld }, unended))
  }

  #report(sink: AuditSink, error: unknown, lost: number): void {
    this.#note(this.#failureRecords(sink.name, error, { lost }, []))
  }

  #note(records: readonly AuditRecord[]): void {
    if (this.#dead !== undefined) return
    const noting: Promise<void> = this.write(records, 'durable')
      // Where even this cannot be written, the next statement meets the reason.
      .catch(() => undefined)
      .finally(() => this.#noting.delete(noting))
    this.#noting.add(noting)
  }
}

function isIntent(record: AuditRecord): record is IntentRecord {
  return record.phase === 'intent'
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
