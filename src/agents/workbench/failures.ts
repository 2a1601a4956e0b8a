/** Whatever is not a result, in words that a model can act on and that hold no value. */
import { CardeaError, DatabaseError } from '../../errors.js'
import type { EngineError } from '../../model/executor.js'
import { abandoned, type Refusal, type RefusalCode } from '../../model/refusal.js'
import type { Answer } from './answer.js'

/** Refusals that may end otherwise when the same is tried again later. */
const PASSING: readonly RefusalCode[] = [
  'CARDEA_APPROVAL_TIMEOUT',
  'CARDEA_APPROVAL_UNAVAILABLE',
  'CARDEA_APPROVAL_LIMIT',
  'CARDEA_BUDGET_EXCEEDED',
  'CARDEA_BUDGET_UNAVAILABLE',
  'CARDEA_ABANDONED',
]

const LOOK_FIRST = 'Whether data was changed is not certain: read it before trying again.'

/** Infrastructure that may be there again later. */
const TEMPORARY: readonly string[] = [
  'CARDEA_AUDIT_UNAVAILABLE',
  'CARDEA_CATALOG_UNAVAILABLE',
  'CARDEA_STORE_UNAVAILABLE',
  'CARDEA_CONNECTION_FAILED',
]

/** What may have gone wrong after the write was made: the connection, or the record of its outcome. */
const UNSURE: readonly string[] = ['CARDEA_CONNECTION_FAILED', 'CARDEA_AUDIT_UNAVAILABLE']

/** Refusals that can come after the database has begun to work: a write may have been quicker than its end. */
const LATE: readonly RefusalCode[] = ['CARDEA_ABANDONED', 'CARDEA_TIMEOUT']

/** Refusals of a result, after which a write stands: it must not be made again for the sake of its rows. */
const OF_RESULTS: readonly RefusalCode[] = ['CARDEA_BUDGET_EXCEEDED', 'CARDEA_BUDGET_UNAVAILABLE']

/** @param wrote the statement may have changed data by then. */
export function denied(refusal: Refusal, wrote = false): Answer {
  const { code, rule, reason, decisionId } = refusal
  const unsure = wrote && LATE.includes(code) && reason !== abandoned.reason
  return {
    body: {
      status: 'denied',
      code,
      ...(rule === undefined ? {} : { rule }),
      reason: unsure ? `${sentence(reason)} ${LOOK_FIRST}` : reason,
      ...(decisionId === undefined ? {} : { decision_id: decisionId }),
      retryable: PASSING.includes(code) && !unsure && !(wrote && OF_RESULTS.includes(code)),
    },
    kind: 'refusal',
  }
}

/** Reasons of rules and limits need not end like sentences. */
function sentence(reason: string): string {
  return /[.!?]$/.test(reason) ? reason : `${reason}.`
}

const LONGEST_MESSAGE = 1_000

/** The database's own error; the pipeline has scrubbed it. */
export function engineFailed({ code, message, hint }: EngineError): Answer {
  return {
    body: {
      status: 'failed',
      ...(code === undefined ? {} : { code }),
      error: message.slice(0, LONGEST_MESSAGE),
      ...(hint === undefined ? {} : { hint: hint.slice(0, LONGEST_MESSAGE) }),
      retryable: code !== undefined && isPassing(code),
    },
    kind: 'error',
  }
}

/** Serialization failures and deadlocks, locks not to be had, want of resources (SQLSTATE), a busy file (SQLite). */
function isPassing(code: string): boolean {
  return /^(40[0-9A-Z]{3}|53[0-9A-Z]{3}|55P03|SQLITE_BUSY|SQLITE_LOCKED)/.test(code)
}

/**
 * What was thrown. Foreign words may quote data, so only Cardea's own are passed on.
 *
 * @param wrote the call may have changed data before it failed.
 */
export function thrown(error: unknown, wrote: boolean): Answer {
  if (error instanceof DatabaseError) {
    return engineFailed({ failed: true, message: error.message, ...codeOf(error) })
  }
  const ours = error instanceof CardeaError
  const code = ours ? error.code : 'CARDEA_CONNECTION_FAILED'
  const reason = ours ? error.message : 'The call could not be carried out. Nothing was released.'
  const unsure = wrote && UNSURE.includes(code)
  return {
    body: {
      status: 'failed',
      code,
      reason: unsure ? `${sentence(reason)} ${LOOK_FIRST}` : reason,
      retryable: TEMPORARY.includes(code) && !unsure,
    },
    kind: 'error',
  }
}

/** The database did not even answer that it was stopped. */
export function unanswered(wrote: boolean): Answer {
  const reason = 'The database does not answer, and the call was given up. What has not begun will not run.'
  return {
    body: {
      status: 'failed',
      code: wrote ? 'CARDEA_OUTCOME_UNKNOWN' : 'CARDEA_CONNECTION_FAILED',
      reason: wrote ? `${reason} ${LOOK_FIRST}` : reason,
      retryable: !wrote,
    },
    kind: 'error',
  }
}

function codeOf({ code }: DatabaseError): { code?: string } {
  return code === undefined ? {} : { code }
}
