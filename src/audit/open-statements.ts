/**
 * Statements from their intent to their outcome. Of a read nothing is released before its outcome is durable, so
 * its intent waits for that a moment, and mostly one record says both. Outcomes of one turn of the event loop,
 * where statements run side by side, share one write.
 */
import type { Cleared } from '../model/progress.js'
import type { AuditRecord, OutcomeDetail, StatementRecord } from '../model/record.js'
import type { SinkSet } from './sink-set.js'

export type IntentRecord = Extract<AuditRecord, { phase: 'intent' }>
export type OutcomeRecord = Extract<AuditRecord, { phase: 'outcome' }>

/** What has begun and waits for its outcome. */
export interface OpenStatement {
  readonly intent: IntentRecord
  readonly startedAt: number
  /** Its rows are on their way out, and its outcome waits for the last of them. */
  streaming: boolean
  /** It has its outcome, or was given up. */
  ended: boolean
  /** Absent while the intent waits for its outcome; rejects where it could not be written. */
  recorded: Promise<void> | undefined
  /** Those that began just before it and just after. Emptied at its end: whoever is old must not keep the young. */
  before: OpenStatement | undefined
  after: OpenStatement | undefined
}

/** A statement as the stages after the intent hold it. What only looks like one stands for none. */
export class Begun {
  readonly cleared: Cleared
  readonly recordId: string
  readonly startedAt: number
  readonly #statement: OpenStatement

  constructor(cleared: Cleared, statement: OpenStatement) {
    this.cleared = cleared
    this.recordId = statement.intent.id
    this.startedAt = statement.startedAt
    this.#statement = statement
    Object.freeze(this)
  }

  /** @returns undefined where it has ended. */
  static open(intended: object): OpenStatement | undefined {
    const statement = #statement in intended ? intended.#statement : undefined
    return statement?.ended === false ? statement : undefined
  }
}

/** Milliseconds that the intent of a read waits at most. */
const LINGER_MS = 5

export class OpenStatements {
  #oldest: OpenStatement | undefined
  #youngest: OpenStatement | undefined
  #linger: NodeJS.Timeout | undefined
  #leaving: AuditRecord[] = []
  #left: Promise<void> | undefined

  constructor(private readonly sinks: SinkSet) {}

  /** Its `recorded` is absent where the intent waits. @throws AuditUnavailableError where nothing can be recorded. */
  begin(intent: IntentRecord, startedAt: number, isRead: boolean): OpenStatement {
    const waits = this.sinks.letsReadsWait() && isRead
    const statement: OpenStatement = {
      intent,
      startedAt,
      streaming: false,
      ended: false,
      recorded: undefined,
      before: this.#youngest,
      after: undefined,
    }
    if (this.#youngest === undefined) this.#oldest = statement
    else this.#youngest.after = statement
    this.#youngest = statement
    if (waits) {
      this.#linger ??= setTimeout(this.#waitedLongEnough, LINGER_MS)
      return statement
    }
    statement.recorded = this.sinks.write([intent], isRead ? 'accepted' : 'durable').catch(error => {
      this.#remove(statement)
      throw error
    })
    return statement
  }

  /** Resolves when the intent is durable. */
  async settleIntent(statement: OpenStatement): Promise<void> {
    statement.recorded ??= this.sinks.write([statement.intent], 'accepted')
    await statement.recorded
    await this.sinks.write([], 'durable')
  }

  /** Takes the statement's only outcome; resolves when it is durable. */
  end(statement: OpenStatement, time: string, outcome: OutcomeDetail): Promise<void> {
    this.#remove(statement)
    const { recorded } = statement
    const record = closing(statement, time, outcome)
    if (recorded === undefined) return this.#write(record)
    return recorded.then(() => this.#write(record))
  }

  /** Takes all that is open: whoever ends it later comes too late. */
  giveUp(): readonly OpenStatement[] {
    clearTimeout(this.#linger)
    const left = this.#all()
    for (const statement of left) this.#remove(statement)
    return left
  }

  /** In the order in which they began. */
  #all(): readonly OpenStatement[] {
    const all: OpenStatement[] = []
    for (let each = this.#oldest; each !== undefined; each = each.after) all.push(each)
    return all
  }

  #remove(statement: OpenStatement): void {
    if (statement.ended) return
    const { before, after } = statement
    if (before === undefined) this.#oldest = after
    else before.after = after
    if (after === undefined) this.#youngest = before
    else after.before = before
    statement.ended = true
    statement.before = undefined
    statement.after = undefined
  }

  #write(record: OutcomeRecord): Promise<void> {
    if (this.#left === undefined && this.#oldest === undefined) return this.sinks.write([record], 'durable')
    this.#leaving.push(record)
    this.#left ??= new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        const records = this.#leaving
        this.#leaving = []
        this.#left = undefined
        this.sinks.write(records, 'durable').then(resolve, reject)
      })
    })
    return this.#left
  }

  readonly #waitedLongEnough = (): void => {
    this.#linger = undefined
    const waiting = this.#all().filter(({ recorded }) => recorded === undefined)
    if (waiting.length === 0) return
    const recorded = this.sinks.write(
      waiting.map(({ intent }) => intent),
      'accepted',
    )
    for (const statement of waiting) statement.recorded = recorded
    // Whoever ends one of them meets it.
    recorded.catch(() => undefined)
  }
}

/** The outcome, with all that the intent says where that is not on record. */
export function closing(
  { intent, recorded }: OpenStatement,
  time: string,
  outcome: OutcomeDetail,
): OutcomeRecord {
  const { id } = intent
  if (recorded !== undefined) return { event: 'statement', phase: 'outcome', id, time, outcome }
  const body: StatementRecord = intent.body
  return { event: 'statement', phase: 'outcome', id, time, body, outcome }
}
