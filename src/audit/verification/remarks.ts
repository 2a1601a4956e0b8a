/** What of a sound trail somebody should look at: its times, its silences, records that say less than they must. */
import { HEARTBEAT_MS } from '../checkpoints/sealer.js'
import type { TrailEntry } from '../trail-line.js'

/**
 * `clock`: the clock was set, or reads earlier than before (PCI DSS 10.6). `silence`: no record for longer than a living
 * writer leaves out. `stop`: the writer ended without closing. `fields`: a record lacks what PCI DSS 10.2.2 asks for.
 */
export interface Remark {
  readonly kind: 'clock' | 'silence' | 'stop' | 'fields'
  /** Number of the record at which it shows. */
  readonly seq: number
  readonly text: string
}

/** Milliseconds by which a record may be older than the one before it: intents wait for their outcome. */
const BACK_MS = 1_000
/** Milliseconds without a record that a busy machine excuses. */
const SILENCE_MS = HEARTBEAT_MS + 300_000
/** More are counted, not kept. */
const KEPT = 100

export class Remarks {
  readonly #kept: Remark[] = []
  #count = 0
  #incomplete = 0
  #first: string | undefined
  #last: TrailEntry | undefined
  #lastTime = Number.NaN
  /** Whether the writer gives signs of life: versions before checkpoints did not. */
  #beats = false

  get kept(): readonly Remark[] {
    return this.#kept
  }

  get count(): number {
    return this.#count
  }

  /** Records that lack a field. */
  get incomplete(): number {
    return this.#incomplete
  }

  get times(): { readonly first: string; readonly last: string } | undefined {
    if (this.#first === undefined || this.#last === undefined) return undefined
    return { first: this.#first, last: this.#last.time }
  }

  take(entry: TrailEntry): void {
    this.#first ??= entry.time
    const lack = missing(entry)
    if (lack !== undefined) {
      this.#incomplete += 1
      this.#add('fields', entry.seq, `it has no ${lack}`)
    }
    const time = Date.parse(entry.time)
    if (this.#lastTime - time > BACK_MS)
      this.#add('clock', entry.seq, `it is ${this.#lastTime - time} ms older than the record before it`)
    if (entry.event === 'trail.clock')
      this.#add('clock', entry.seq, `the clock was set by ${String(entry.detail['stepMs'])} ms`)
    if (entry.event === 'trail.segment') this.#segment(entry)
    else if (this.#beats && time - this.#lastTime > SILENCE_MS)
      this.#add('silence', entry.seq, `no record for ${time - this.#lastTime} ms before it`)
    if (entry.event === 'trail.key') this.#beats = true
    this.#lastTime = Number.isNaN(time) ? this.#lastTime : time
    this.#last = entry
  }

  /** Since when a writer that should be at work has written nothing; undefined where it has ended, or is at work. */
  silentSince(now: number): string | undefined {
    if (!this.#beats || this.#last === undefined || ended(this.#last)) return undefined
    return now - this.#lastTime > SILENCE_MS ? this.#last.time : undefined
  }

  #segment(entry: TrailEntry): void {
    if (this.#beats && this.#last !== undefined && !ended(this.#last) && !sealed(this.#last))
      this.#add('stop', entry.seq, 'the writer before it ended without closing')
  }

  #add(kind: Remark['kind'], seq: number, text: string): void {
    this.#count += 1
    if (this.#kept.length < KEPT) this.#kept.push({ kind, seq, text })
  }
}

function ended(entry: TrailEntry): boolean {
  return entry.event === 'trail.checkpoint' && entry.detail['reason'] === 'close'
}

function sealed(entry: TrailEntry): boolean {
  return entry.event === 'trail.checkpoint' && entry.detail['reason'] === 'segment'
}

/** PCI DSS 10.2.2: who, what kind, when, how it ended, from where, and which data or resource. */
function missing(entry: TrailEntry): string | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(entry.time)) return 'time in UTC'
  if (entry.event !== 'statement') return undefined
  if (entry.phase === 'outcome' && !isText(entry.outcome.status)) return 'outcome.status'
  const { body } = entry
  if (body === undefined) return undefined
  if (body.principal !== null && !isText(body.principal?.subject)) return 'principal'
  if (!isText(body.origination)) return 'origination'
  return isText(body.dataSource?.id) ? undefined : 'dataSource'
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
