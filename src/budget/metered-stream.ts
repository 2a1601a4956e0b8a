import { refusedError } from '../errors.js'
import type { Refusal } from '../model/refusal.js'
import type { Batch, ResultStream } from '../model/result.js'

/**
 * The same batches, each released once it has been taken from what is left. What cannot be taken, the iterable
 * throws as the error of its refusal, and its source is closed.
 */
export function meteredStream(
  stream: ResultStream,
  take: (rows: number) => Promise<Refusal | null>,
): ResultStream {
  const iterate = (): AsyncIterator<Batch, undefined> => {
    const source = stream.batches[Symbol.asyncIterator]()
    let cut = false
    return {
      async next() {
        const next = cut ? DONE : await source.next()
        if (next.done) return DONE
        const refused = await take(next.value.length)
        if (refused === null) return { done: false, value: next.value }
        cut = true
        // Not awaited: a source that waits for the server would hold up the refusal.
        source.return?.().catch(() => undefined)
        throw refusedError(refused)
      },
      async return() {
        await source.return?.()
        return DONE
      },
    }
  }
  return { ...stream, batches: { [Symbol.asyncIterator]: iterate } }
}

const DONE = Object.freeze({ done: true as const, value: undefined })
