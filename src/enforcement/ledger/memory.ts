import { CardeaError } from '../../errors.js'
import type { LedgerEntry, LedgerName, LedgerStore } from './ledger-store.js'

const MOST = 10_000

/**
 * Calls in the memory of one process: a call that is sent again after a restart, or to another process, is not
 * recognised. Keeps 10,000 answers and then forgets the oldest; what is under way is never forgotten.
 */
export function memoryLedgerStore(): LedgerStore {
  const entries = new Map<string, LedgerEntry>()
  const its = ({ slot, id }: LedgerName): LedgerEntry | undefined => {
    const entry = entries.get(slot)
    return entry?.id === id ? entry : undefined
  }
  return Object.freeze<LedgerStore>({
    name: 'memory',
    durable: false,
    begin: async entry => {
      const there = entries.get(entry.slot)
      if (there !== undefined && !isOver(there, entry.seen)) return there
      entries.delete(entry.slot)
      if (entries.size >= MOST) forgetOne(entries)
      entries.set(entry.slot, entry)
      return null
    },
    settle: async (name, answer, seen) => {
      const entry = its(name)
      if (entry?.answer === null) entries.set(name.slot, { ...entry, answer, seen })
    },
    forget: async name => {
      if (its(name) !== undefined) entries.delete(name.slot)
    },
    hold: async (ids, seen) => {
      for (const entry of entries.values()) {
        if (entry.answer === null && ids.includes(entry.id)) entries.set(entry.slot, { ...entry, seen })
      }
    },
    prune: async now => {
      for (const entry of entries.values()) if (isOver(entry, now)) entries.delete(entry.slot)
    },
    close: async () => entries.clear(),
  })
}

export function isOver({ seen, keep }: LedgerEntry, now: number): boolean {
  return seen + keep <= now
}

function forgetOne(entries: Map<string, LedgerEntry>): void {
  for (const { slot, answer } of entries.values()) {
    if (answer === null) continue
    entries.delete(slot)
    return
  }
  throw new CardeaError(
    'CARDEA_STORE_UNAVAILABLE',
    `${MOST} calls are under way, more than can be kept apart.`,
  )
}
