/** One governed statement, from what Knex hands over to what Knex's dialect reads back. */
import { CardeaError, DatabaseError, refusedError, sealMessage } from '../../errors.js'
import type { Governor, Outcome } from '../../model/governor.js'
import type { Pass } from '../../model/progress.js'
import { isRefusal } from '../../model/refusal.js'
import { type Batch, isStream, plainRows } from '../../model/result.js'
import type { Submission } from '../../model/submission.js'
import { UncertainError } from '../../model/uncertain.js'
import type { KnexResponse, StreamOptions } from './driver.js'
import { executor, type KnexExecutor, LateAnswerError } from './executor.js'
import type { Host } from './host.js'
import type { CompiledStatement } from './knex-internals.js'
import type { Held, Leases } from './lease.js'
import { type Snapshot, sameSnapshot, snapshot } from './snapshot.js'
import { type Controls, controlText } from './transaction.js'

/** Everything that one handle's client class closes over. None of it is reachable from the handle. */
export interface Enforcement {
  readonly host: Host
  readonly leases: Leases
  readonly governor: Governor
  /** The handle's principal, agent, session and data source around a statement. */
  submission(statement: Snapshot, issuer: Submission['issuer']): Submission
  readonly passes: WeakMap<object, Cleared>
  readonly controls: Controls
  /** Of the handle's owner: aborts whatever is under way. */
  readonly signal?: AbortSignal
}

/** What was cleared before a connection was taken, for the very same submission to be governed with. */
interface Cleared {
  readonly statement: Snapshot
  readonly submission: Submission
  readonly pass: Pass
}

/** Asks for whatever approval the statement needs, before a connection is taken for it. */
export async function clearBeforehand(
  enforcement: Enforcement,
  compiled: CompiledStatement,
  final: CompiledStatement,
  signal: AbortSignal,
): Promise<void> {
  const statement = sealing(() => snapshot(final, enforcement.host.driver.rules))
  const submission = enforcement.submission(statement, 'caller')
  const pass = await scrubbing(() => enforcement.governor.approve(submission, signal))
  if (isRefusal(pass)) throw sealMessage(refusedError(pass))
  enforcement.passes.set(compiled, { statement, submission, pass })
}

/** Runs one statement on a leased connection and says what was released of it in the dialect's shape. */
export async function runGoverned(
  enforcement: Enforcement,
  lease: unknown,
  compiled: CompiledStatement,
): Promise<KnexResponse> {
  return onLease(enforcement, lease, compiled, undefined, async (outcome, work) => {
    if (outcome.kind !== 'released') throw outcomeError(outcome, work)
    const ran = work.ran()
    if (ran === undefined || isStream(outcome.result))
      throw new TypeError('The released result does not belong to the statement.')
    return ran.respond(outcome.result)
  })
}

export interface StreamDestination {
  readonly options: StreamOptions
  /** Takes the masked rows; resolves when they are all taken or nobody wants them any more. */
  take(rows: AsyncIterable<readonly unknown[]>): Promise<void>
  onClose(abandon: () => void): void
}

/** Runs one statement and hands its masked rows over as they come. */
export async function streamGoverned(
  enforcement: Enforcement,
  lease: unknown,
  compiled: CompiledStatement,
  destination: StreamDestination,
): Promise<void> {
  await onLease(enforcement, lease, compiled, destination, async (outcome, work) => {
    if (outcome.kind !== 'released') throw outcomeError(outcome, work)
    const { result } = outcome
    await destination.take(isStream(result) ? plain(result.batches) : once(plainRows(result.rows)))
  })
}

async function onLease<T>(
  enforcement: Enforcement,
  lease: unknown,
  compiled: CompiledStatement,
  destination: StreamDestination | undefined,
  use: (outcome: Outcome, work: KnexExecutor) => Promise<T>,
): Promise<T> {
  const { host, leases, governor, passes, controls, signal: owner } = enforcement
  const held = sealing(() => leases.held(lease))
  const statement = sealing(() => snapshot(compiled, host.driver.rules))
  const control = controls.take(compiled, statement)
  const given = passes.get(compiled)
  passes.delete(compiled)
  const cleared = given !== undefined && sameSnapshot(given.statement, statement) ? given : undefined
  const work = executor({
    host,
    held,
    statement,
    control,
    inTransaction: () => leases.inTransaction(held),
    ...(destination === undefined ? {} : { stream: destination.options }),
    ...(owner === undefined || control || destination !== undefined ? {} : { revocable: true as const }),
  })
  return running(held, async controller => {
    const forsake = (): void =>
      controller.abort(new CardeaError('CARDEA_ABANDONED', 'The owner of the handle gave up.'))
    if (owner?.aborted) forsake()
    owner?.addEventListener('abort', forsake, { once: true })
    destination?.onClose(() =>
      controller.abort(new CardeaError('CARDEA_ABANDONED', 'The caller closed the stream.')),
    )
    try {
      const submission =
        cleared?.submission ?? enforcement.submission(statement, control ? 'driver' : 'caller')
      const outcome = await governor.govern(submission, work, controller.signal, cleared?.pass)
      if (control && outcome.kind === 'released') trackTransaction(held, statement.sql)
      return await use(outcome, work)
    } catch (error) {
      throw scrubbed(error)
    } finally {
      owner?.removeEventListener('abort', forsake)
      await work.close().catch(() => host.dispose(held.raw))
    }
  })
}

/** The connection is not given back to the pool while any of these is at work. */
function running<T>(held: Held, work: (controller: AbortController) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const promise = work(controller).finally(() => held.running.delete(promise))
  held.running.set(promise, controller)
  return promise
}

function trackTransaction(held: Held, sql: string): void {
  const what = controlText(sql)
  if (what === 'open') held.transaction = true
  if (what === 'close') held.transaction = false
}

function outcomeError(outcome: Exclude<Outcome, { kind: 'released' }>, work: KnexExecutor): Error {
  return outcome.kind === 'refused'
    ? sealMessage(refusedError(outcome.refusal))
    : new DatabaseError(outcome.error, work.errorCode())
}

function plain(batches: AsyncIterable<Batch>): AsyncIterable<readonly unknown[]> {
  return {
    [Symbol.asyncIterator]() {
      const source = batches[Symbol.asyncIterator]()
      return {
        next: async () => {
          const { done, value } = await source.next()
          return done === true ? { done, value: undefined } : { done: false, value: plainRows(value) }
        },
        return: async () => {
          await source.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

async function* once(rows: readonly unknown[]): AsyncGenerator<readonly unknown[]> {
  yield rows
}

/** Whatever else went wrong: ours as it is, anything foreign without its words, which may quote data. */
export function scrubbed(error: unknown): Error {
  if (error instanceof UncertainError) return scrubbed(error.thrown)
  if (error instanceof DatabaseError) return error
  if (error instanceof LateAnswerError) {
    const code = error.driverCode ?? error.reported.code
    return new DatabaseError({
      failed: true,
      message: error.message,
      ...(code === undefined ? {} : { code }),
    })
  }
  if (error instanceof CardeaError) return sealMessage(error)
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  const named = typeof code === 'string' && /^[A-Z0-9_]{2,60}$/.test(code) ? ` (${code})` : ''
  return sealMessage(
    new CardeaError(
      'CARDEA_CONNECTION_FAILED',
      `The statement could not be carried out${named}. Nothing was released.`,
    ),
  )
}

async function scrubbing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw scrubbed(error)
  }
}

function sealing<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof CardeaError ? sealMessage(error) : error
  }
}
