import type { StopSignal } from '../../model/executor.js'
import type { Work } from './driver.js'

/**
 * Runs work that the signal can stop. When it aborts, the statement is stopped at the server and the
 * abort is thrown, whatever the statement did meanwhile; only a connection that cannot be stopped is
 * left before it is quiet, and the caller of `cancel` has marked it unusable by then.
 */
export async function stoppable<T>(
  work: Pick<Work, 'cancel'>,
  signal: StopSignal,
  run: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  let stopping: Promise<void> | undefined
  let stop = () => {}
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = () => {
        stopping = work.cancel().catch(() => reject(signal.reason))
      }
      signal.addEventListener('abort', stop, { once: true })
      run().then(resolve, reject)
    })
  } finally {
    signal.removeEventListener('abort', stop)
    if (stopping !== undefined) {
      await stopping
      signal.throwIfAborted()
    }
  }
}

export interface StoppedOnce extends Work {
  /** Waits for the stop, if one was asked for. */
  stopped(): Promise<void>
}

/** The same work, stopped at the server once at most: nothing else may be sent before that has arrived. */
export function stoppedOnce(work: Work): StoppedOnce {
  let stopping: Promise<void> | undefined
  return {
    ...work,
    cancel: () => {
      stopping ??= work.cancel()
      return stopping
    },
    stopped: async () => {
      await stopping?.catch(() => {})
    },
  }
}
