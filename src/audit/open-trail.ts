/**
 * Stages 5 and 8. Writes one intent and exactly one outcome for everything that runs, and one whole
 * record for what does not; throws, so that nothing executes and nothing is released, where it cannot.
 */
import { AuditUnavailableError, CardeaError } from '../errors.js'
import { isEngineError } from '../model/executor.js'
import type { Pack } from '../model/pack.js'
import type { Cleared, Intended, Masked } from '../model/progress.js'
import type { AuditRecord, LifecycleEvent, OutcomeDetail } from '../model/record.js'
import type { Refusal } from '../model/refusal.js'
import { isStream, type MaskCounts, type ResultStream } from '../model/result.js'
import type { Scrubber } from '../model/scrub.js'
import type { Submission } from '../model/submission.js'
import { isUncertain, UncertainError } from '../model/uncertain.js'
import type { Clock } from '../util/clock.js'
import type { Ids } from '../util/ids.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { ownVersion } from '../util/own-version.js'
import type { AuditSink } from './audit-sink.js'
import { Begun, closing, type IntentRecord, type OpenStatement, OpenStatements } from './open-statements.js'
import { notify, type OutcomeObserver } from './outcome-summary.js'
import { pensBy } from './pens.js'
import { recordedDetail } from './plain-value.js'
import { recordTimes } from './record-times.js'
import { engineErrorDetail, refusalDetail, thrownDetail } from './recorded-error.js'
import { type Ending, recordedOutcome } from './recorded-outcome.js'
import { RowAccount } from './recorded-rows.js'
import { recordedStream, type StreamEnd } from './recorded-stream.js'
import { textRecorder } from './recorded-text.js'
import { abortedStatement, refusedStatement, type SingleStatement } from './single-statement.js'
import { SinkSet } from './sink-set.js'
import type { Trail } from './trail.js'
import { unendedOutcome } from './unended.js'

export interface OpenTrailOptions {
  /** Every record goes to each; at least one must be durable. */
  readonly sinks: readonly AuditSink[]
  readonly clock: Clock
  readonly ids: Ids
  readonly scrubber: Scrubber
  /** What the policy in force looks for beside card data. Default: nothing. */
  readonly detect?: () => readonly Pack[] | undefined
  /** Told of every outcome once it is on record. */
  readonly observers?: readonly OutcomeObserver[]
  /** Characters of JSON that the recorded rows of one outcome may take. Default 16,384; 0 records the digest only. */
  readonly payloadCap?: number
}

const NONE_MASKED: MaskCounts = Object.freeze({})

/**
 * Opens every sink and records the opening (PCI DSS 10.2.1.6).
 *
 * @throws ConfigurationError unless a sink is durable; whatever a durable or mandatory sink's opening
 *   throws (`CARDEA_TRAIL_LOCKED`, `CARDEA_TRAIL_DAMAGED`, `CARDEA_AUDIT_UNAVAILABLE`).
 * @example
 * const trail = await openTrail({ sinks: [fileTrail({ directory: './audit' })], clock, ids, scrubber })
 */
export async function openTrail(options: OpenTrailOptions): Promise<Trail> {
  const trail = new OpenTrail(options)
  await trail.open()
  return Object.freeze({
    intend: (cleared: Cleared) => trail.intend(cleared),
    release: (masked: Masked) => trail.release(masked),
    withhold: (intended: Intended, refusal: Refusal) => trail.withhold(intended, refusal),
    fail: (intended: Intended, error: unknown) => trail.fail(intended, error),
    refuse: (submission: Submission, refusal: Refusal) => trail.refuse(submission, refusal),
    abort: (submission: Submission, error: unknown) => trail.abort(submission, error),
    note: (event: LifecycleEvent, detail: Readonly<Record<string, unknown>>) => trail.note(event, detail),
    close: () => trail.close(),
  } satisfies Trail)
}

class OpenTrail {
  readonly #options: OpenTrailOptions
  readonly #sinks: SinkSet
  readonly #text: (text: string) => string
  readonly #pens: ReturnType<typeof pensBy>
  readonly #open: OpenStatements
  readonly #time: () => string
  #closing: Promise<void> | undefined

