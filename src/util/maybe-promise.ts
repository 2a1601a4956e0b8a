/** Answers that are mostly there at once: then nothing waits for them, because a turn of the queue costs as much as a stage. */
export type MaybePromise<T> = T | Promise<T>

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  if (value instanceof Promise) return true
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** As `next(await value)`. */
export function whenReady<T, U>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return isPromise(value) ? Promise.resolve(value).then(next) : next(value)
}

/** As `try { return await work() } catch (error) { return failed(error) }`. */
export function attempt<T>(
  work: () => MaybePromise<T>,
  failed: (error: unknown) => MaybePromise<T>,
): MaybePromise<T> {
  try {
    const done = work()
    return isPromise(done) ? Promise.resolve(done).then(undefined, failed) : done
  } catch (error) {
    return failed(error)
  }
}
