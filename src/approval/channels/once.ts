import type { Clock } from '../../util/clock.js'

/** Remembers which messages were used, for as long as their time stamp would let them pass again. */
export interface Once {
  /** `taken`: this is the first use. `full`: nothing can be taken, because nothing may be forgotten yet. */
  take(id: string): 'taken' | 'seen' | 'full'
  /** Nothing came of the use: the same message may come again. */
  release(id: string): void
}

/** Messages that are remembered. At the longest id it is about 3 MB. */
const MOST = 10_000

/** @param keepMs how long after its use a message could still pass the check of its time stamp. */
export function usedOnce(clock: Clock, keepMs: number): Once {
  const seen = new Map<string, number>()
  return Object.freeze({
    take(id) {
      const now = clock.monotonic()
      for (const [old, at] of seen) {
        // In order of use, so the first that is still needed ends the search.
        if (now - at < keepMs) break
        seen.delete(old)
      }
      if (seen.has(id)) return 'seen'
      if (seen.size >= MOST) return 'full'
      seen.set(id, now)
      return 'taken'
    },
    release: id => void seen.delete(id),
  } satisfies Once)
}
