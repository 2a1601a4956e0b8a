/**
 * Runs work under a signal of its own, which aborts with any of the others and when the milliseconds are
 * over. Leaves nothing behind: `AbortSignal.any` over a signal that lives as long as the process keeps every
 * signal that it ever made (Node 20).
 */
export async function until<T>(
  signals: readonly AbortSignal[],
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController()
  const abort = (): void => own.abort()
  const timer = setTimeout(abort, milliseconds)
  for (const signal of signals) {
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
  }
  try {
    return await work(own.signal)
  } finally {
    clearTimeout(timer)
    for (const signal of signals) signal.removeEventListener('abort', abort)
  }
}
