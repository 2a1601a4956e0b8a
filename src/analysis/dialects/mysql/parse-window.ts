import type { Expression, SortKey, Window } from '../../relational.js'
import type { Cursor } from './cursor.js'
import { parseExpression, parseExpressions } from './parse-expression.js'
import { parseUnit } from './parse-interval.js'
import { compose } from './shapes.js'

export function parseSortKeys(cursor: Cursor): readonly SortKey[] {
  return cursor.list(() => {
    const expression = parseExpression(cursor)
    if (!cursor.accept('asc')) cursor.accept('desc')
    return { expression }
  })
}

/** Behind OVER: a name or a specification. */
export function parseWindow(cursor: Cursor): Window {
  if (!cursor.is('(')) return { base: cursor.name(), partition: [], order: [], bounds: [] }
  return parseWindowSpecification(cursor)
}

const FRAMES = new Set(['rows', 'range', 'groups'])

export function parseWindowSpecification(cursor: Cursor): Window {
  cursor.expect('(')
  const base = cursor.isName() && !cursor.is('partition') && !cursor.is('groups') ? cursor.name() : undefined
  const partition = cursor.accept('partition', 'by') ? parseExpressions(cursor) : []
  const order = cursor.accept('order', 'by') ? parseSortKeys(cursor) : []
  const bounds: Expression[] = []
  if (cursor.acceptAny(FRAMES) !== undefined) {
    if (cursor.accept('between')) {
      parseBound(cursor, bounds)
      cursor.expect('and')
    }
    parseBound(cursor, bounds)
    if (cursor.accept('exclude')) parseExclusion(cursor)
  }
  cursor.expect(')')
  return { partition, order, bounds, ...(base === undefined ? {} : { base }) }
}

function parseBound(cursor: Cursor, bounds: Expression[]): void {
  if (cursor.accept('current', 'row')) return
  if (!cursor.accept('unbounded')) {
    if (cursor.accept('interval')) {
      const value = parseExpression(cursor)
      parseUnit(cursor)
      bounds.push(compose('interval', [value]))
    } else bounds.push(parseExpression(cursor))
  }
  if (!cursor.accept('preceding')) cursor.expect('following')
}

function parseExclusion(cursor: Cursor): void {
  const known =
    cursor.accept('current', 'row') ||
    cursor.accept('group') ||
    cursor.accept('ties') ||
    cursor.accept('no', 'others')
  if (!known) throw cursor.unexpected()
}
