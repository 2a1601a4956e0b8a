/** What callers have under way in this process, so that closing can wait for it, and end it. */
export interface Calls {
  /** @param signal of the caller. What `work` is given aborts with it, and when the gateway can wait no longer. */
  run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** For a call whose caller is told to end by other means. @returns to be called once, when it has ended. */
  begin(): () => void
  readonly underWay: number
  /** Ends everything that is under way, and all that comes after. */
  abort(): void
  /** Resolves when nothing is under way, or at the signal. */
  settled(signal: AbortSignal): Promise<void>
}

export function calls(): Calls {
  const running = new Set<AbortController>()
  let begun = 0
  let over = false
  let idle: (() => void)[] = []
  const ended = (): void => {
    if (running.size + begun > 0 || idle.length === 0) return
    for (const tell of idle) tell()
    idle = []
  }
  const end = (): void => {
    begun -= 1
    ended()
  }
  return Object.freeze<Calls>({
    async run(signal, work) {
      const own = new AbortController()
      const abort = (): void => own.abort()
      if (over || signal?.aborted === true) abort()
      signal?.addEventListener('abort', abort, { once: true })
      running.add(own)
      try {
        return await work(own.signal)
      } finally {
        signal?.removeEventListener('abort', abort)
        running.delete(own)
        ended()
      }
    },
    begin() {
      begun += 1
      return end
    },
    get underWay() {
      return running.size + begun
    },
    abort() {
      over = true
      for (const controller of running) controller.abort()
    },
    settled: signal =>
      new Promise(resolve => {
        if (running.size + begun === 0 || signal.aborted) return resolve()
        idle.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      }),
  })
}
