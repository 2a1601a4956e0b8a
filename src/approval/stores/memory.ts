import { CardeaError, ConfigurationError } from '../../errors.js'
import { type ApprovalEntry, isOpen } from '../approval-entry.js'
import type { ApprovalStore } from '../approval-store.js'
import {
  barring,
  entryText,
  fits,
  isUnreviewed,
  LISTED_AT_MOST,
  newestFirst,
  readEntry,
} from './entry-text.js'
import { listeners } from './listeners.js'
import { closedStore } from './store-error.js'

export interface MemoryApprovalStoreOptions {
  /** Entries kept at most, 1 or more. Default 10,000. */
  readonly most?: number
}

/**
 * Approvals in the memory of one process. A restart forgets them, which refuses them. When it is full, it
 * forgets what ended longest ago; what is open, or waits for its review, stays, and new requests are refused.
 *
 * @throws ConfigurationError for a `most` that is no whole number from 1 on. CardeaError
 *   `CARDEA_STORE_UNAVAILABLE` from `insert` when nothing can be forgotten, `CARDEA_CLOSED` after `close`.
 * @example
 * const store = memoryApprovalStore({ most: 1_000 })
 */
export function memoryApprovalStore(options: MemoryApprovalStoreOptions = {}): ApprovalStore {
  const { most = 10_000 } = options
  if (!Number.isSafeInteger(most) || most < 1)
    throw new ConfigurationError('`most` of the memory store must be a whole number from 1 on.')
  const { entries, insert, replace, clear } = shelf(most)
  const heard = listeners()
  let closed = false
  /** Every method but `watch` is one synchronous step, so no other call can come between. */
  const step = async <T>(work: () => T): Promise<T> => {
    if (closed) throw closedStore()
    return work()
  }
  return Object.freeze({
    name: 'memory',
    durable: false,
    insert: entry =>
      step(() => {
        const there = insert(entry)
        if (there === null) heard.tell(entry.id)
        return there
      }),
    find: id => step(() => entries.get(id) ?? null),
    list: filter =>
      step(() =>
        [...entries.values()]
          .filter(entry => fits(entry, filter))
          .sort(newestFirst)
          .slice(0, filter.limit ?? LISTED_AT_MOST),
      ),
    replace: next =>
      step(() => {
        const done = replace(next)
        if (done) heard.tell(next.id)
        return done
      }),
    hold: (holder, until) => step(() => hold(entries, holder, until)),
    watch(listener) {
      if (closed) throw closedStore()
      return heard.add(listener)
    },
    close: () =>
      step(() => {
        closed = true
        heard.clear()
        clear()
      }),
  } satisfies ApprovalStore)
}

/** The entries, and which of them keep others out. */
function shelf(most: number) {
  const entries = new Map<string, ApprovalEntry>()
  const open = new Map<string, string>()
  const put = (entry: ApprovalEntry): void => {
    const { id } = entry
    const before = entries.get(id)?.openKey ?? null
    // The entry that ends goes to the back: forgetting begins with what has not changed for longest.
    entries.delete(id)
    entries.set(id, own(entry))
    if (before !== null && open.get(before) === id) open.delete(before)
    const key = barring(entry)
    if (key !== null) open.set(key, id)
  }
  return {
    entries,
    insert(entry: ApprovalEntry): ApprovalEntry | null {
      const key = barring(entry)
      const there = key === null ? undefined : entries.get(open.get(key) ?? '')
      if (there !== undefined) return there
      if (entries.has(entry.id)) throw new CardeaError('CARDEA_STORE_UNAVAILABLE', 'The id is taken already.')
      if (entries.size >= most) forgetOne(entries, most)
      put(entry)
      return null
    },
    replace(next: ApprovalEntry): boolean {
      if (entries.get(next.id)?.version !== next.version - 1) return false
      put(next)
      return true
    },
    clear(): void {
      entries.clear()
      open.clear()
    },
  }
}

/** A private copy, as a store with a database behind it would give it back. */
function own(entry: ApprovalEntry): ApprovalEntry {
  const copy = readEntry(entryText(entry), entry)
  if (copy === null) throw new CardeaError('CARDEA_STORE_UNAVAILABLE', 'The entry cannot be kept as JSON.')
  return copy
}

function hold(entries: Map<string, ApprovalEntry>, holder: string, until: number): void {
  for (const [id, entry] of entries) {
    if (entry.holder !== holder || entry.state !== 'pending') continue
    entries.set(id, Object.freeze({ ...entry, heldUntil: until }))
  }
}

/** Of those that ended and wait for nobody, the one that changed longest ago. */
function forgetOne(entries: Map<string, ApprovalEntry>, most: number): void {
  for (const [id, entry] of entries) {
    if (isOpen(entry) || isUnreviewed(entry)) continue
    entries.delete(id)
    return
  }
  throw new CardeaError(
    'CARDEA_STORE_UNAVAILABLE',
    `The approval store is full: ${most} requests are open. Decide some of them, or give it more room.`,
  )
}
