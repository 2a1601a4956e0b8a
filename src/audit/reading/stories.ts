/** Statements put together from their records, while a trail is read in order. */
import type { AuditRecord, OutcomeDetail, StatementRecord } from '../../model/record.js'
import type { TrailEntry } from '../trail-line.js'

/** A statement with both its records put together, or something that happened around statements. */
export type Found =
  | {
      readonly kind: 'statement'
      readonly id: string
      readonly time: string
      /** Number of the record that opens the story: the intent, or the whole record of what never ran. */
      readonly seq: number
      readonly statement: StatementRecord
      /** Absent while the statement runs, or when its writer died and has not come back. */
      readonly outcome?: OutcomeDetail
      /** When the outcome was recorded. */
      readonly endedAt?: string
    }
  | {
      readonly kind: 'event'
      readonly seq: number
      readonly record: Extract<AuditRecord, { phase: 'single' }>
    }

/** When it ended, as far as it has; ISO 8601 in UTC. */
export function timeOf(found: Found): string {
  return found.kind === 'event' ? found.record.time : (found.endedAt ?? found.time)
}

export type Intent = TrailEntry & { readonly phase: 'intent' }

/** What was found, with a mark for each record that it was made of. */
export interface Story<Mark> {
  readonly found: Found
  readonly first: Mark
  /** Of the outcome, where the intent is a record of its own. */
  readonly last?: Mark
}

/** Holds only the statements that are open at one time. */
export class StoryJoiner<Mark> {
  readonly #open = new Map<string, { readonly intent: Intent; readonly mark: Mark }>()

  /** The story that the record ends, if it ends one. An outcome whose intent is not there tells of nothing. */
  take(entry: TrailEntry, mark: Mark): Story<Mark> | null {
    if (entry.phase === 'intent') {
      this.#open.set(entry.id, { intent: entry, mark })
      return null
    }
    if (entry.phase === 'single') {
      return { found: { kind: 'event', seq: entry.seq, record: entry }, first: mark }
    }
    const begun = this.#open.get(entry.id)
    if (begun !== undefined) {
      this.#open.delete(entry.id)
      return { found: ended(begun.intent, entry), first: begun.mark, last: mark }
    }
    return entry.body === undefined ? null : { found: whole(entry, entry.body), first: mark }
  }

  /** Those without an outcome so far, in the order in which they began. */
  *unfinished(): Generator<Story<Mark>> {
    for (const { intent, mark } of this.#open.values()) yield { found: began(intent), first: mark }
  }
}

type Outcome = TrailEntry & { readonly phase: 'outcome' }

function ended(intent: Intent, { outcome, time }: Outcome): Found {
  return { ...began(intent), outcome, endedAt: time }
}

function whole({ id, outcome, seq, time }: Outcome, statement: StatementRecord): Found {
  return { kind: 'statement', id, time, seq, statement, outcome, endedAt: time }
}

function began({ body, id, seq, time }: Intent): Found & { kind: 'statement' } {
  return { kind: 'statement', id, time, seq, statement: body }
}

/**
 * What one or two records that were read again tell; null where they do not belong together.
 *
 * @example
 * storyOf(intent, outcome)
 */
export function storyOf(first: TrailEntry, last: TrailEntry | undefined): Found | null {
  const joiner = new StoryJoiner<undefined>()
  const alone = joiner.take(first, undefined)
  if (last !== undefined) return joiner.take(last, undefined)?.found ?? null
  return (alone ?? joiner.unfinished().next().value)?.found ?? null
}
