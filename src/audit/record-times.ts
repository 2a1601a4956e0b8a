import type { Clock } from '../util/clock.js'

/** The time of a record, as ISO 8601. Many records share a millisecond or a second, and formatting one is dear. */
export function recordTimes(clock: Clock): () => string {
  const lastSecond = { second: Number.NaN, text: '' }
  const last = { now: Number.NaN, text: '' }
  return () => {
    const now = Math.trunc(clock.now())
    if (now === last.now) return last.text
    const second = Math.floor(now / 1000)
    if (second !== lastSecond.second) {
      lastSecond.second = second
      lastSecond.text = new Date(second * 1000).toISOString().slice(0, -4)
    }
    last.now = now
    last.text = `${lastSecond.text}${String(now - second * 1000).padStart(3, '0')}Z`
    return last.text
  }
}
