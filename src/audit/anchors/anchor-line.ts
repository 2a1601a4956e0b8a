/** One anchor and the checkpoints that wait for it. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Checkpoint } from '../../model/checkpoint.js'
import type { Clock } from '../../util/clock.js'
import { until } from '../../util/until.js'
import type { Anchor } from './anchor.js'
import type { AnchorLag } from './anchoring.js'
import { keepReceipt } from './receipts.js'

/** Milliseconds that one attempt may take; waits between attempts; what a closing waits for. */
const PATIENCE_MS = 30_000
const WAITS_MS = [500, 2_000] as const
const CLOSING_MS = 5_000

interface Surroundings {
  readonly directory: string
  readonly clock: Clock
  readonly onFailure: (anchor: string, error: unknown) => void
}

export class AnchorLine {
  readonly #anchor: Anchor
  readonly #around: Surroundings
  readonly #closing = new AbortController()
  readonly #ended = new AbortController()
  /** The newest of each signer: the root's say which keys the others are signed with. */
  #waiting: readonly Checkpoint[] = []
  #working: Promise<void> | undefined
  /** Monotonic milliseconds of the last checkpoint taken, and of the first one since that was not. */
  #taken = Number.NEGATIVE_INFINITY
  #behindSince: number | undefined
  #anchored = 0
  #newest = 0
  #failing = false

  constructor(anchor: Anchor, around: Surroundings) {
    this.#anchor = anchor
    this.#around = around
  }

  offer(checkpoint: Checkpoint): void {
    if (this.#closing.signal.aborted) return
    this.#newest = Math.max(this.#newest, checkpoint.size)
    this.#behindSince ??= this.#around.clock.monotonic()
    this.#waiting = [...this.#waiting.filter(({ signer }) => signer !== checkpoint.signer), checkpoint]
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
    })
  }

  lag(): AnchorLag {
    const { monotonic } = this.#around.clock
    const since = this.#behindSince
    return {
      anchor: this.#anchor.name,
      records: Math.max(0, this.#newest - this.#anchored),
      seconds: since === undefined ? 0 : Math.max(0, (monotonic() - since) / 1_000),
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const timer = setTimeout(() => this.#ended.abort(), CLOSING_MS)
    try {
      await this.#working
    } finally {
      clearTimeout(timer)
    }
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#ended.signal.aborted) {
      await this.#rest()
      const batch = this.#waiting
      this.#waiting = []
      for (const checkpoint of batch) await this.#give(checkpoint)
    }
  }

  /** Until the anchor is due again, or the trail closes. */
  async #rest(): Promise<void> {
    const due = this.#taken + (this.#anchor.everyMs ?? 0) - this.#around.clock.monotonic()
    if (due > 0) await this.#pause(due)
  }

  /** As often as it is worth it: later checkpoints come by themselves, and cover this one. */
  async #give(checkpoint: Checkpoint): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(checkpoint)
      } catch (error) {
        const wait = WAITS_MS[attempt]
        const last = wait === undefined || this.#waiting.length > 0 || this.#closing.signal.aborted
        if (last) return this.#fail(error)
        await this.#pause(wait)
      }
    }
  }

  async #attempt(checkpoint: Checkpoint): Promise<void> {
    const { clock, directory } = this.#around
    const receipt = await until([this.#ended.signal], PATIENCE_MS, signal =>
      withinSignal(this.#anchor.anchor(checkpoint, signal), signal),
    )
    this.#taken = clock.monotonic()
    this.#anchored = Math.max(this.#anchored, checkpoint.size)
    this.#behindSince = this.#anchored >= this.#newest ? undefined : this.#taken
    await keepReceipt(directory, receipt, checkpoint)
    this.#failing = false
  }

  #fail(error: unknown): void {
    if (this.#failing) return
    this.#failing = true
    this.#around.onFailure(this.#anchor.name, error)
  }

  async #pause(milliseconds: number): Promise<void> {
    const options = { signal: this.#closing.signal, ref: false }
    await pause(milliseconds, undefined, options).catch(() => undefined)
  }
}

/** An anchor that does not heed its signal must not hold the others up. */
async function withinSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new Error('The anchor did not answer in time.'))
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
