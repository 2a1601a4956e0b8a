import { HOLD_MS } from './entry-state.js'
import type { Office } from './office.js'

/**
 * Signs of life while anybody waits: one statement for all waits of the process. When they stop, because the
 * process died or hangs, its requests are withdrawn by whoever looks next.
 *
 * @returns ends it, when no wait is left.
 */
export function pulse(office: Office): () => void {
  const { heart, store, clock, holder, vigils } = office
  heart.timer ??= setInterval(() => {
    // A beat that fails is followed by the next one; if all fail, the waits end.
    store.hold(holder, clock.now() + HOLD_MS).catch(() => {})
  }, HOLD_MS / 3).unref()
  return () => {
    if (vigils.size > 0) return
    clearInterval(heart.timer)
    delete heart.timer
  }
}
