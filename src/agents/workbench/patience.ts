import { until } from '../../util/until.js'

/** Milliseconds that work which was told to stop may take to say how it ended. */
const GRACE_MS = 5_000

/**
 * Runs work that is told to stop when one of the signals says so or the budget is spent. What still has not
 * ended a little later (a database that does not even answer a cancellation) is answered for by `late`.
 */
export function withPatience<T>(
  signals: readonly AbortSignal[],
  budgetMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => T,
): Promise<T> {
  return until(signals, budgetMs, async signal => {
    let timer: NodeJS.Timeout | undefined
    const overdue = new Promise<T>(resolve => {
      const start = (): void => {
        timer = setTimeout(() => resolve(late()), GRACE_MS)
      }
      if (signal.aborted) start()
      else signal.addEventListener('abort', start, { once: true })
    })
    try {
      return await Promise.race([work(signal), overdue])
    } finally {
      clearTimeout(timer)
    }
  })
}
