import { monotonicFactory } from 'ulid'
import type { Clock } from './clock.js'

/** Source of record, decision and request ids: ULIDs, ordered within one process. */
export interface Ids {
  next(): string
}

/** @param clock gives the time part of each id. */
export function ulids(clock: Clock): Ids {
  const next = monotonicFactory()
  return { next: () => next(clock.now()) }
}
