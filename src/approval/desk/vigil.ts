import type { Clock } from '../../util/clock.js'
import { type Deadline, deadlineIn } from './deadline.js'

/** Why a wait for people ended without their answer. The first reason stays. */
export type VigilEnd = 'timeout' | 'abandoned' | 'closed'

/**
 * One wait for people. A real timer only wakes it up to look; the injected clock decides whether the
 * time is over, so a suspended machine or a clock that was set is noticed within a second.
 */
export interface Vigil {
  readonly deadline: Deadline
  /** Aborts when the vigil ends before people have answered. */
  readonly signal: AbortSignal
  /** Looks at the clock and the caller's signal now. */
  ended(): VigilEnd | null
  /** Settles with the promise or, if the vigil ends first, with nothing. Never leaves a rejection unhandled. */
  until<T>(promise: Promise<T>): Promise<T | undefined>
  end(why: VigilEnd): void
  /** Lets go of the timer and the listener. */
  stop(): void
}

const LOOK_EVERY_MS = 1_000

export function vigil(clock: Clock, milliseconds: number, caller: AbortSignal): Vigil {
  const deadline = deadlineIn(clock, milliseconds)
  const controller = new AbortController()
  let why: VigilEnd | null = null
  let timer: NodeJS.Timeout | undefined
  let tell: () => void = () => {}
  const over = new Promise<undefined>(resolve => {
    tell = () => resolve(undefined)
  })

  const abandon = (): void => end('abandoned')
  const stop = (): void => {
    clearTimeout(timer)
    caller.removeEventListener('abort', abandon)
  }
  function end(reason: VigilEnd): void {
    if (why !== null) return
    why = reason
    stop()
    tell()
    controller.abort()
  }
  const ended = (): VigilEnd | null => {
    if (why === null && caller.aborted) end('abandoned')
    if (why === null && deadline.passed()) end('timeout')
    return why
  }
  const look = (): void => {
    if (ended() === null) timer = setTimeout(look, Math.max(1, Math.min(deadline.remaining(), LOOK_EVERY_MS)))
  }

  caller.addEventListener('abort', abandon, { once: true })
  look()
  return {
    deadline,
    signal: controller.signal,
    ended,
    until: promise => Promise.race([promise, over]),
    end,
    stop,
  }
}
