import type { Clock } from '../util/clock.js'

export interface ReplayGuard {
  /**
   * Takes note of an id. `'fresh'` exactly once within its lifetime, `'seen'` after that. `'full'`: there
   * is no room to remember it, so nobody can tell; treat it as seen.
   *
   * @param until milliseconds since the Unix epoch from which the id is worthless anyway.
   */
  admit(id: string, until: number): 'fresh' | 'seen' | 'full'
}

/** 100,000 ids of a hundred characters are some 20 MB. */
const DEFAULT_LIMIT = 100_000
/** Looking for what has expired costs a walk over everything, so a flood pays for it once a second only. */
const SWEEP_EVERY_MS = 1000

/**
 * Remembers what may be used once, in this process. Memory is bounded, and a full guard admits nothing:
 * forgetting an id early would let it be used twice.
 *
 * @param limit how many ids are remembered at a time. Default 100,000.
 */
export function replayGuard(clock: Clock, limit = DEFAULT_LIMIT): ReplayGuard {
  const seen = new Map<string, number>()
  let sweptAt = Number.NEGATIVE_INFINITY

  function sweep(): void {
    if (clock.monotonic() - sweptAt < SWEEP_EVERY_MS) return
    sweptAt = clock.monotonic()
    const now = clock.now()
    for (const [id, until] of seen) if (until <= now) seen.delete(id)
  }

  return Object.freeze({
    admit(id, until) {
      // Also after its lifetime: the clock may have been set back.
      if (seen.has(id)) return 'seen'
      if (seen.size >= limit) sweep()
      if (seen.size >= limit) return 'full'
      seen.set(id, until)
      return 'fresh'
    },
  } satisfies ReplayGuard)
}
