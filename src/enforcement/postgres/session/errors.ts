/** ErrorResponse and NoticeResponse, as the pipeline's errors and back, and refusals in a driver's words. */
import { CardeaError, RefusedError, refusalOf } from '../../../errors.js'
import type { EngineError } from '../../../model/executor.js'
import type { Refusal } from '../../../model/refusal.js'
import { refusalFacts } from '../../wire/refusal.js'
import { SEND_AGAIN, WITHHELD } from '../../wire/words.js'
import { SETTINGS } from '../startup/settings.js'
import { ANSWER } from './message-types.js'

type Named = Exclude<keyof EngineError, 'failed' | 'errno' | 'notices'>

/** Field types (https://www.postgresql.org/docs/current/protocol-error-fields.html). Others are dropped. */
const FIELDS: readonly (readonly [string, Named])[] = [
  ['S', 'severity'],
  ['C', 'code'],
  ['M', 'message'],
  ['D', 'detail'],
  ['H', 'hint'],
  ['P', 'position'],
  ['p', 'internalPosition'],
  ['q', 'internalQuery'],
  ['W', 'where'],
  ['s', 'schema'],
  ['t', 'table'],
  ['c', 'column'],
  ['d', 'dataType'],
  ['n', 'constraint'],
  ['F', 'file'],
  ['L', 'line'],
  ['R', 'routine'],
]
const NAMES = new Map(FIELDS)

/** @param bytes the whole message. */
export function engineError(bytes: Buffer): EngineError {
  const fields: Partial<Record<Named, string>> = {}
  for (let at = 5; at < bytes.length && bytes[at] !== 0; ) {
    const stop = bytes.indexOf(0, at + 1)
    if (stop < 0) break
    const name = NAMES.get(String.fromCharCode(bytes[at] ?? 0))
    if (name !== undefined) fields[name] = bytes.toString('utf8', at + 1, stop)
    at = stop + 1
  }
  return { message: '', ...fields, failed: true }
}

export function errorMessage(error: EngineError): Buffer {
  return fieldsMessage(ANSWER.error, { severity: 'ERROR', ...error })
}

export function noticeMessage(notice: EngineError): Buffer {
  return fieldsMessage(ANSWER.notice, { severity: 'NOTICE', ...notice })
}

function fieldsMessage(type: number, error: EngineError): Buffer {
  const { severity = 'ERROR' } = error
  const texts = [`V${UNTRANSLATED.has(severity) ? severity : 'ERROR'}\0`]
  for (const [letter, name] of FIELDS) {
    const text = error[name]
    if (text !== undefined) texts.push(`${letter}${text.replaceAll('\0', '')}\0`)
  }
  const body = Buffer.from(`${texts.join('')}\0`, 'utf8')
  const head = Buffer.allocUnsafe(5)
  head[0] = type
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const UNTRANSLATED = new Set(['ERROR', 'FATAL', 'PANIC', 'WARNING', 'NOTICE', 'DEBUG', 'INFO', 'LOG'])

/** SQLSTATEs that drivers act on as they should: privileges, limits, cancelled, none that asks for a retry. */
const STATES: Readonly<Record<string, string>> = {
  CARDEA_IDENTITY_REFUSED: '28000',
  CARDEA_ROW_LIMIT: '54000',
  CARDEA_AFFECTED_LIMIT: '54000',
  CARDEA_BUDGET_EXCEEDED: '53400',
  CARDEA_BUDGET_UNAVAILABLE: '58000',
  CARDEA_TIMEOUT: '57014',
  CARDEA_ABANDONED: '57014',
  CARDEA_RESULT_SHAPE: '55000',
  CARDEA_TOO_MANY_REQUESTS: '53400',
  CARDEA_BINDING_REFUSED: '22023',
  CARDEA_SURFACE_REFUSED: '0A000',
  CARDEA_CONNECTION_FAILED: '08006',
  CARDEA_AUDIT_UNAVAILABLE: '58000',
  CARDEA_CATALOG_UNAVAILABLE: '58000',
  CARDEA_STORE_UNAVAILABLE: '58000',
  CARDEA_CLOSED: '57P01',
}

const NOT_PERMITTED = '42501'

/** What the client is told of a refusal: why, under which rule and decision, and what to do next. */
export function refusalError(refusal: Refusal): EngineError {
  const { code, reason, rule, ticket } = refusal
  return {
    failed: true,
    severity: 'ERROR',
    code: STATES[code] ?? NOT_PERMITTED,
    message: `cardea: ${reason}`,
    detail: refusalFacts(refusal),
    ...hint(ticket, rule),
  }
}

/** For those whose SET was refused: they should not have to guess. */
export const MAY_BE_SET = `These settings may be SET, to values that change nothing of what is read: ${Object.keys(SETTINGS).join(', ')}.`

function hint(ticket: string | undefined, rule: string | undefined): { readonly hint?: string } {
  if (ticket !== undefined) return { hint: SEND_AGAIN }
  return rule === 'pci/session' ? { hint: MAY_BE_SET } : {}
}

/** What the client is told of an error that was thrown. Foreign words may quote data, so only Cardea's own pass. */
export function thrownError(error: unknown): EngineError {
  if (error instanceof RefusedError) return refusalError(refusalOf(error))
  const ours = error instanceof CardeaError
  return {
    failed: true,
    severity: 'ERROR',
    code: ours ? (STATES[error.code] ?? NOT_PERMITTED) : 'XX000',
    message: `cardea: ${ours ? error.message : WITHHELD}`,
    ...(ours ? { detail: error.code } : {}),
  }
}

/** In the server's manner, for what the session itself refuses: a message out of turn, an unknown portal. */
export function protocolError(code: string, message: string): EngineError {
  return { failed: true, severity: 'ERROR', code, message }
}

/** What ends the session. */
export function fatal(code: string, message: string): EngineError {
  return { failed: true, severity: 'FATAL', code, message: `cardea: ${message}` }
}
