import type { Clock } from '../util/clock.js'

export interface SnapshotOptions<T> {
  /** Reads the whole. */
  load(): Promise<T>
  readonly clock: Clock
  /** Milliseconds that a picture is used without asking again. */
  readonly refreshMs: number
  /** Milliseconds after which a picture that cannot be renewed is worth nothing. */
  readonly maxAgeMs: number
  /** Milliseconds that one reading may take. */
  readonly timeoutMs: number
}

/** A small shared table, held in memory for moments so that asking it costs nothing. */
export interface Snapshot<T> {
  /** At most `refreshMs` old, or `maxAgeMs` while the source is away. Rejects when that has passed too. */
  current(): T | Promise<T>
  /** What the source holds now, this call included. Rejects when the source does not answer. */
  renew(): Promise<T>
  /** Whatever was known counts no more, not even while the source is away: somebody has just changed it. */
  forget(): void
}

interface Taken<T> {
  readonly value: T
  /** When its reading began: what was written later may be missing. */
  readonly at: Moment
}

interface Moment {
  readonly turn: number
  readonly wall: number
  readonly monotonic: number
}

/** Nothing runs in the background: whoever asks pays for the renewal that is due. */
export function snapshot<T>(options: SnapshotOptions<T>): Snapshot<T> {
  const { clock, refreshMs, maxAgeMs } = options
  let taken: Taken<T> | undefined
  let running: Promise<T> | undefined
  let failedAt: Moment | undefined
  let turn = 0
  const moment = (): Moment => ({ turn, wall: clock.now(), monotonic: clock.monotonic() })
  // The monotonic clock may stand still while a machine sleeps; the other may be set back.
  const age = (at: Moment) => Math.max(clock.monotonic() - at.monotonic, clock.now() - at.wall)

  const read = async (): Promise<T> => {
    const at = moment()
    const value = await within(options.timeoutMs, options.load()).catch(error => {
      failedAt = moment()
      throw error
    })
    // Overtaken by `forget`: it may have missed the change, and is good for those who asked before it.
    if (at.turn === turn) taken = { value, at }
    failedAt = undefined
    return value
  }
  const join = (): Promise<T> => {
    if (running !== undefined) return running
    const reading = read().finally(() => {
      if (running === reading) running = undefined
    })
    running = reading
    return reading
  }
  const renewed = async (): Promise<T> => {
    try {
      return await join()
    } catch (error) {
      if (taken !== undefined && age(taken.at) < maxAgeMs) return taken.value
      throw error
    }
  }
  return Object.freeze({
    current: () => {
      if (taken === undefined) return renewed()
      const old = age(taken.at)
      // While the source is away, one caller per interval tries it and the others do not wait.
      const waiting = failedAt !== undefined && age(failedAt) < refreshMs && old < maxAgeMs
      return old < refreshMs || waiting ? taken.value : renewed()
    },
    renew: async () => {
      // A reading that began before this call may have missed what the caller has just written.
      await running?.catch(() => {})
      return join()
    },
    forget: () => {
      turn += 1
      taken = undefined
      running = undefined
    },
  } satisfies Snapshot<T>)
}

/** @throws Error after `ms`, whatever becomes of the work. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ms).unref()
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
