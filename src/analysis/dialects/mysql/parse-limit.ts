import type { Expression } from '../../relational.js'
import type { Cursor } from './cursor.js'
import { exactNumber } from './literals.js'
import { constant } from './shapes.js'

export interface Limit {
  readonly limit?: Expression
  readonly offset?: Expression
  readonly ties: boolean
}

/** `limit n`, `limit m, n`, `limit n offset m`, `rows examined n`, and the standard's OFFSET and FETCH. */
export function parseLimit(cursor: Cursor): Limit {
  if (!cursor.accept('limit')) return parseFetch(cursor)
  if (cursor.accept('rows', 'examined')) {
    parseCount(cursor)
    return { ties: false }
  }
  const first = parseCount(cursor)
  const second = cursor.accept(',') ? parseCount(cursor) : undefined
  const offset = second === undefined && cursor.accept('offset') ? parseCount(cursor) : undefined
  if (cursor.accept('rows', 'examined')) parseCount(cursor)
  if (second !== undefined) return { limit: second, offset: first, ties: false }
  return { limit: first, ties: false, ...(offset === undefined ? {} : { offset }) }
}

const ROWS = new Set(['row', 'rows'])
const FIRST = new Set(['first', 'next'])

function parseFetch(cursor: Cursor): Limit {
  let offset: Expression | undefined
  if (cursor.accept('offset')) {
    offset = parseCount(cursor)
    if (cursor.acceptAny(ROWS) === undefined) throw cursor.unexpected()
  }
  const skipped = offset === undefined ? {} : { offset }
  if (!cursor.accept('fetch')) return { ties: false, ...skipped }
  if (cursor.acceptAny(FIRST) === undefined) throw cursor.unexpected()
  const limit = cursor.isAny(ROWS) ? constant(1) : parseCount(cursor)
  if (cursor.acceptAny(ROWS) === undefined) throw cursor.unexpected()
  const ties = !cursor.accept('only')
  if (ties) cursor.expect('with', 'ties')
  return { limit, ties, ...skipped }
}

/** A whole number or a parameter: the server takes no other expression here. */
export function parseCount(cursor: Cursor): Expression {
  const { kind, text } = cursor.peek()
  if (kind === 'parameter') {
    cursor.take()
    cursor.parameters += 1
    return { type: 'parameter', at: cursor.parameters - 1 }
  }
  if (kind !== 'number' || !/^[0-9]+$/.test(text)) throw cursor.unexpected()
  cursor.take()
  return exactNumber(text)
}
