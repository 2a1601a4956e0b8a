/** Those who want to hear of changes. */
export interface Listeners {
  readonly size: number
  add(listener: (id: string) => void): () => void
  /** Calls each once, after the running code is done. A listener that throws harms nobody else. */
  tell(id: string): void
  clear(): void
}

/** @param changed called when the first listener comes and when the last one goes. */
export function listeners(changed: () => void = () => {}): Listeners {
  // Each call of `add` counts for itself, even with a function that is there already.
  const all = new Set<{ readonly listener: (id: string) => void }>()
  const remove = (one: { readonly listener: (id: string) => void }): void => {
    if (all.delete(one) && all.size === 0) changed()
  }
  return {
    get size() {
      return all.size
    },
    add(listener) {
      const one = { listener }
      all.add(one)
      if (all.size === 1) changed()
      return () => remove(one)
    },
    tell(id) {
      for (const one of all) queueMicrotask(() => call(one.listener, id, () => all.has(one)))
    },
    clear() {
      if (all.size === 0) return
      all.clear()
      changed()
    },
  }
}

function call(listener: (id: string) => void, id: string, wanted: () => boolean): void {
  if (!wanted()) return
  try {
    listener(id)
  } catch {
    // Nobody to tell: the change took place whatever the listener makes of it.
  }
}
