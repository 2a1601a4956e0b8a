/**
 * The life of an entry, as functions of the entry and the time. Nothing here waits, stores or records, so
 * every path can be tested and every process comes to the same result.
 *
 *   pending ─► approved ─► consumed
 *      │           └─────► expired | withdrawn
 *      └─► denied | expired | withdrawn
 */
import type { ApprovalAnswer } from '../../model/grant.js'
import { type ApprovalEntry, type ApprovalState, isOpen } from '../approval-entry.js'
import { objectionTo } from './people.js'

/** An entry that is not sealed yet. */
export type Draft = Omit<ApprovalEntry, 'seal'>

/** A request at its beginning: what it is about, and nothing that has happened to it yet. */
export function begun(
  about: Pick<
    Draft,
    'request' | 'mode' | 'ask' | 'topic' | 'requester' | 'openKey' | 'holder' | 'heldUntil' | 'useWithinMs'
  >,
): Draft {
  const { id, createdAt, decideBy } = about.request
  return {
    ...about,
    id,
    version: 1,
    state: 'pending',
    answers: [],
    createdAt,
    updatedAt: createdAt,
    decideBy,
    grantId: null,
    grantedAt: null,
    useBy: null,
    rowsLeft: null,
    reviewBy: null,
    review: null,
    why: null,
  }
}

/** How far the clocks of two hosts may be apart before time is said to have run backwards. */
const CLOCK_TOLERANCE_MS = 10_000

/** A process shows that it is alive three times in this span; then its waits are believed to be gone. */
export const HOLD_MS = 15_000

export const NOT_IN_TIME = 'nobody approved in time'
export const NOT_USED = 'not used in time'

export interface Ending {
  readonly state: 'expired' | 'withdrawn'
  readonly why: string
}

/** What time has made of an open entry; null: it still stands. @param self the holder that is surely alive. */
export function lapse(entry: ApprovalEntry, now: number, self: string): Ending | null {
  if (!isOpen(entry)) return null
  if (now < entry.updatedAt - CLOCK_TOLERANCE_MS) return { state: 'expired', why: 'the clock was set back' }
  if (entry.state === 'pending' && !(now < entry.decideBy)) return { state: 'expired', why: NOT_IN_TIME }
  if (entry.state === 'approved' && !(now < (entry.useBy ?? 0))) return { state: 'expired', why: NOT_USED }
  if (
    entry.state === 'pending' &&
    entry.holder !== null &&
    entry.holder !== self &&
    !(now < (entry.heldUntil ?? 0))
  ) {
    return { state: 'withdrawn', why: 'the process that asked is gone' }
  }
  return null
}

export type Judged =
  | { readonly counted: true; readonly next: Draft }
  | { readonly counted: false; readonly why: string }

/** What one answer makes of a pending entry that has not lapsed. @param grantId for the grant that it may complete. */
export function judgeAnswer(
  entry: ApprovalEntry,
  answer: ApprovalAnswer,
  now: number,
  grantId: string,
): Judged {
  const objection = objectionTo(answer, entry.request, entry.answers)
  if (objection !== null) return { counted: false, why: objection }
  const answers = [...entry.answers, answer]
  if (answer.decision === 'denied') {
    return { counted: true, next: nextOf(entry, now, { answers, ...closed('denied', 'denied') }) }
  }
  if (answers.length < entry.request.requirement.quorum) {
    return { counted: true, next: nextOf(entry, now, { answers }) }
  }
  const grant = {
    answers,
    state: 'approved' as const,
    grantId,
    grantedAt: now,
    useBy: now + entry.useWithinMs,
    // Two callers that wait for the same statement share the question, not the grant.
    openKey: entry.mode === 'wait' ? null : entry.openKey,
    rowsLeft: entry.request.window?.rows ?? null,
  }
  return { counted: true, next: nextOf(entry, now, grant) }
}

/** The end of an open entry. */
export function ended(
  entry: ApprovalEntry,
  state: Exclude<ApprovalState, 'pending' | 'approved'>,
  why: string | null,
  now: number,
): Draft {
  return nextOf(entry, now, closed(state, why))
}

export function nextOf(entry: ApprovalEntry, now: number, change: Partial<Draft>): Draft {
  const { seal: _, ...before } = entry
  return {
    ...before,
    ...change,
    version: entry.version + 1,
    updatedAt: Math.max(now, entry.updatedAt),
  }
}

function closed(state: ApprovalState, why: string | null) {
  return { state, why, openKey: null, holder: null, heldUntil: null }
}
