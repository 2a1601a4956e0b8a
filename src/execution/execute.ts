/**
 * Stage 6: the statement runs, under its obligations. The only file that mints `Executed`.
 */
import type { Obligations } from '../model/decision.js'
import type { EngineError, ExecutionLimits, Executor, StopSignal } from '../model/executor.js'
import { isEngineError } from '../model/executor.js'
import { type Facts, isTakenBack } from '../model/facts.js'
import type { Executed, Intended } from '../model/progress.js'
import { isRefusal, type Refusal } from '../model/refusal.js'
import { isStream, type Result } from '../model/result.js'
import { isUncertain, UncertainError } from '../model/uncertain.js'
import { type Clock, systemClock } from '../util/clock.js'
import { affectedBound, needsBracket, writtenTooMuch } from './affected.js'
import { type Cut, Deadline } from './deadline.js'
import { abandoned, rowLimit, timedOut, uncountable } from './refusals.js'
import { guardedStream, letGo } from './stream.js'

/**
 * Runs the statement once.
 *
 * A refusal means that nothing of the result may leave; a write that ran within a bracket is then rolled
 * back. Errors of the database are part of the result. What the executor throws is thrown on.
 *
 * @param signal the caller's own; aborting it cancels the statement at the server
 * @throws UncertainError where the executor threw and nobody knows whether a write has happened
 */
export async function execute(
  intended: Intended,
  executor: Executor,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<Executed | Refusal> {
  const { obligations } = intended.cleared.decision
  if (signal.aborted) return abandoned(intended)
  const bound = affectedBound(intended.cleared.facts, obligations)
  if (bound.kind === 'uncountable') return uncountable(intended, bound.why)

  const bracket = needsBracket(bound, intended.cleared.facts, obligations, executor.revocable === true)
  const deadline = new Deadline(signal, obligations.timeoutMs, clock)
  let streaming = false
  try {
    const limits = limitsOf(obligations, deadline.signal)
    const result = bracket
      ? await bracketed(
          intended,
          executor,
          limits,
          deadline,
          bound.kind === 'count' ? bound.atMost : undefined,
        )
      : held(intended, limits, await deadline.race(executor.run(limits), letGo))
    if (isRefusal(result) || isEngineError(result) || !isStream(result)) return finished(intended, result)
    streaming = true
    return finished(intended, guardedStream(intended, result, deadline))
  } catch (error) {
    throw bracket ? error : whatIsKnown(intended.cleared.facts, error)
  } finally {
    if (!streaming) deadline.clear()
  }
}

function finished(intended: Intended, result: Result | EngineError | Refusal): Executed | Refusal {
  return isRefusal(result) ? result : (Object.freeze({ intended, result }) as Executed)
}

function whatIsKnown(facts: Facts, thrown: unknown): unknown {
  return isUncertain(facts, thrown) ? new UncertainError(thrown) : thrown
}

function limitsOf({ readOnly, maxRows }: Obligations, signal: StopSignal): ExecutionLimits {
  return maxRows === undefined ? { readOnly, signal } : { readOnly, signal, maxRows }
}

/** What one run came to, held against time, the caller's patience and the row cap. */
function held(
  intended: Intended,
  limits: ExecutionLimits,
  result: Result | EngineError | Cut,
): Result | EngineError | Refusal {
  if (result === 'timeout') return timedOut(intended)
  if (result === 'abandoned') return abandoned(intended)
  if (isEngineError(result) || isStream(result) || limits.maxRows === undefined) return result
  return result.truncated || result.rows.length > limits.maxRows ? rowLimit(intended) : result
}

/** A run whose effect is looked at before it stays. */
async function bracketed(
  intended: Intended,
  executor: Executor,
  limits: ExecutionLimits,
  deadline: Deadline,
  atMost: number | undefined,
): Promise<Result | EngineError | Refusal> {
  const { facts } = intended.cleared
  await executor.begin()
  // Before the commit a lost connection takes the write back.
  let isCertain = isTakenBack(facts)
  try {
    const result = held(intended, limits, await deadline.race(executor.run(limits), letGo))
    const refused = isRefusal(result) ? result : writtenTooMuch(intended, result, atMost)
    if (refused === undefined && !isEngineError(result)) {
      isCertain = false
      await executor.commit()
      return result
    }
    if (refused !== undefined && result !== refused) letGo(result)
    await deadline.grace(executor.rollback())
    return refused ?? result
  } catch (error) {
    // The first error is the one to report; the connection may be gone, and its transaction with it.
    await deadline.grace(executor.rollback().catch(() => undefined))
    throw isCertain ? error : whatIsKnown(facts, error)
  }
}
