import type { ApprovalStore } from '../approval-store.js'

/** Watching may cost a connection, so it outlives a short pause between two requests. */
const LINGER_MS = 30_000

/** Who waits for news of which entry, over one watch of the store however many they are. */
export interface Changes {
  /** Calls `wake` at each change of the entry until the returned function is called. */
  follow(id: string, wake: () => void): () => void
  /** Calls the listener at each change of any entry. */
  all(listener: (id: string) => void): () => void
  close(): void
}

export function changes(store: ApprovalStore): Changes {
  const byId = new Map<string, Set<() => void>>()
  const listeners = new Set<(id: string) => void>()
  let stop: (() => void) | undefined
  let idle: NodeJS.Timeout | undefined

  const tell = (id: string): void => {
    for (const wake of [...(byId.get(id) ?? [])]) wake()
    for (const listener of [...listeners]) listener(id)
  }
  const unwatch = (): void => {
    clearTimeout(idle)
    stop?.()
    stop = undefined
  }
  const settle = (): void => {
    clearTimeout(idle)
    if (byId.size + listeners.size > 0) stop ??= store.watch(tell)
    else idle = setTimeout(unwatch, LINGER_MS).unref()
  }
  return {
    follow(id, wake) {
      const waiting = byId.get(id) ?? new Set()
      byId.set(id, waiting.add(wake))
      settle()
      return () => {
        waiting.delete(wake)
        if (waiting.size === 0 && byId.get(id) === waiting) byId.delete(id)
        settle()
      }
    },
    all(listener) {
      listeners.add(listener)
      settle()
      return () => {
        listeners.delete(listener)
        settle()
      }
    },
    close() {
      byId.clear()
      listeners.clear()
      unwatch()
    },
  }
}
