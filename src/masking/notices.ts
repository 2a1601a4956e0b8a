/** What an engine said besides its result, through the same masks as its errors. */
import type { EngineError } from '../model/executor.js'
import { type Batch, isStream, type Result, type ResultStream } from '../model/result.js'

type Mask = (notice: EngineError) => EngineError

export function withMaskedNotices(result: Result, mask: Mask): Result {
  const { notices } = result
  if (notices === undefined) return result
  if (!isStream(result)) return { ...result, notices: notices.map(mask) }
  return maskedAsTheyCome(result, notices, mask)
}

/** Taken over before each batch is handed out, and at the end. */
function maskedAsTheyCome(stream: ResultStream, notices: readonly EngineError[], mask: Mask): ResultStream {
  const shown: EngineError[] = []
  const take = (): void => {
    for (const notice of notices.slice(shown.length)) shown.push(mask(notice))
  }
  take()
  const iterate = (): AsyncIterator<Batch, undefined> => {
    const source = stream.batches[Symbol.asyncIterator]()
    return {
      async next() {
        try {
          const next = await source.next()
          return next.done ? { done: true, value: undefined } : next
        } finally {
          take()
        }
      },
      async return() {
        await source.return?.()
        take()
        return { done: true, value: undefined }
      },
    }
  }
  return { ...stream, batches: { [Symbol.asyncIterator]: iterate }, notices: shown }
}
