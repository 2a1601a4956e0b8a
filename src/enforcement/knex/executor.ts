/**
 * Runs the one statement that was submitted, on the one connection that is held for it. Made per
 * statement; it is the only thing that the pipeline can reach of either.
 */

import { CardeaError } from '../../errors.js'
import type { EngineError, ExecutionLimits, Executor, StopSignal } from '../../model/executor.js'
import { isStream, type Result, type ResultStream, type Row } from '../../model/result.js'
import type { Driver, Ran, RowSource, StreamOptions } from './driver.js'
import type { Host } from './host.js'
import type { Held } from './lease.js'
import type { Snapshot } from './snapshot.js'

export interface KnexExecutor extends Executor {
  /** The finished run, for putting what was released into the dialect's shape. */
  ran(): Ran | undefined
  /** The driver's own name for the engine's error. */
  errorCode(): string | undefined
  /** There were more rows than `first`. */
  cut(): boolean
  /** Lets go of an open result. Safe to call at any time. */
  close(): Promise<void>
}

export interface ExecutorWork {
  readonly host: Host
  readonly held: Held
  readonly statement: Snapshot
  /** Knex's own transaction control: neither capped nor bracketed. */
  readonly control: boolean
  readonly inTransaction: () => boolean
  /** Present when the caller wants the rows as they come. */
  readonly stream?: StreamOptions
  /** Present when the caller wants to read and to see so many rows at most. */
  readonly first?: number
  /** See `Executor`. */
  readonly revocable?: true
}

export function executor(work: ExecutorWork): KnexExecutor {
  const { host, held, inTransaction } = work
  const state: State = {}
  const turn = turnOf(held)
  const bracket = brackets(host, held, turn, inTransaction)
  return {
    run: async given => {
      const isBracketed = turn.has()
      if (!isBracketed) await turn.take(given.signal)
      const limits = work.control ? { readOnly: false, signal: given.signal } : reading(given, work.first)
      state.running = true
      try {
        const result = await runOrStream(work, limits, state)
        const capped = limits.maxRows === given.maxRows
        if (capped || isStream(result) || !result.truncated) return result
        // The rows that the caller has no use for are none that its obligations forbid.
        state.cut = true
        return { ...result, truncated: false }
      } catch (error) {
        const reported = given.signal.aborted ? undefined : host.driver.engineError(error)
        if (reported === undefined) throw error
        state.errorCode = host.driver.errorCode(error)
        return reported
      } finally {
        state.running = false
        if (!isBracketed || state.closed === true) leaveWhenQuiet(held, turn, state.source)
      }
    },
    ...bracket,
    ...(work.revocable === undefined ? {} : { revocable: work.revocable }),
    ran: () => state.ran,
    errorCode: () => state.errorCode,
    cut: () => state.cut === true,
    close: async () => {
      const { source } = state
      delete state.source
      state.closed = true
      // It would not stop, so that nobody knows when it ends.
      if (state.running === true) host.dispose(held.raw)
      try {
        await source?.close()
      } finally {
        if (state.running !== true) turn.leave()
      }
    },
  }
}

interface State {
  ran?: Ran
  source?: RowSource
  errorCode?: string | undefined
  cut?: boolean
  running?: boolean
  closed?: boolean
}

/** The statement's turn on its connection. */
interface Turn {
  has(): boolean
  /** @throws the reason of the signal; CardeaError where the connection has been given back meanwhile. */
  take(signal?: StopSignal): Promise<void>
  leave(): void
}

function turnOf(held: Held): Turn {
  let taken = false
  const leave = (): void => {
    if (taken) held.turns.leave()
    taken = false
  }
  return {
    has: () => taken,
    leave,
    take: async signal => {
      assertHeld(held)
      await held.turns.take(signal)
      taken = true
      if (!held.returned) return
      leave()
      assertHeld(held)
    },
  }
}

/** What is being stopped may be over, and yet the stop be on its way. */
function leaveWhenQuiet(held: Held, turn: Turn, source: RowSource | undefined): void {
  if (source === undefined) turn.leave()
  else
    void source.quiet
      .then(() => held.stopping)
      .catch(() => {})
      .then(turn.leave)
}

/** The obligations' limits, with the caller's own within them. */
function reading(given: ExecutionLimits, first: number | undefined): ExecutionLimits {
  if (first === undefined) return given
  return { ...given, readOnly: true, maxRows: Math.min(first, given.maxRows ?? first) }
}

async function runOrStream(
  { host, held, statement, inTransaction, stream }: ExecutorWork,
  limits: ExecutionLimits,
  state: State,
): Promise<Result> {
  const { driver } = host
  const work = {
    raw: held.raw,
    statement,
    limits,
    inTransaction: inTransaction(),
    cancel: () => stopAtServer(host, held),
  }
  if (stream === undefined) {
    state.ran = await driver.run(work)
    return state.ran.result
  }
  state.source = await driver.stream(work, stream)
  return streamed(driver, state.source)
}

function streamed(driver: Driver, source: RowSource): ResultStream {
  return { fields: source.fields, batches: batches(driver, source) }
}

async function* batches(driver: Driver, source: RowSource): AsyncGenerator<Row[]> {
  try {
    for (let rows = await source.read(); rows.length > 0; rows = await source.read()) yield rows
  } catch (error) {
    throw lateAnswer(driver, error)
  } finally {
    await source.close()
  }
}

/** An engine's error in the middle of a stream, or at a commit, travels as an error that holds only its fields. */
function lateAnswer(driver: Driver, error: unknown): unknown {
  const reported = driver.engineError(error)
  return reported === undefined ? error : new LateAnswerError(reported, driver.errorCode(error))
}

/** Thrown through the pipeline, which does not scrub it: so it shows a code and nothing else. */
export class LateAnswerError extends CardeaError {
  constructor(
    readonly reported: EngineError,
    readonly driverCode: string | undefined,
  ) {
    super(
      'CARDEA_CONNECTION_FAILED',
      `The database stopped the statement late (${reported.code ?? 'no code'}).`,
    )
  }
}

async function stopAtServer(host: Host, held: Held): Promise<void> {
  const stopping = host.cancel(held.raw)
  held.stopping = stopping
  try {
    await stopping
  } catch (error) {
    host.dispose(held.raw)
    throw error
  }
}

function brackets(
  host: Host,
  held: Held,
  turn: Turn,
  inTransaction: () => boolean,
): Pick<Executor, 'begin' | 'commit' | 'rollback'> {
  let nested = false
  const control = async (statements: readonly string[]) => {
    for (const sql of statements) await host.driver.control(held.raw, sql)
  }
  const leave = async (statements: readonly string[]) => {
    try {
      await control(statements)
    } catch (error) {
      // Whether the write stayed is unknown: nobody may use the connection again.
      host.dispose(held.raw)
      throw lateAnswer(host.driver, error)
    } finally {
      turn.leave()
    }
  }
  return {
    begin: async () => {
      await turn.take()
      try {
        nested = inTransaction()
        await control([nested ? 'SAVEPOINT cardea_write' : 'BEGIN'])
      } catch (error) {
        turn.leave()
        throw error
      }
    },
    commit: () => leave([nested ? 'RELEASE SAVEPOINT cardea_write' : 'COMMIT']),
    rollback: () =>
      leave(nested ? ['ROLLBACK TO SAVEPOINT cardea_write', 'RELEASE SAVEPOINT cardea_write'] : ['ROLLBACK']),
  }
}

function assertHeld(held: Held): void {
  if (held.returned)
    throw new CardeaError('CARDEA_ABANDONED', 'The connection was given back before the statement ran.')
}
