import type { ApprovalEntry, ApprovalState } from './approval-entry.js'

/** Conditions that must all hold. */
export interface EntryFilter {
  readonly states?: readonly ApprovalState[]
  readonly requester?: string
  readonly topic?: string
  /** At or after. */
  readonly createdSince?: number
  readonly updatedSince?: number
  readonly kind?: ApprovalEntry['request']['kind']
  /** Present and not reviewed. */
  readonly unreviewed?: true
  /** Newest first; default 1,000. */
  readonly limit?: number
}

/**
 * Port: keeps entries, for one process or for many. It decides nothing: which change is right is the desk's
 * business. The store promises that of several changes to one version exactly one takes place.
 *
 * `cardea/testing` has these promises as tests.
 */
export interface ApprovalStore {
  readonly name: string
  /** Whether entries outlive the process. */
  readonly durable: boolean
  /** Called once, before anything else. Rejects when the store is not there or not migrated. */
  open?(): Promise<void>
  /**
   * Adds an entry of version 1. When an entry with the same `openKey` is there already, adds nothing and
   * gives that one back; both steps are one. `null`: it was added.
   */
  insert(entry: ApprovalEntry): Promise<ApprovalEntry | null>
  find(id: string): Promise<ApprovalEntry | null>
  /** Newest first. */
  list(filter: EntryFilter): Promise<readonly ApprovalEntry[]>
  /** Compare-and-set: puts `next` in the place of version `next.version - 1`. Of many callers one gets true. */
  replace(next: ApprovalEntry): Promise<boolean>
  /** A sign of life: moves `heldUntil` of every pending entry of the holder, without a new version. */
  hold(holder: string, until: number): Promise<void>
  /**
   * Calls the listener with the id of each entry that was added or replaced, by whichever process, soon
   * after. May call it once too often; never once too rarely while the store can be reached.
   */
  watch(listener: (id: string) => void): () => void
  /** Called once. Later calls reject. */
  close(): Promise<void>
}
