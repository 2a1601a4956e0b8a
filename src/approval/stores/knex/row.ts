import { createHash } from 'node:crypto'
import { CardeaError } from '../../../errors.js'
import type { ApprovalEntry } from '../../approval-entry.js'
import { barring, entryText, isUnreviewed, readEntry } from '../entry-text.js'

export const TABLE = 'cardea_approvals'
export const LONGEST_ID = 64

/**
 * One entry as a row. The names are single words in lower case, so that a Knex which maps names between
 * snake_case and camelCase leaves them alone. `entry` is the truth; the other columns repeat what
 * conditions need.
 */
export interface Row {
  readonly id: string
  readonly version: number
  readonly state: string
  /** Of an open entry: its `openKey`, digested. Unique. */
  readonly slot: string | null
  readonly requester: string
  readonly topic: string
  readonly kind: string
  readonly holder: string | null
  /** `heldUntil`, which moves without a new version. */
  readonly held: number | null
  readonly created: number
  readonly updated: number
  /** Until when it must be reviewed; null for what needs no review or has one. */
  readonly due: number | null
  readonly entry: string
}

/** @throws CardeaError `CARDEA_STORE_UNAVAILABLE` for an id that the column would cut. */
export function rowOf(entry: ApprovalEntry): Row {
  const { id, version, state, holder, reviewBy } = entry
  if (id === '' || id.length > LONGEST_ID)
    throw new CardeaError(
      'CARDEA_STORE_UNAVAILABLE',
      `The id of an entry needs 1 to ${LONGEST_ID} characters.`,
    )
  const slot = barring(entry)
  return {
    id,
    version,
    state,
    slot: slot === null ? null : digest(slot),
    requester: digest(entry.requester),
    topic: digest(entry.topic),
    kind: entry.request.kind,
    holder: holder === null ? null : digest(holder),
    held: whole(entry.heldUntil),
    created: Math.floor(entry.createdAt),
    updated: Math.floor(entry.updatedAt),
    due: isUnreviewed(entry) ? whole(reviewBy) : null,
    entry: entryText(entry),
  }
}

/** Columns that `entryOf` reads. */
export const READ: readonly (keyof Row)[] = ['id', 'version', 'state', 'held', 'entry']

/** Null for a row that holds no entry, or another one than its columns say. */
export function entryOf(row: Readonly<Record<string, unknown>>): ApprovalEntry | null {
  const { id, version, state, held, entry } = row
  if (typeof id !== 'string' || typeof state !== 'string') return null
  // A bigint comes as a text, a number or a BigInt: drivers and their settings differ.
  const heldUntil = held === null || held === undefined ? null : Number(held)
  return readEntry(entry, { id, version: Number(version), state, heldUntil })
}

/**
 * Keys are compared as digests: exact whatever their length and characters, and whatever the collation of
 * the database takes for equal (MySQL: letters of either case, with and without trailing spaces).
 */
export function digest(key: string): string {
  return createHash('sha256').update(key, 'utf16le').digest('hex')
}

function whole(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.floor(milliseconds)
}
