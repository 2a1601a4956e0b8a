/** Query expressions: WITH, set operations, brackets, ORDER BY, LIMIT and locks at each level. */
import type { CommonTable, Lock, Query, SetOperation, SortKey, With } from '../../relational.js'
import type { Cursor } from './cursor.js'
import { parseExpressions } from './parse-expression.js'
import { type Limit, parseLimit } from './parse-limit.js'
import { parseInto, parseSelect } from './parse-select.js'
import { parseSortKeys } from './parse-window.js'
import { NO_WITH, plainQuery, selectAll } from './shapes.js'

const STARTS = new Set(['select', 'with', 'table'])
const BEHIND_A_QUERY = new Set([
  ')',
  'union',
  'except',
  'intersect',
  'order',
  'limit',
  'offset',
  'fetch',
  'for',
  'lock',
  'into',
])

/** Whether the bracket `ahead` holds a query, and not an expression or a list of tables. */
export function isQueryAhead(cursor: Cursor, ahead = 0): boolean {
  const inside = ahead + 1
  if (cursor.isAny(STARTS, inside)) return true
  if (cursor.is('values', inside)) return cursor.is('row', inside + 1) || !isProposed(cursor, inside)
  if (!cursor.is('(', inside) || !isQueryAhead(cursor, inside)) return false
  return cursor.isAny(BEHIND_A_QUERY, cursor.partner(inside) + 1)
}

/** `values(column)`, a call, as against `values (1), (2)`, a query. */
function isProposed(cursor: Cursor, ahead: number): boolean {
  return (
    cursor.is('(', ahead + 1) &&
    cursor.isName(ahead + 2) &&
    (cursor.is(')', ahead + 3) || cursor.is('.', ahead + 3))
  )
}

/** A query in brackets, inside another statement. */
export function parseSubquery(cursor: Cursor): Query {
  cursor.expect('(')
  cursor.queries += 1
  const query = cursor.nested(() => parseQuery(cursor))
  cursor.queries -= 1
  cursor.expect(')')
  cursor.height = 1
  return query
}

export function isQueryStart(cursor: Cursor): boolean {
  return cursor.isAny(STARTS) || cursor.is('values') || (cursor.is('(') && isQueryAhead(cursor))
}

export function parseQuery(cursor: Cursor): Query {
  const tables = parseWith(cursor)
  return parseQueryBehind(cursor, tables)
}

/** A query whose WITH has been read. */
export function parseQueryBehind(cursor: Cursor, tables: With): Query {
  const inner = parseSetOperations(cursor)
  const tail = parseTail(cursor)
  const isTailless =
    tail.order.length === 0 && tail.locks.length === 0 && !('limit' in tail) && !('offset' in tail)
  if (isTailless && tables.tables.length === 0) return inner
  const outer = isBare(inner)
    ? inner
    : plainQuery(selectAll({ type: 'subquery', query: inner, lateral: false, alias: { columns: [] } }))
  return { ...outer, ...tail, with: tables }
}

/** Without anything around its body. */
function isBare(query: Query): boolean {
  const { limit, offset, order, locks } = query
  return (
    limit === undefined &&
    offset === undefined &&
    order.length === 0 &&
    locks.length === 0 &&
    query.with.tables.length === 0
  )
}

interface Tail extends Limit {
  readonly order: readonly SortKey[]
  readonly locks: readonly Lock[]
}

function parseTail(cursor: Cursor): Tail {
  const order = cursor.accept('order', 'by') ? parseSortKeys(cursor) : []
  const limit = parseLimit(cursor)
  parseInto(cursor)
  const locks = parseLocks(cursor)
  parseInto(cursor)
  return { order, locks, ...limit }
}

const WAITS: readonly (readonly string[])[] = [['nowait'], ['skip', 'locked']]

function parseLocks(cursor: Cursor): readonly Lock[] {
  const locks: Lock[] = []
  for (;;) {
    if (cursor.accept('lock', 'in', 'share', 'mode')) locks.push({ strength: 'for share' })
    else if (cursor.accept('for', 'update')) locks.push({ strength: 'for update' })
    else if (cursor.accept('for', 'share')) locks.push({ strength: 'for share' })
    else return locks
    if (cursor.accept('of')) cursor.list(() => cursor.relation())
    if (cursor.accept('wait')) {
      if (cursor.peek().kind !== 'number') throw cursor.unexpected()
      cursor.take()
    } else for (const words of WAITS) if (cursor.accept(...words)) break
  }
}

/** UNION and EXCEPT from left to right; INTERSECT binds tighter. */
function parseSetOperations(cursor: Cursor): Query {
  let left = parseIntersections(cursor)
  for (let height = 1; ; height += 1) {
    const operator = cursor.is('union') ? 'union' : cursor.is('except') ? 'except' : undefined
    if (operator === undefined) return left
    left = combined(cursor, operator, left, () => parseIntersections(cursor))
    cursor.grow(height)
  }
}

function parseIntersections(cursor: Cursor): Query {
  let left = parseQueryPrimary(cursor)
  for (let height = 1; cursor.is('intersect'); height += 1) {
    left = combined(cursor, 'intersect', left, () => parseQueryPrimary(cursor))
    cursor.grow(height)
  }
  return left
}

function combined(cursor: Cursor, operator: SetOperation['operator'], left: Query, read: () => Query): Query {
  cursor.take()
  const all = cursor.accept('all')
  if (!all) cursor.accept('distinct')
  return plainQuery({ type: 'set', operator, all, left, right: read() })
}

function parseQueryPrimary(cursor: Cursor): Query {
  if (cursor.is('select')) return plainQuery(parseSelect(cursor))
  if (cursor.accept('table')) {
    return plainQuery(
      selectAll({ type: 'table', name: cursor.relation(), alias: { columns: [] }, sample: [] }),
    )
  }
  if (cursor.accept('values'))
    return plainQuery({ type: 'values', rows: cursor.list(() => parseValuesRow(cursor)) })
  cursor.expect('(')
  const query = cursor.nested(() => parseQuery(cursor))
  cursor.expect(')')
  return query
}

function parseValuesRow(cursor: Cursor) {
  cursor.accept('row')
  cursor.expect('(')
  const row = parseExpressions(cursor)
  cursor.expect(')')
  return row
}

export function parseWith(cursor: Cursor): With {
  if (!cursor.accept('with')) return NO_WITH
  const recursive = cursor.accept('recursive')
  return { recursive, tables: cursor.list(() => parseCommonTable(cursor)) }
}

function parseCommonTable(cursor: Cursor): CommonTable {
  const name = cursor.name()
  const columns = cursor.is('(') ? cursor.bracketed(() => cursor.name()) : []
  cursor.expect('as')
  const body = parseSubquery(cursor)
  let tracked: readonly string[] = []
  if (cursor.accept('cycle')) {
    tracked = cursor.is('(') ? cursor.bracketed(() => cursor.name()) : cursor.list(() => cursor.name())
    cursor.expect('restrict')
  }
  return { name, columns, body, extra: [], tracked }
}
