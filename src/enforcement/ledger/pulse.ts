import type { Clock } from '../../util/clock.js'
import type { LedgerStore } from './ledger-store.js'

/** Without a sign of life for so long, whoever carried a call out is taken for dead. */
export const SIGN_OF_LIFE_MS = 15_000
const PRUNE_MS = 600_000

export interface Pulse {
  begins(id: string): void
  ends(id: string): void
  stop(): void
}

/** Signs of life for all calls that this process carries out: one statement at a time, none while there are none. */
export function pulse(store: LedgerStore, clock: Clock): Pulse {
  const alive = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let prunedAt: number | undefined
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
  }
  return {
    begins(id) {
      alive.add(id)
      // A beat that fails is followed by the next one.
      timer ??= setInterval(
        () => void store.hold([...alive], clock.now()).catch(() => {}),
        SIGN_OF_LIFE_MS / 3,
      ).unref()
      if (prunedAt !== undefined && clock.monotonic() - prunedAt < PRUNE_MS) return
      prunedAt = clock.monotonic()
      store.prune(clock.now()).catch(() => {})
    },
    ends(id) {
      alive.delete(id)
      if (alive.size === 0) stop()
    },
    stop,
  }
}
