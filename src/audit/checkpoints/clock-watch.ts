import type { Clock } from '../../util/clock.js'

/** Milliseconds by which the wall clock may run ahead of, or behind, what has passed since the last look. */
const AHEAD_MS = 5_000
const BACK_MS = 1_000

/** Notices that the wall clock was set (PCI DSS 10.6.3): time that has passed is measured by a clock that cannot be. */
export class ClockWatch {
  readonly #clock: Clock
  #wall: number
  #monotonic: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#wall = clock.now()
    this.#monotonic = clock.monotonic()
  }

  /** @returns by how many milliseconds the wall clock was set since the last look; negative: back. Undefined: it was not. */
  look(): number | undefined {
    const [wall, monotonic] = [this.#clock.now(), this.#clock.monotonic()]
    const step = Math.round(wall - this.#wall - (monotonic - this.#monotonic))
    this.#wall = wall
    this.#monotonic = monotonic
    return step <= -BACK_MS || step >= AHEAD_MS ? step : undefined
  }
}
