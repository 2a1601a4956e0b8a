import { type ApprovalEntry, isOpen } from '../approval-entry.js'
import type { EntryFilter } from '../approval-store.js'

/** An entry as a store keeps it. `JSON.stringify` escapes NUL and lone surrogates, which no text column takes. */
export function entryText(entry: ApprovalEntry): string {
  return JSON.stringify(entry)
}

/** What a store knows about an entry beside its text. */
export interface Known {
  readonly id: string
  readonly version: number
  readonly state: string
  readonly heldUntil: number | null
}

/**
 * The entry in a text, deeply frozen, with the sign of life that the store keeps apart; null for a text that
 * is no entry, or not the one that the store has it down as. Whether it is genuine is for the seal to say.
 */
export function readEntry(text: unknown, known: Known): ApprovalEntry | null {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null) return null
  const entry = value as ApprovalEntry
  const { id, version, state, heldUntil } = known
  if (entry.id !== id || entry.version !== version || entry.state !== state) return null
  return frozen({ ...entry, heldUntil })
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return text
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}

/** The key under which no second entry may be open. A closed entry bars nobody. */
export function barring(entry: ApprovalEntry): string | null {
  return isOpen(entry) ? entry.openKey : null
}

/** Waits for somebody to look at it after it ended. */
export function isUnreviewed({ reviewBy, review }: ApprovalEntry): boolean {
  return reviewBy !== null && review === null
}

export const LISTED_AT_MOST = 1_000

export function fits(entry: ApprovalEntry, filter: EntryFilter): boolean {
  const { states, requester, topic, createdSince, updatedSince, kind, unreviewed } = filter
  return (
    (states === undefined || states.includes(entry.state)) &&
    (requester === undefined || entry.requester === requester) &&
    (topic === undefined || entry.topic === topic) &&
    (createdSince === undefined || entry.createdAt >= createdSince) &&
    (updatedSince === undefined || entry.updatedAt >= updatedSince) &&
    (kind === undefined || entry.request.kind === kind) &&
    (unreviewed === undefined || isUnreviewed(entry))
  )
}

/** Newest first; ids are ULIDs, which tell apart what one millisecond brought. */
export function newestFirst(one: ApprovalEntry, other: ApprovalEntry): number {
  return other.createdAt - one.createdAt || (one.id < other.id ? 1 : -1)
}
