/** Errors in the protocol's own words and codes. */
import { CardeaError, RefusedError, refusalOf } from '../../../errors.js'
import type { EngineError } from '../../../model/executor.js'
import type { Refusal } from '../../../model/refusal.js'
import { ANSWER, int } from '../../upstream/mysql/wire.js'
import { refusalFacts } from '../../wire/refusal.js'
import { SEND_AGAIN, WITHHELD } from '../../wire/words.js'

/** Clients keep no more of a message (MYSQL_ERRMSG_SIZE), its last byte included. */
const LONGEST_MESSAGE = 511

/** ERR_Packet. */
export function errorPacket({ message, code = 'HY000', errno = UNKNOWN }: EngineError): Buffer {
  const state = /^[0-9A-Z]{5}$/.test(code) ? code : 'HY000'
  return Buffer.concat([
    Buffer.from([ANSWER.error]),
    int(errno & 0xffff, 2),
    Buffer.from(`#${state}`, 'latin1'),
    Buffer.from(cut(message, LONGEST_MESSAGE), 'utf8'),
  ])
}

/** As many whole characters as fit. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let kept = text.slice(0, bytes)
  while (Buffer.byteLength(kept) > bytes - 3) kept = kept.slice(0, -1)
  return `${kept.replace(/[\ud800-\udbff]$/, '')}…`
}

const UNKNOWN = 1105

/**
 * Error numbers that drivers act on as they should: privileges, limits, interrupted, none that asks for a retry.
 *
 * @see https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
 */
const CODES: Readonly<Record<string, readonly [errno: number, state: string]>> = Object.freeze({
  CARDEA_IDENTITY_REFUSED: [1045, '28000'],
  CARDEA_AGENT_STOPPED: [1045, '28000'],
  CARDEA_DATA_SOURCE_UNKNOWN: [1049, '42000'],
  CARDEA_ROW_LIMIT: [1104, '42000'],
  CARDEA_AFFECTED_LIMIT: [1104, '42000'],
  CARDEA_TIMEOUT: [3024, 'HY000'],
  CARDEA_ABANDONED: [1317, '70100'],
  CARDEA_RESULT_SHAPE: [UNKNOWN, 'HY000'],
  CARDEA_TOO_MANY_REQUESTS: [1226, '42000'],
  CARDEA_BUDGET_EXCEEDED: [1226, '42000'],
  CARDEA_BUDGET_UNAVAILABLE: [UNKNOWN, 'HY000'],
  CARDEA_BINDING_REFUSED: [1210, 'HY000'],
  CARDEA_SURFACE_REFUSED: [1235, '42000'],
  CARDEA_CONNECTION_FAILED: [1159, '08S01'],
  CARDEA_AUDIT_UNAVAILABLE: [UNKNOWN, 'HY000'],
  CARDEA_CATALOG_UNAVAILABLE: [UNKNOWN, 'HY000'],
  CARDEA_STORE_UNAVAILABLE: [UNKNOWN, 'HY000'],
  CARDEA_CLOSED: [1053, '08S01'],
})

const NOT_PERMITTED = [1142, '42000'] as const

/** What the client is told of a refusal: under which rule and decision, why, and what to do next. */
export function refusalError(refusal: Refusal): EngineError {
  const { code, reason, ticket } = refusal
  const [errno, state] = CODES[code] ?? NOT_PERMITTED
  const then = ticket === undefined ? '' : ` ${SEND_AGAIN}`
  return { failed: true, errno, code: state, message: `cardea: [${refusalFacts(refusal)}] ${reason}${then}` }
}

/** What the client is told of an error that was thrown. Foreign words may quote data, so only Cardea's own pass. */
export function thrownError(error: unknown): EngineError {
  if (error instanceof RefusedError) return refusalError(refusalOf(error))
  if (!(error instanceof CardeaError)) return failure(UNKNOWN, 'HY000', WITHHELD)
  const [errno, state] = CODES[error.code] ?? NOT_PERMITTED
  return failure(errno, state, `[${error.code}] ${error.message}`)
}

/** What the gateway itself has to say. */
export function failure(errno: number, code: string, message: string): EngineError {
  return { failed: true, errno, code, message: `cardea: ${message}` }
}

/** As the server has it. */
export const EMPTY_QUERY: EngineError = Object.freeze({
  failed: true,
  errno: 1065,
  code: '42000',
  message: 'Query was empty',
})
