/** One statement of a caller that holds no handle, on a connection of the pool that is lent for it alone. */
import type { Executor } from '../../model/executor.js'
import type { Governor, Outcome } from '../../model/governor.js'
import { isRefusal } from '../../model/refusal.js'
import { type Batch, isStream, type ResultStream } from '../../model/result.js'
import type { Submission } from '../../model/submission.js'
import { executor } from './executor.js'
import type { Host } from './host.js'
import { holding } from './lease.js'
import { snapshot } from './snapshot.js'
import { scrubbed } from './statement.js'

export interface PooledRun {
  readonly signal: AbortSignal
  /** Asks for whatever approval the statement needs before a connection is taken. */
  readonly ask?: true
  /** Rows as they come, this many at a time: the connection is held until they are read or the iterator returns. */
  readonly batch?: number
  /** Rows by position. */
  readonly arrays?: true
  /** So many rows at most, and the database refuses any write. */
  readonly first?: number
}

/** @throws CardeaError for bindings that cannot be governed, and for what a stage or the pool throws. */
export async function runPooled(
  host: Host,
  governor: Governor,
  submission: Submission,
  how: PooledRun,
): Promise<Outcome> {
  const { signal, ask } = how
  try {
    const pass = ask === true ? await governor.approve(submission, signal) : undefined
    if (pass !== undefined && isRefusal(pass)) return { kind: 'refused', refusal: pass }
    return await onConnection(host, submission, how, work => governor.govern(submission, work, signal, pass))
  } catch (error) {
    throw scrubbed(error)
  }
}

async function onConnection(
  host: Host,
  { statement: sql, bindings }: Submission,
  { batch, arrays, first }: PooledRun,
  use: (work: Executor) => Promise<Outcome>,
): Promise<Outcome> {
  const plain = snapshot({ sql, bindings: [...bindings] }, host.driver.rules)
  const statement = { ...plain, options: { arrays: arrays === true, exact: true as const } }
  const held = holding(await host.acquire())
  const rows = {
    // A door's caller is at the end of a network.
    ...(batch === undefined ? { revocable: true as const } : { stream: { batch } }),
    ...(first === undefined ? {} : { first }),
  }
  const inTransaction = (): boolean => host.driver.inTransaction(held.raw) ?? false
  const work = executor({ host, held, statement, control: false, inTransaction, ...rows })
  const giveBack = once(async () => {
    await work.close().catch(() => host.dispose(held.raw))
    await held.stopping?.catch(() => {})
    held.returned = true
    host.release(held.raw)
  })
  let outcome: Outcome | undefined
  try {
    outcome = await use(work)
    if (outcome.kind !== 'released') return outcome
    const { result } = outcome
    if (isStream(result)) return { ...outcome, result: lent(result, giveBack) }
    return work.cut() ? { ...outcome, result: { ...result, truncated: true } } : outcome
  } finally {
    if (outcome?.kind !== 'released' || !isStream(outcome.result)) await giveBack()
  }
}

/**
 * The same stream; the connection goes back when it ends, however it ends. No generator: one that nobody has begun
 * to read would not notice that its reader leaves.
 */
function lent({ fields, batches }: ResultStream, giveBack: () => Promise<void>): ResultStream {
  return { fields, batches: { [Symbol.asyncIterator]: () => passing(batches, giveBack) } }
}

function passing(batches: AsyncIterable<Batch>, giveBack: () => Promise<void>): AsyncIterator<Batch> {
  const source = batches[Symbol.asyncIterator]()
  const over: IteratorReturnResult<undefined> = { done: true, value: undefined }
  return {
    next: async () => {
      try {
        const given = await source.next()
        if (given.done === true) await giveBack()
        return given
      } catch (error) {
        await giveBack()
        throw scrubbed(error)
      }
    },
    return: async () => {
      try {
        await source.return?.()
      } finally {
        await giveBack()
      }
      return over
    },
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
