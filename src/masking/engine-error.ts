/**
 * The engine's own error as it may be shown. Engines quote values: `Key (pan)=(4111…) already exists`,
 * `invalid input syntax for type integer: "4111…"`.
 */
import type { Obligations } from '../model/decision.js'
import type { EngineError } from '../model/executor.js'
import type { Scanner } from './detectors/scanner.js'
import { CODE_WORDS, SQLSTATE_WORDS } from './sqlstate.data.js'

const UNKNOWN = 'the database reported an error'

/** Every field that the engine fills with words of its own choice. */
type TextField = Exclude<keyof EngineError, 'failed' | 'errno'>

const NAMES: readonly TextField[] = [
  'code',
  'severity',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
]
const TEXTS: readonly TextField[] = ['message', 'detail', 'hint', 'where', 'position']

export function maskedError(error: EngineError, how: Obligations['errors'], scanner: Scanner): EngineError {
  if (how === 'pass') return error
  const kept = how === 'scan' ? [...NAMES, ...TEXTS] : NAMES
  const shown: Partial<Record<TextField, string>> = {}
  for (const field of kept) {
    const text = error[field]
    if (text !== undefined) shown[field] = scanner.mask(text)?.text ?? text
  }
  const message = how === 'scan' ? (shown.message ?? UNKNOWN) : inOwnWords(error.code)
  return { ...shown, failed: true, message, ...(error.errno === undefined ? {} : { errno: error.errno }) }
}

function inOwnWords(code: string | undefined): string {
  if (code === undefined) return UNKNOWN
  if (/^[0-9A-Z]{5}$/.test(code)) return SQLSTATE_WORDS[code] ?? SQLSTATE_WORDS[code.slice(0, 2)] ?? UNKNOWN
  const known = Object.keys(CODE_WORDS).find(start => code === start || code.startsWith(`${start}_`))
  return (known === undefined ? undefined : CODE_WORDS[known]) ?? UNKNOWN
}
