/** What nobody can know: whether a statement that may have written did so before its connection was lost. */
import { type EngineError, isEngineError } from './executor.js'
import { type Facts, isTakenBack, onlyReads } from './facts.js'

/** Thrown by stage 6 in the place of what the executor threw, and by the pipeline: the statement is on record as `unknown`. */
export class UncertainError extends Error {
  constructor(readonly thrown: unknown) {
    super('It is not known whether the statement was carried out.', { cause: thrown })
  }
}

/**
 * Whether a statement may have been carried out although its run, or its commit, threw this. Reads leave nothing
 * behind, and an executor that has given its connection back has sent nothing.
 */
export function isUncertain(facts: Facts, thrown: unknown): boolean {
  if (onlyReads(facts) || isAnswer(thrown) || (isTakenBack(facts) && isStopped(thrown))) return false
  return !(thrown instanceof Error && 'code' in thrown && thrown.code === 'CARDEA_ABANDONED')
}

/**
 * The last words of a server that ends the connection say nothing of a commit that it was at: one that waited for
 * a standby, for example, is in place (https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION).
 */
const PARTING = /^(?:08|57P0|40003)/

/** The database itself has answered with an error, only too late for a result; see `reported` of executors' errors. */
function isAnswer(thrown: unknown): boolean {
  if (!(thrown instanceof Error && 'reported' in thrown)) return false
  const { reported } = thrown as { readonly reported: unknown }
  return typeof reported === 'object' && reported !== null && isEngineError(reported) && !isParting(reported)
}

/** The database has answered the statement itself with an error, before any commit; see `stopped` of executors' errors. */
function isStopped(thrown: unknown): boolean {
  return thrown instanceof Error && 'stopped' in thrown && thrown.stopped === true
}

function isParting({ code = '' }: EngineError): boolean {
  return PARTING.test(code)
}
