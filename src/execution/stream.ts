/** The obligations of a result that arrives in batches. */
import { refusedError } from '../errors.js'
import type { EngineError } from '../model/executor.js'
import { isEngineError } from '../model/executor.js'
import type { Intended } from '../model/progress.js'
import { isRefusal, type Refusal } from '../model/refusal.js'
import { type Batch, isStream, type Result, type ResultStream } from '../model/result.js'
import type { Cut, Deadline } from './deadline.js'
import { abandoned, rowLimit, timedOut } from './refusals.js'

/**
 * The same rows, until the cap, the time or the caller's patience is used up: then the iterable throws
 * the error of that refusal. Time counts while the database is waited for, not while rows are used.
 */
export function guardedStream(intended: Intended, stream: ResultStream, deadline: Deadline): ResultStream {
  const batches = { [Symbol.asyncIterator]: () => new GuardedRows(intended, stream, deadline) }
  return { ...stream, batches }
}

/** No generator: closing one that nobody has begun to read would not reach its source. */
class GuardedRows implements AsyncIterator<Batch, undefined> {
  private readonly source: AsyncIterator<Batch>
  private rows = 0
  private begun = false
  private ended = false

  constructor(
    private readonly intended: Intended,
    stream: ResultStream,
    private readonly deadline: Deadline,
  ) {
    this.source = stream.batches[Symbol.asyncIterator]()
  }

  async next(): Promise<IteratorResult<Batch, undefined>> {
    if (this.ended) return { done: true, value: undefined }
    this.begun = true
    try {
      const next = await this.deadline.race(Promise.resolve(this.source.next()), () => undefined)
      const refusal = next === 'timeout' || next === 'abandoned' ? this.cut(next) : this.tooMany(next)
      if (refusal !== undefined) throw refusedError(refusal)
      if (typeof next === 'object' && !next.done) return next
      this.end()
      return { done: true, value: undefined }
    } catch (error) {
      this.end()
      close(this.source).catch(() => undefined)
      throw error
    }
  }

  async return(): Promise<IteratorResult<Batch, undefined>> {
    if (!this.ended) {
      this.end()
      await close(this.source, this.begun)
    }
    return { done: true, value: undefined }
  }

  private cut(how: Cut): Refusal {
    return how === 'timeout' ? timedOut(this.intended) : abandoned(this.intended)
  }

  private tooMany(next: IteratorResult<Batch>): Refusal | undefined {
    const { maxRows } = this.intended.cleared.decision.obligations
    if (!next.done) this.rows += next.value.length
    return maxRows !== undefined && this.rows > maxRows ? rowLimit(this.intended) : undefined
  }

  private end(): void {
    this.ended = true
    this.deadline.clear()
  }
}

/** Frees what a result that nobody will read still holds. */
export function letGo(result: Result | EngineError | Refusal): void {
  if (isRefusal(result) || isEngineError(result) || !isStream(result)) return
  close(result.batches[Symbol.asyncIterator](), false).catch(() => undefined)
}

/** A generator that was never begun frees nothing when it is closed: it is begun, and then closed. */
async function close(source: AsyncIterator<Batch>, begun = true): Promise<void> {
  const first = begun ? undefined : source.next()
  const closed = source.return?.()
  await Promise.allSettled([first, closed])
}
