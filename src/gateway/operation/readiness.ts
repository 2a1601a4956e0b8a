/** Whether callers can be served. Asked by orchestrators every few seconds, so answers are kept for a moment. */
import type { Clock } from '../../util/clock.js'
import { until } from '../../util/until.js'

export interface Check {
  /** For the answer, for example `'database billing'`. */
  readonly name: string
  /** Rejects, or resolves to false, where the part cannot do its work. */
  probe(): Promise<unknown>
}

export interface Standing {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, 'ok' | 'failing'>>
}

export interface Readiness {
  /** At most a moment old. */
  current(): Promise<Standing>
  /** From here on the answer is no: the gateway is leaving. */
  leave(): void
}

const KEEP_MS = 2_000
const PATIENCE_MS = 5_000

/** @param changed told of each part whose standing is another than before. */
export function readiness(
  checks: readonly Check[],
  clock: Clock,
  changed: (name: string, ok: boolean) => void,
): Readiness {
  let leaving = false
  let known: { readonly standing: Standing; readonly at: number } | undefined
  let asking: Promise<Standing> | undefined
  const ask = async (): Promise<Standing> => {
    const found = await Promise.all(
      checks.map(async ({ name, probe }) => [name, (await holds(probe)) ? 'ok' : 'failing'] as const),
    )
    const standing = { ready: found.every(([, state]) => state === 'ok'), checks: Object.fromEntries(found) }
    for (const [name, state] of found) {
      const before = known?.standing.checks[name] ?? 'ok'
      if (before !== state) changed(name, state === 'ok')
    }
    known = { standing, at: clock.monotonic() }
    return standing
  }
  return Object.freeze<Readiness>({
    async current() {
      if (leaving) return { ready: false, checks: { leaving: 'failing' } }
      if (known !== undefined && clock.monotonic() - known.at < KEEP_MS) return known.standing
      asking ??= ask().finally(() => {
        asking = undefined
      })
      return asking
    },
    leave: () => {
      leaving = true
    },
  })
}

async function holds(probe: () => Promise<unknown>): Promise<boolean> {
  const late = (signal: AbortSignal) =>
    new Promise<false>(resolve => signal.addEventListener('abort', () => resolve(false), { once: true }))
  try {
    return await until([], PATIENCE_MS, async signal =>
      Promise.race([probe().then(answer => answer !== false), late(signal)]),
    )
  } catch {
    return false
  }
}
