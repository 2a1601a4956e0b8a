/**
 * Port: keeps calls that are under way, and the answers of those that were carried out, for one process or for
 * many. It decides nothing. Keys and arguments reach it as keyed hashes only.
 *
 * Every method rejects when the store cannot do its part. What a `begin` that rejected may have left behind
 * counts as a call whose outcome nobody knows, and ends with its time.
 */
export interface LedgerStore {
  readonly name: string
  /** Whether entries outlive the process. */
  readonly durable: boolean
  /** Called once, before anything else. Rejects when the store is not there or not migrated. */
  open?(): Promise<void>
  /**
   * Adds the entry, durably, unless its slot holds one whose time is not over; gives that one back. Both steps
   * are one: of many callers one gets `null`, which means that it was added.
   */
  begin(entry: LedgerEntry): Promise<LedgerEntry | null>
  /** The call was carried out. Nothing happens to an entry that is not under way any more. */
  settle(entry: LedgerName, answer: string, seen: number): Promise<void>
  /** Takes the entry away. Nothing happens where it is gone. */
  forget(entry: LedgerName): Promise<void>
  /** A sign of life: moves `seen` of those entries that are still under way. */
  hold(ids: readonly string[], seen: number): Promise<void>
  /** Takes away what is over by then. */
  prune(now: number): Promise<void>
  close(): Promise<void>
}

export interface LedgerName {
  /** What two equal calls have in common: 64 hexadecimal digits. */
  readonly slot: string
  /** Of this one call: a ULID. */
  readonly id: string
}

/** Times are milliseconds since the Unix epoch. */
export interface LedgerEntry extends LedgerName {
  /** Tool and arguments: 64 hexadecimal digits. */
  readonly ask: string
  /** Last sign of life of whoever carries the call out; once carried out, when that was. */
  readonly seen: number
  /** Milliseconds after `seen` at which its time is over. */
  readonly keep: number
  /** Null while the call is under way. */
  readonly answer: string | null
}
