import type { Batch, ResultStream } from '../model/result.js'
import type { RowAccount } from './recorded-rows.js'

/** How a stream ended, for its outcome. */
export type StreamEnd =
  | { readonly status: 'released' | 'cut' }
  | { readonly status: 'failed'; readonly error: unknown }

export interface StreamRecord {
  readonly account: RowAccount
  /** Throws when no more rows may leave: the trail has failed, or the outcome is on record already. */
  readonly check: () => void
  /** Puts the outcome on record, once. */
  readonly end: (end: StreamEnd) => Promise<void>
}

/**
 * The same stream, counted and digested batch by batch as it passes. The outcome is on record before
 * the consumer learns that the stream is over, however it ends. Can be read once.
 */
export function recordedStream(stream: ResultStream, record: StreamRecord): ResultStream {
  const passing = pass(stream, record)
  let begun = false
  const batches: AsyncIterableIterator<Batch> = {
    next: () => {
      begun = true
      return passing.next()
    },
    return: async () => {
      // A generator that never ran has no clean-up to run: end what it would have ended.
      if (!begun) {
        begun = true
        await passing.return(undefined)
        await stream.batches[Symbol.asyncIterator]().return?.()
        await record.end({ status: 'cut' })
      }
      return passing.return(undefined)
    },
    [Symbol.asyncIterator]: () => batches,
  }
  return Object.freeze({ ...stream, batches })
}

async function* pass(
  stream: ResultStream,
  record: StreamRecord,
): AsyncGenerator<Batch, undefined, undefined> {
  let end: StreamEnd = { status: 'cut' }
  try {
    for await (const batch of stream.batches) {
      record.check()
      record.account.add(batch)
      yield batch
    }
    end = { status: 'released' }
  } catch (error) {
    end = { status: 'failed', error }
    throw error
  } finally {
    await record.end(end)
  }
}
