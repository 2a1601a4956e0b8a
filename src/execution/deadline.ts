/** The time the database may work, and the caller's own signal, as one signal for the executor. */
import type { StopSignal } from '../model/executor.js'
import type { Clock } from '../util/clock.js'
import { Stop } from './stop.js'

/** How long a cancelled statement may take to come to an end before it is given up. */
const GRACE_MS = 2000

export type Cut = 'timeout' | 'abandoned'

export class Deadline {
  private readonly stop = new Stop()
  private timer: NodeJS.Timeout | undefined
  private left: number | undefined
  private startedAt = 0
  private reason: Cut | undefined
  /** Resolves the wait of `race` with nothing. */
  private giveUp: ((nothing: undefined) => void) | undefined
  private readonly onAbort = (): void => this.cut('abandoned')

  /** @param timeoutMs of work, counted while something is awaited through `race` only; absent: no limit */
  constructor(
    private readonly caller: AbortSignal,
    timeoutMs: number | undefined,
    private readonly clock: Clock,
  ) {
    this.left = timeoutMs
    if (caller.aborted) this.cut('abandoned')
    else caller.addEventListener('abort', this.onAbort, { once: true })
  }

  get signal(): StopSignal {
    return this.stop
  }

  /**
   * Waits for work of the database. Once cut, the work has a grace period to end, and its outcome is
   * handed to `discard`: a statement that was cancelled is refused, even when it ended just in time.
   */
  async race<T>(work: Promise<T>, discard: (late: T) => void): Promise<T | Cut> {
    this.start()
    try {
      const done = await this.orOverdue(work)
      if (this.reason === undefined) return done as T
      if (done !== undefined) discard(done)
      else work.then(discard, () => undefined)
      return this.reason
    } catch (error) {
      if (this.reason !== undefined) return this.reason
      throw error
    } finally {
      this.giveUp = undefined
      this.pause()
    }
  }

  /** Waits for work that must not hold up the caller for ever: after a cut, for the grace period only. */
  async grace(work: Promise<unknown>): Promise<void> {
    if (this.reason === undefined) await work
    else await Promise.race([work, wait(GRACE_MS)])
  }

  clear(): void {
    this.pause()
    this.caller.removeEventListener('abort', this.onAbort)
  }

  private start(): void {
    if (this.left === undefined || this.reason !== undefined) return
    this.startedAt = this.clock.monotonic()
    this.timer = setTimeout(() => this.cut('timeout'), this.left)
    this.timer.unref()
  }

  private pause(): void {
    if (this.timer === undefined || this.left === undefined) return
    clearTimeout(this.timer)
    this.timer = undefined
    this.left = Math.max(0, this.left - (this.clock.monotonic() - this.startedAt))
  }

  private cut(reason: Cut): void {
    if (this.reason !== undefined) return
    this.reason = reason
    this.stop.abort()
    this.giveUpOverdue()
  }

  /**
   * Undefined once work that was cut has also used up its grace period. No function is made here: one
   * that saw `work` kept its rows alive until the next major collection (measured), and copying those
   * with every minor one cost as much as masking them.
   */
  private orOverdue<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.giveUp = resolve
      if (this.reason !== undefined) this.giveUpOverdue()
      work.then(resolve, reject)
    })
  }

  private giveUpOverdue(): void {
    const { giveUp } = this
    if (giveUp !== undefined) void wait(GRACE_MS).then(() => giveUp(undefined))
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, milliseconds).unref()
  })
}
