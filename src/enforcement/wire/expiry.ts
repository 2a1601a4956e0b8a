import type { Clock } from '../../util/clock.js'

/** A timer holds 31 bits of milliseconds. */
const LONGEST_MS = 2 ** 31 - 1

/** Tells when a token's time is over, however far away that is. */
export class Expiry {
  private timer: NodeJS.Timeout | undefined

  constructor(private readonly clock: Clock) {}

  /** @param time in milliseconds since the Unix epoch; absent: never. */
  at(time: number | undefined, over: () => void): void {
    if (time === undefined) return
    const left = time - this.clock.now()
    this.timer = setTimeout(
      () => (left > LONGEST_MS ? this.at(time, over) : over()),
      Math.min(Math.max(0, left), LONGEST_MS),
    )
    this.timer.unref()
  }

  stop(): void {
    clearTimeout(this.timer)
  }
}
