import type { Work } from './driver.js'

/**
 * Runs work that the signal can stop. When it aborts, the statement is stopped at the server and the
 * abort is thrown, whatever the statement did meanwhile; only a connection that cannot be stopped is
 * left before it is quiet, and the caller of `cancel` has marked it unusable by then.
 */
export async function stoppable<T>(
  work: Pick<Work, 'cancel'>,
  signal: AbortSignal,
  run: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  let stopping: Promise<void> | undefined
  let giveUp: () => void = () => {}
  const unstoppable = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason)
  })
  unstoppable.catch(() => {})
  const stop = () => {
    stopping = work.cancel().catch(giveUp)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([run(), unstoppable])
  } finally {
    signal.removeEventListener('abort', stop)
    if (stopping !== undefined) {
      await stopping
      signal.throwIfAborted()
    }
  }
}
