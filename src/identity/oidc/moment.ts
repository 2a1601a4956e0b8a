import type { Clock } from '../../util/clock.js'

/** A point in time on both clocks. */
export interface Moment {
  readonly wall: number
  readonly monotonic: number
}

export function moment(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() }
}

/** Milliseconds since then. The monotonic clock stands still while a machine sleeps; the other may be set back. */
export function since(then: Moment, clock: Clock): number {
  return Math.max(clock.now() - then.wall, clock.monotonic() - then.monotonic)
}
