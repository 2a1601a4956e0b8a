import type { Worker } from 'node:cluster'
import type { Seen, ToWorker } from './messages.js'

/** Asks processes how they stand. */
export interface Looks {
  /** @returns undefined where it does not answer in time. */
  at(worker: Worker): Promise<Seen | undefined>
  /** An answer has come. */
  seen(worker: Worker, look: number, seen: Seen): void
  gone(worker: Worker): void
}

/** A little longer than a process takes to find that a part does not answer. */
const PATIENCE_MS = 6_000

export function looks(): Looks {
  let last = 0
  const waiting = new Map<number, { readonly worker: Worker; readonly answer: (seen?: Seen) => void }>()
  return Object.freeze<Looks>({
    at: worker =>
      new Promise(resolve => {
        last += 1
        const look = last
        const answer = (seen?: Seen): void => {
          clearTimeout(timer)
          waiting.delete(look)
          resolve(seen)
        }
        const timer = setTimeout(answer, PATIENCE_MS)
        waiting.set(look, { worker, answer })
        if (!worker.isConnected()) return answer()
        worker.send({ cardea: 'look', look } satisfies ToWorker, error => {
          if (error !== null) answer()
        })
      }),
    seen(worker, look, seen) {
      const found = waiting.get(look)
      if (found?.worker === worker) found.answer(seen)
    },
    gone(worker) {
      for (const one of [...waiting.values()]) if (one.worker === worker) one.answer()
    },
  })
}
