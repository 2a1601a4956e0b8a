import type { Clock } from '../../util/clock.js'

/**
 * A span of time that ends when either clock says so: a wall clock set forward ends it early, one set
 * back cannot stretch it, because the monotonic clock runs on.
 */
export interface Deadline {
  /** Milliseconds since the Unix epoch, by the wall clock at the start. */
  readonly at: number
  /** Milliseconds left by the stricter clock; zero or less when it is over. */
  remaining(): number
  passed(): boolean
}

export function deadlineIn(clock: Clock, milliseconds: number): Deadline {
  const wall = clock.now() + milliseconds
  const steady = clock.monotonic() + milliseconds
  const remaining = (): number => Math.min(wall - clock.now(), steady - clock.monotonic())
  return Object.freeze({ at: wall, remaining, passed: () => !(remaining() > 0) })
}
