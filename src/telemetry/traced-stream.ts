import type { Batch, ResultStream } from '../model/result.js'

/**
 * The same stream; says once how many rows it gave and, where it broke, why. A reader may leave without having
 * read anything, which a generator would not notice.
 */
export function tracedStream(
  { batches, ...rest }: ResultStream,
  ended: (rows: number, error?: unknown) => void,
): ResultStream {
  return {
    ...rest,
    batches: { [Symbol.asyncIterator]: () => counting(batches[Symbol.asyncIterator](), ended) },
  }
}

function counting(
  source: AsyncIterator<Batch>,
  ended: (rows: number, error?: unknown) => void,
): AsyncIterator<Batch> {
  let rows = 0
  let over = false
  const end = (error?: unknown): void => {
    if (!over) ended(rows, error)
    over = true
  }
  const watched = async (step: Promise<IteratorResult<Batch>>): Promise<IteratorResult<Batch>> => {
    try {
      const given = await step
      if (given.done === true) end()
      else rows += given.value.length
      return given
    } catch (error) {
      end(error ?? new Error('The stream broke.'))
      throw error
    }
  }
  return {
    next: () => watched(source.next()),
    return: async () => {
      const given = await watched(source.return?.() ?? Promise.resolve({ done: true, value: undefined }))
      end()
      return given
    },
  }
}
