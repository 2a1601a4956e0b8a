/**
 * Takes what a spool keeps to its peer: in order, one batch after the other, again and again until the peer has
 * acknowledged it. What the peer refuses for good is given up, one record at a time, and told.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { AuditUnavailableError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import { until } from '../../util/until.js'
import type { SinkTrouble } from '../audit-sink.js'
import type { Batch, Spool } from './spool.js'
import { PeerAwayError, PeerRefusalError, type Transport } from './transport.js'

export interface CourierOptions {
  readonly spool: Spool
  readonly transport: Transport
  readonly clock: Clock
  readonly trouble: (trouble: SinkTrouble) => void
  /** Milliseconds before the second attempt; doubled for each further one. Default 500. */
  readonly firstPauseMs?: number
}

/** Milliseconds that one attempt may take. */
export const SEND_MS = 30_000
const LONGEST_PAUSE_MS = 30_000
/** What a peer may ask for. */
const LONGEST_RETRY_AFTER_MS = 300_000
/** A peer that is away for longer is a failure of a control (PCI DSS 10.7.2). */
const OUTAGE_MS = 60_000

export class Courier {
  readonly #options: CourierOptions
  readonly #cut = new AbortController()
  readonly #running: Promise<void>
  /** Ends a wait for records; replaced by each. */
  #wake: () => void = () => {}
  #stopping = false
  #failures = 0
  #awaySince: number | undefined
  #told = false
  /** Records of the next batch: fewer after a refusal, until the refused one is alone. */
  #size: number

  constructor(options: CourierOptions) {
    this.#options = options
    this.#size = options.transport.limits.records
    options.spool.onArrival(() => this.#wake())
    this.#running = this.#run()
  }

  /** Delivers what waits, for as long as the peer takes it and patience lasts; the rest stays in the spool. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopping = true
    this.#wake()
    const timer = setTimeout(() => this.#cut.abort(), patienceMs)
    await this.#running
    clearTimeout(timer)
  }

  async #run(): Promise<void> {
    const { signal } = this.#cut
    while (!signal.aborted) {
      if (this.#options.spool.records === 0) {
        if (this.#stopping) return
        await this.#arrival()
        continue
      }
      await this.#linger()
      try {
        await this.#deliver()
        this.#failures = 0
        this.#awaySince = undefined
        this.#told = false
      } catch (error) {
        if (this.#stopping) return
        await this.#failed(error)
      }
    }
  }

  async #deliver(): Promise<void> {
    const { spool, transport } = this.#options
    const batch = await spool.next({ records: this.#size, bytes: transport.limits.bytes })
    if (batch === undefined) return
    try {
      if (batch.records.length > 0)
        await until([this.#cut.signal], SEND_MS, signal => transport.send(batch.records, signal))
    } catch (error) {
      if (!(error instanceof PeerRefusalError)) throw error
      await this.#refused(batch, error)
      return
    }
    this.#size = Math.min(transport.limits.records, this.#size * 2)
    if (batch.unreadable > 0) this.#lose(new AuditUnavailableError(DAMAGED), batch.unreadable)
    await spool.advance(batch)
  }

  async #refused(batch: Batch, error: PeerRefusalError): Promise<void> {
    if (batch.records.length > 1) {
      this.#size = Math.max(1, Math.floor(batch.records.length / 2))
      return
    }
    this.#lose(error, 1 + batch.unreadable)
    await this.#options.spool.advance(batch)
  }

  async #failed(error: unknown): Promise<void> {
    const { clock, firstPauseMs = 500 } = this.#options
    this.#awaySince ??= clock.monotonic()
    if (!this.#told && clock.monotonic() - this.#awaySince >= OUTAGE_MS) {
      this.#told = true
      this.#options.trouble({ error, lost: 0 })
    }
    const grown = Math.min(LONGEST_PAUSE_MS, firstPauseMs * 2 ** Math.min(this.#failures, 16))
    this.#failures += 1
    const asked = error instanceof PeerAwayError ? Math.min(error.retryAfterMs, LONGEST_RETRY_AFTER_MS) : 0
    // Half of it by chance: senders that lost the same peer must not come back all at once.
    await this.#sleep(Math.max(asked, grown / 2 + randomInt(Math.ceil(grown / 2))))
  }

  /** Gathers records for a batch, unless one is full already. */
  async #linger(): Promise<void> {
    const { lingerMs, records } = this.#options.transport.limits
    const isFull = this.#options.spool.records >= Math.min(records, this.#size)
    if (!isFull && !this.#stopping && this.#failures === 0) await this.#sleep(lingerMs)
  }

  /** Ends early when the courier is to stop. */
  async #sleep(milliseconds: number): Promise<void> {
    if (this.#stopping) return
    const woken = new AbortController()
    this.#wake = () => {
      if (this.#stopping) woken.abort()
    }
    // The spool outlives the process, so waiting need not keep it alive.
    await pause(milliseconds, undefined, { signal: woken.signal, ref: false }).catch(() => {})
  }

  #arrival(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  #lose(error: unknown, lost: number): void {
    this.#options.trouble({ error, lost })
  }
}

const DAMAGED = 'Lines of the spool could not be read: its disk has changed them.'
