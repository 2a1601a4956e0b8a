/**
 * The engine's own error as it may be shown. Engines quote values: `Key (pan)=(4111…) already exists`,
 * `invalid input syntax for type integer: "4111…"`.
 */
import type { Catalog } from '../model/catalog.js'
import type { Obligations } from '../model/decision.js'
import type { EngineError } from '../model/executor.js'
import type { Facts } from '../model/facts.js'
import type { Scanner } from './detectors/scanner.js'
import { CODE_WORDS, SQLSTATE_WORDS } from './sqlstate.data.js'

const UNKNOWN = 'the database reported an error'

/** Every field that the engine fills with words of its own choice. */
type TextField = Exclude<keyof EngineError, 'failed' | 'errno' | 'notices'>

const NAMES: readonly TextField[] = [
  'code',
  'severity',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
]
const TEXTS: readonly TextField[] = [
  'message',
  'detail',
  'hint',
  'where',
  'position',
  'internalQuery',
  'internalPosition',
]

export function maskedError(error: EngineError, how: Obligations['errors'], scanner: Scanner): EngineError {
  if (how === 'pass') return error
  const kept = how === 'scan' ? [...NAMES, ...TEXTS] : NAMES
  const shown: Partial<Record<TextField, string>> = {}
  for (const field of kept) {
    const text = error[field]
    if (text !== undefined) shown[field] = scanner.mask(text)?.text ?? text
  }
  const message = how === 'scan' ? (shown.message ?? UNKNOWN) : inOwnWords(error.code)
  return {
    ...shown,
    failed: true,
    message,
    ...(error.errno === undefined ? {} : { errno: error.errno }),
    ...(error.notices === undefined
      ? {}
      : { notices: error.notices.map(notice => maskedError(notice, how, scanner)) }),
  }
}

/**
 * Whether the text may quote a labelled column that the statement itself does not name: the condition of
 * a view or of a row policy over it, a trigger of the table that is written.
 */
export function mayQuoteLabelled({
  facts,
  catalog,
}: {
  readonly facts: Facts
  readonly catalog: Catalog
}): boolean {
  if (!facts.analyzable) return true
  return facts.relations.some(use => {
    const relation = catalog.relations.find(
      ({ schema, name }) => schema === use.schema && name === use.relation,
    )
    if (relation === undefined) return true
    const runsMore = use.access === 'write' && relation.hasTriggersOrRules
    return runsMore || relation.columns.some(column => column.labels.length > 0)
  })
}

function inOwnWords(code: string | undefined): string {
  if (code === undefined) return UNKNOWN
  if (/^[0-9A-Z]{5}$/.test(code)) return SQLSTATE_WORDS[code] ?? SQLSTATE_WORDS[code.slice(0, 2)] ?? UNKNOWN
  const known = Object.keys(CODE_WORDS).find(start => code === start || code.startsWith(`${start}_`))
  return (known === undefined ? undefined : CODE_WORDS[known]) ?? UNKNOWN
}