  constructor(options: OpenTrailOptions) {
    this.#options = options
    this.#time = recordTimes(options.clock)
    this.#text = textRecorder(options.scrubber)
    this.#pens = pensBy(options.scrubber, this.#text, options.detect)
    this.#sinks = new SinkSet(options.sinks, options.clock, (sink, error, detail, unended) => [
      this.#lifecycle('control.fail', {
        control: 'audit sink',
        error: thrownDetail(error, false, this.#text),
        sink,
        ...detail,
      }),
      ...unended.map(intent => unendedOutcome(intent, this.#time())),
    ])
    this.#open = new OpenStatements(this.#sinks)
  }

  async open(): Promise<void> {
    await this.#sinks.open()
    try {
      const sinks = this.#options.sinks.map(sink => sink.name)
      await this.note('trail.open', { sinks, version: await ownVersion() })
    } catch (error) {
      await this.#sinks.close().catch(() => undefined)
      throw error
    }
  }

  intend(cleared: Cleared): MaybePromise<Intended> {
    this.#refuseWhenClosed()
    const { clock, ids } = this.#options
    const recordId = ids.next()
    const { decision, facts, grant, principal, submission } = cleared
    const pens = this.#pens(decision)
    const body = pens.body({ submission, principal, facts, decision, grant })
    const record: IntentRecord = {
      event: 'statement',
      phase: 'intent',
      id: recordId,
      time: this.#time(),
      body,
    }
    const statement = this.#open.begin(record, clock.monotonic(), facts.analyzable && facts.readOnly)
    const intended: unknown = new Begun(cleared, statement)
    return statement.recorded === undefined
      ? (intended as Intended)
      : statement.recorded.then(() => intended as Intended)
  }

  async release(masked: Masked): Promise<Masked['result']> {
    const { result } = masked
    const { intended } = masked.executed
    const statement = Begun.open(intended)
    if (statement === undefined || statement.streaming) throw alreadyClosed()
    if (isEngineError(result)) {
      await this.#end(intended, statement, {
        status: 'failed',
        error: engineErrorDetail(result, this.#textOf(intended)),
      })
      return result
    }
    const account = this.#account(intended, result.fields)
    if (isStream(result)) return this.#releaseStream(masked, result, statement, account)
    account.add(result.rows)
    await this.#end(intended, statement, {
      status: 'released',
      ...account.detail(),
      ...(result.affected === undefined ? undefined : { affected: result.affected }),
      ...(result.truncated ? { truncated: true } : undefined),
      masked: this.#counts(masked.counts()),
    })
    return result
  }

  async withhold(intended: Intended, refusal: Refusal): Promise<void> {
    await this.#settleOnce(intended, {
      status: 'refused',
      error: refusalDetail(refusal, this.#textOf(intended)),
    })
  }

  async fail(intended: Intended, error: unknown): Promise<void> {
    const withheld = intended.cleared.decision.obligations.errors === 'redact'
    const [status, thrown] =
      error instanceof UncertainError ? (['unknown', error.thrown] as const) : (['failed', error] as const)
    await this.#settleOnce(intended, {
      status,
      error: thrownDetail(thrown, withheld, this.#textOf(intended)),
    })
  }

  async refuse(submission: Submission, refusal: Refusal): Promise<void> {
    const pens = this.#pens(refusal.evidence?.decision)
    await this.#single(refusedStatement(submission, refusal, pens, () => this.#options.ids.next()))
  }

  async abort(submission: Submission, error: unknown): Promise<void> {
    const pens = this.#pens(undefined)
    await this.#single(abortedStatement(submission, error, pens, () => this.#options.ids.next()))
  }

  async note(event: LifecycleEvent, detail: Readonly<Record<string, unknown>>): Promise<void> {
    this.#refuseWhenClosed()
    await this.#sinks.write(
      [this.#lifecycle(event, recordedDetail(detail, this.#options.scrubber))],
      'durable',
    )
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** What has not ended by now has an outcome that nobody will know; its release, should it come, throws. */
  async #close(): Promise<void> {
    try {
      const lost = this.#open.giveUp().map(statement => {
        const outcome = this.#outcome(statement, { status: 'unknown' })
        return closing(statement, this.#time(), outcome)
      })
      if (this.#sinks.dead === undefined) {
        await this.#sinks.write(
          [...lost, this.#lifecycle('trail.close', { openIntents: lost.length })],
          'durable',
        )
      }
    } finally {
      await this.#sinks.close()
    }
  }

  /** Rows leave before the outcome is written, so the intent must not wait for it to become durable. */
  async #releaseStream(
    masked: Masked,
    stream: ResultStream,
    statement: OpenStatement,
    account: RowAccount,
  ): Promise<ResultStream> {
    const { intended } = masked.executed
    statement.streaming = true
    try {
      await this.#open.settleIntent(statement)
    } catch (error) {
      statement.streaming = false
      throw error
    }
    return recordedStream(stream, {
      account,
      check: () => {
        if (this.#sinks.dead !== undefined) throw this.#sinks.dead
        if (Begun.open(intended) === undefined) throw alreadyClosed()
      },
      end: end => this.#settleStream(intended, end, masked, account),
    })
  }

  async #settleStream(
    intended: Intended,
    end: StreamEnd,
    masked: Masked,
    account: RowAccount,
  ): Promise<void> {
    const withheld = intended.cleared.decision.obligations.errors === 'redact'
    const settled = await this.#settleOnce(intended, {
      ...account.detail(),
      masked: this.#counts(masked.counts()),
      status: end.status === 'failed' ? failedOrUnknown(intended, end.error) : end.status,
      ...(end.status === 'failed'
        ? { error: thrownDetail(end.error, withheld, this.#textOf(intended)) }
        : undefined),
    })
    if (!settled && end.status === 'released') throw alreadyClosed()
  }

  /** False when the outcome is on record, or on its way there, already. */
  async #settleOnce(intended: Intended, ending: Ending): Promise<boolean> {
    const statement = Begun.open(intended)
    if (statement === undefined) return false
    await this.#end(intended, statement, ending)
    return true
  }

  async #end({ cleared }: Intended, statement: OpenStatement, ending: Ending): Promise<void> {
    const outcome = this.#outcome(statement, ending)
    await this.#open.end(statement, this.#time(), outcome)
    this.#notify(statement.intent.body.statement, cleared.principal, cleared.decision.id, outcome)
  }

  async #single({ body, ending, principal }: SingleStatement): Promise<void> {
    this.#refuseWhenClosed()
    const outcome = recordedOutcome(ending, 0)
    const id = this.#options.ids.next()
    await this.#sinks.write(
      [{ event: 'statement', phase: 'outcome', id, time: this.#time(), body, outcome }],
      'durable',
    )
    this.#notify(body.statement, principal, body.decision.id, outcome)
  }

  #notify(
    statement: string,
    principal: Cleared['principal'] | null,
    decisionId: string,
    outcome: OutcomeDetail,
  ): void {
    const { observers } = this.#options
    if (observers === undefined || observers.length === 0) return
    const { affected, durationMs, rows, status } = outcome
    notify(observers, { statement, principal, decisionId, status, rows, affected, durationMs })
  }

  #outcome(statement: OpenStatement, ending: Ending): OutcomeDetail {
    const elapsed = this.#options.clock.monotonic() - statement.startedAt
    return recordedOutcome(ending, Math.round(elapsed * 1000) / 1000)
  }

  #account(intended: Intended, fields: ResultStream['fields']): RowAccount {
    return new RowAccount(
      this.#pens(intended.cleared.decision).shape(fields, intended.cleared),
      this.#options.payloadCap ?? 16_384,
    )
  }

  #textOf({ cleared }: Intended): (text: string) => string {
    return this.#pens(cleared.decision).text
  }

  /** Counts are kept per label, and labels are the policy author's own words. */
  #counts(counts: MaskCounts): MaskCounts {
    const names = Object.keys(counts).sort()
    if (names.length === 0) return NONE_MASKED
    return Object.fromEntries(names.map(name => [this.#text(name), counts[name] ?? 0]))
  }

  #lifecycle(event: LifecycleEvent, detail: Readonly<Record<string, unknown>>): AuditRecord {
    return { event, phase: 'single', id: this.#options.ids.next(), time: this.#time(), detail }
  }

  #refuseWhenClosed(): void {
    if (this.#closing !== undefined) {
      throw new CardeaError('CARDEA_CLOSED', 'The audit trail is closed. Open a new governed connection.')
    }
  }
}

/** Cardea's own errors end a stream whose connection still stands. */
function failedOrUnknown({ cleared }: Intended, error: unknown): 'failed' | 'unknown' {
  return !(error instanceof CardeaError) && isUncertain(cleared.facts, error) ? 'unknown' : 'failed'
}

function alreadyClosed(): AuditUnavailableError {
  return new AuditUnavailableError(
    'The outcome of this statement is on record already, so nothing of it is released.',
  )
}
