/**
 * Statements from their intent to their outcome. Of a read nothing is released before its outcome is durable, so
 * its intent waits for that a moment, and mostly one record says both. Outcomes of one turn of the event loop,
 * where statements run side by side, share one write.
 */
import type { Intended } from '../model/progress.js'
import type { AuditRecord, OutcomeDetail, StatementRecord } from '../model/record.js'
import type { SinkSet } from './sink-set.js'

export type IntentRecord = Extract<AuditRecord, { phase: 'intent' }>
export type OutcomeRecord = Extract<AuditRecord, { phase: 'outcome' }>

/** What has begun and waits for its outcome. */
export interface OpenStatement {
  readonly intended: Intended
  readonly intent: IntentRecord
  /** Its rows are on their way out, and its outcome waits for the last of them. */
  streaming: boolean
  /** Absent while the intent waits for its outcome; rejects where it could not be written. */
  recorded?: Promise<void>
}

/** Milliseconds that the intent of a read waits at most. */
const LINGER_MS = 5

export class OpenStatements {
  readonly #open = new Map<string, OpenStatement>()
  #linger: NodeJS.Timeout | undefined
  #leaving: AuditRecord[] = []
  #left: Promise<void> | undefined

  constructor(private readonly sinks: SinkSet) {}

  get(id: string): OpenStatement | undefined {
    return this.#open.get(id)
  }

  /** @returns nothing where the intent waits for its outcome. @throws AuditUnavailableError where nothing can be recorded. */
  begin(intended: Intended, intent: IntentRecord, isRead: boolean): Promise<void> | undefined {
    const waits = this.sinks.letsReadsWait() && isRead
    const statement: OpenStatement = { intended, intent, streaming: false }
    this.#open.set(intent.id, statement)
    if (waits) {
      this.#linger ??= setTimeout(this.#waitedLongEnough, LINGER_MS)
      return undefined
    }
    statement.recorded = this.sinks.write([intent], isRead ? 'accepted' : 'durable').catch(error => {
      this.#open.delete(intent.id)
      throw error
    })
    return statement.recorded
  }

  /** Resolves when the intent is durable. */
  async settleIntent(statement: OpenStatement): Promise<void> {
    statement.recorded ??= this.sinks.write([statement.intent], 'accepted')
    await statement.recorded
    await this.sinks.write([], 'durable')
  }

  /** Takes the statement's only outcome; resolves when it is durable. */
  end(statement: OpenStatement, time: string, outcome: OutcomeDetail): Promise<void> {
    this.#open.delete(statement.intent.id)
    const { recorded } = statement
    const record = closing(statement, time, outcome)
    if (recorded === undefined) return this.#write(record)
    return recorded.then(() => this.#write(record))
  }

  /** Takes all that is open: whoever ends it later comes too late. */
  giveUp(): readonly OpenStatement[] {
    clearTimeout(this.#linger)
    const left = [...this.#open.values()]
    this.#open.clear()
    return left
  }

  #write(record: OutcomeRecord): Promise<void> {
    if (this.#left === undefined && this.#open.size === 0) return this.sinks.write([record], 'durable')
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
    const waiting = [...this.#open.values()].filter(({ recorded }) => recorded === undefined)
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
