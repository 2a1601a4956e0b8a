import type { Clock } from './clock.js'

/**
 * A wall clock that cannot be set back while the process runs: never earlier than its start plus the time that
 * the monotonic clock has counted since. Set forward, it is ahead at once. So whatever has a time to end
 * ends on time or early, never late.
 */
export function steadyClock(clock: Clock): Clock {
  const start = clock.now() - clock.monotonic()
  return Object.freeze({
    now: () => Math.max(clock.now(), start + clock.monotonic()),
    monotonic: () => clock.monotonic(),
  })
}
