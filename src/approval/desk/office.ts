import type { BreakGlassTerms } from '../../model/decision.js'
import type { Preview } from '../../model/grant.js'
import type { DecidedSubmission } from '../../model/progress.js'
import type { LifecycleEvent } from '../../model/record.js'
import type { Scrubber } from '../../model/scrub.js'
import type { Clock } from '../../util/clock.js'
import type { Ids } from '../../util/ids.js'
import type { ApprovalChannel } from '../approval-channel.js'
import type { ApprovalEntry } from '../approval-entry.js'
import type { ApprovalProvider } from '../approval-provider.js'
import type { ApprovalStore } from '../approval-store.js'
import type { Changes } from './changes.js'
import type { Turns } from './turns.js'
import type { Vigil } from './vigil.js'

/** Puts one state change on record. Rejects when the trail cannot take it. */
export type Note = (event: LifecycleEvent, detail: Readonly<Record<string, unknown>>) => Promise<void>

/** Finds out what a write would change; `undefined`: it cannot be told. Must not wait for people. */
export type Previewer = (decided: DecidedSubmission, signal: AbortSignal) => Promise<Preview | undefined>

/** What all parts of the desk work with. */
export interface Office {
  readonly providers: readonly ApprovalProvider[]
  readonly channels: readonly ApprovalChannel[]
  readonly store: ApprovalStore
  readonly mode: 'wait' | 'ticket'
  /** Cannot be set back. */
  readonly clock: Clock
  readonly ids: Ids
  readonly scrubber: Scrubber
  readonly note: Note
  readonly key: Uint8Array
  /** As policy has it now. */
  readonly breakGlass: () => BreakGlassTerms | null
  readonly preview: Previewer | null
  /** This process, this time: its waits die with it. */
  readonly holder: string
  readonly turn: Turns
  readonly changes: Changes
  /** Waits under way, to be ended when the desk closes. */
  readonly vigils: Set<Vigil>
  /** The callers themselves: the store stays open until the last has put its end on record. */
  readonly underway: Set<Promise<unknown>>
  /** How many callers wait for an entry. */
  readonly waiting: Map<string, number>
  /** Grants of this process that one of its waits has taken and not used yet. */
  readonly taken: Set<string>
  /** Grants that this process has used, until their time is over: a store may be put back, memory is not. */
  readonly spent: Map<string, number>
  /** What tells people of requests, to be ended when the desk closes. */
  readonly announcing: Set<() => Promise<void>>
  /** Rows that statements under a windowed grant may use up, by decision. */
  readonly reserved: Map<string, { readonly entry: string; readonly rows: number }>
  /** What kept an answer of this process from being put on record, by entry. */
  readonly broken: Map<string, unknown>
  readonly heart: { timer?: NodeJS.Timeout }
  /** Monotonic time of the last look for entries that time has ended. */
  readonly swept: { at: number }
  readonly door: { closed: boolean }
}

/** What people call an entry that ended, for the record. */
export function endDetail({ id, grantId, why, state }: ApprovalEntry): Readonly<Record<string, unknown>> {
  return { request: id, ...(grantId === null ? {} : { grant: grantId }), state, why: why ?? state }
}
