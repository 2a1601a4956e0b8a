/**
 * Statements on one connection take turns, each with the transaction control around it. Drivers keep a queue as well,
 * but of single messages: a savepoint set for one statement would take back what another has written in between, and
 * a stop that was meant for one would end another.
 */
import type { StopSignal } from '../../model/executor.js'

export class Turns {
  private taken = false
  private readonly waiting: (() => void)[] = []

  /**
   * Waits until everything before is over. To be followed by one `leave`.
   *
   * @throws the reason of the signal; the turn is then somebody else's
   */
  async take(signal?: StopSignal): Promise<void> {
    if (!this.taken) this.taken = true
    else await this.handedOver(signal)
  }

  leave(): void {
    const next = this.waiting.shift()
    if (next === undefined) this.taken = false
    else next()
  }

  private async handedOver(signal: StopSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    let stop: () => void = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        this.waiting.push(resolve)
        stop = () => {
          const at = this.waiting.indexOf(resolve)
          if (at < 0) return
          this.waiting.splice(at, 1)
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', stop, { once: true })
      })
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }
}
