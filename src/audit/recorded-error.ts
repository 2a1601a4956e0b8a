import { CardeaError } from '../errors.js'
import type { EngineError } from '../model/executor.js'
import type { OutcomeDetail } from '../model/record.js'
import type { Refusal } from '../model/refusal.js'
import { errorCode } from './error-code.js'

type RecordedError = NonNullable<OutcomeDetail['error']>
type Text = (text: string) => string

const SQLSTATE = /^[0-9A-Z]{5}$/

/** An error that the database reported. */
export function engineErrorDetail(error: EngineError, text: Text): RecordedError {
  return recordedError('ENGINE_ERROR', error.message, error.code, text)
}

export function refusalDetail(refusal: Refusal, text: Text): RecordedError {
  return { code: refusal.code, message: text(refusal.reason) }
}

/**
 * Anything that was thrown: its code or class, and its message after the detectors. Nothing else of it
 * is looked at, since drivers hang bindings and rows on their errors.
 *
 * @param withheld the policy lets no error text through: record the class only.
 */
export function thrownDetail(error: unknown, withheld: boolean, text: Text): RecordedError {
  if (error instanceof CardeaError) return { code: error.code, message: text(error.message) }
  if (!isErrorLike(error))
    return { code: 'THROWN_VALUE', message: 'something other than an error was thrown' }
  const code = errorCode(error)
  return recordedError(code ?? error.name, withheld ? 'withheld by policy' : error.message, code, text)
}

/** By shape: an error from another realm or worker is no instance of this one's Error. */
function isErrorLike(error: unknown): error is { readonly name: string; readonly message: string } {
  if (typeof error !== 'object' || error === null || !('name' in error) || !('message' in error)) return false
  return typeof error.name === 'string' && typeof error.message === 'string'
}

function recordedError(
  code: string,
  message: string,
  sqlstate: string | undefined,
  text: Text,
): RecordedError {
  return {
    code: text(code),
    message: text(message),
    ...(sqlstate !== undefined && SQLSTATE.test(sqlstate) ? { sqlstate } : undefined),
  }
}
