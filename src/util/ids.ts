import { getRandomValues } from 'node:crypto'
import { monotonicFactory } from 'ulid'
import type { Clock } from './clock.js'

/** Source of record, decision and request ids: ULIDs, ordered within one process. */
export interface Ids {
  next(): string
}

/** @param clock gives the time part of each id. */
export function ulids(clock: Clock): Ids {
  const next = monotonicFactory(randomFractions())
  return { next: () => next(clock.now()) }
}

const DRAWN_AT_ONCE = 1024

/** As the package draws them itself, but many per system call: one call per character costs 20 µs an id. */
function randomFractions(): () => number {
  const drawn = new Uint8Array(DRAWN_AT_ONCE)
  let used = DRAWN_AT_ONCE
  return () => {
    if (used === DRAWN_AT_ONCE) {
      getRandomValues(drawn)
      used = 0
    }
    return (drawn[used++] ?? 0) / 256
  }
}
