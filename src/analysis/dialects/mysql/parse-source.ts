/** What FROM holds: tables, derived tables, joins in all their brackets. */
import type { Expression, JoinSource, Source, SourceAlias, TableSource } from '../../relational.js'
import type { Cursor } from './cursor.js'
import { BITS, parseFrom as parseBits, parseExpression } from './parse-expression.js'
import { parseJsonTable } from './parse-json-table.js'
import { isQueryAhead, parseSubquery } from './parse-query.js'

export function parseFrom(cursor: Cursor): readonly Source[] {
  if (cursor.accept('dual')) return []
  return parseSources(cursor)
}

export function parseSources(cursor: Cursor): readonly Source[] {
  return cursor.list(() => parseReference(cursor))
}

const JOIN_STARTS = new Set(['join', 'inner', 'cross', 'straight_join', 'left', 'right', 'natural'])

/** A table and what is joined to it. A join without condition leaves the next ON to the join inside it. */
function parseReference(cursor: Cursor): Source {
  let left = parseFactor(cursor)
  for (let height = 1; cursor.isAny(JOIN_STARTS); height += 1) {
    left = parseJoin(cursor, left)
    cursor.grow(height)
  }
  return left
}

function parseJoin(cursor: Cursor, left: Source): Source {
  if (cursor.accept('natural')) {
    const kind = parseSide(cursor)
    if (kind === 'inner') cursor.accept('inner')
    cursor.expect('join')
    return join(kind, left, parseFactor(cursor), { natural: true })
  }
  const side = parseSide(cursor)
  if (side === 'inner') {
    if (!cursor.accept('straight_join')) {
      if (!cursor.accept('inner')) cursor.accept('cross')
      cursor.expect('join')
    }
  } else cursor.expect('join')
  const right = cursor.nested(() => parseReference(cursor))
  if (cursor.accept('on')) return join(side, left, right, { condition: parseExpression(cursor) })
  if (cursor.accept('using')) return join(side, left, right, { using: cursor.bracketed(() => cursor.name()) })
  if (side !== 'inner') throw cursor.unexpected()
  return leftmost(cursor, left, right)
}

function parseSide(cursor: Cursor): JoinSource['kind'] {
  const kind = cursor.accept('left') ? 'left' : cursor.accept('right') ? 'right' : 'inner'
  if (kind !== 'inner') cursor.accept('outer')
  return kind
}

/** `a join b join c on …` joins `a` to `b` first: the condition sees all three. */
function leftmost(cursor: Cursor, left: Source, right: Source): Source {
  if (right.type !== 'join' || cursor.closed.has(right)) return join('inner', left, right, {})
  return { ...right, left: leftmost(cursor, left, right.left) }
}

function join(
  kind: JoinSource['kind'],
  left: Source,
  right: Source,
  more: Partial<Pick<JoinSource, 'condition' | 'using' | 'natural'>>,
): JoinSource {
  return { type: 'join', kind, left, right, using: [], natural: false, alias: { columns: [] }, ...more }
}

function parseFactor(cursor: Cursor): Source {
  if (cursor.is('(')) return isQueryAhead(cursor) ? parseDerived(cursor, false) : parseBracket(cursor)
  if (cursor.is('lateral') && cursor.is('(', 1)) {
    cursor.take()
    return parseDerived(cursor, true)
  }
  if (cursor.is('json_table') && cursor.is('(', 1)) return parseJsonTable(cursor)
  if (cursor.is('{')) return parseOdbcJoin(cursor)
  return parseTable(cursor)
}

function parseDerived(cursor: Cursor, lateral: boolean): Source {
  const query = parseSubquery(cursor)
  const alias = parseAlias(cursor)
  if (alias.name === undefined) throw cursor.unexpected()
  const columns = cursor.is('(') ? cursor.bracketed(() => cursor.name()) : []
  return { type: 'subquery', query, lateral, alias: { ...alias, columns } }
}

/** `(a, b)` is a cross join. */
function parseBracket(cursor: Cursor): Source {
  cursor.expect('(')
  const sources = cursor.nested(() => parseSources(cursor))
  cursor.expect(')')
  const source = sources.reduce((left, right) => join('inner', left, right, {}))
  cursor.closed.add(source)
  return source
}

function parseOdbcJoin(cursor: Cursor): Source {
  cursor.expect('{')
  cursor.name()
  const source = cursor.nested(() => parseReference(cursor))
  cursor.expect('}')
  return source
}

function parseTable(cursor: Cursor): TableSource {
  const name = cursor.relation()
  if (cursor.is('.') || cursor.is('(')) throw cursor.unexpected()
  parsePartitions(cursor)
  const sample = cursor.accept('for', 'system_time') ? parsePeriod(cursor) : []
  const alias = parseAlias(cursor)
  parseIndexHints(cursor)
  return { type: 'table', name, alias, sample }
}

export function parsePartitions(cursor: Cursor): void {
  if (cursor.accept('partition')) cursor.bracketed(() => cursor.name())
}

/** The points in time of FOR SYSTEM_TIME. */
function parsePeriod(cursor: Cursor): readonly Expression[] {
  if (cursor.accept('all')) return []
  if (cursor.accept('as', 'of')) return [parsePoint(cursor)]
  const between = cursor.accept('between')
  if (!between) cursor.expect('from')
  const start = parsePoint(cursor)
  cursor.expect(between ? 'and' : 'to')
  return [start, parsePoint(cursor)]
}

function parsePoint(cursor: Cursor): Expression {
  if (!cursor.accept('timestamp')) cursor.accept('transaction')
  return cursor.nested(() => parseBits(cursor, BITS))
}

/** MariaDB takes `=` for AS. */
export function parseAlias(cursor: Cursor): SourceAlias {
  const explicit = cursor.accept('as') || cursor.accept('=')
  if (cursor.isName() && !cursor.is('window')) return { name: cursor.name(), columns: [] }
  if (explicit) throw cursor.unexpected()
  return { columns: [] }
}

const HINTS = new Set(['use', 'force', 'ignore'])
const KEYS = new Set(['index', 'key'])

function parseIndexHints(cursor: Cursor): void {
  while (cursor.isAny(HINTS) && cursor.isAny(KEYS, 1)) {
    const { word } = cursor.take()
    cursor.take()
    if (cursor.accept('for')) {
      const known = cursor.accept('join') || cursor.accept('order', 'by') || cursor.accept('group', 'by')
      if (!known) throw cursor.unexpected()
    }
    cursor.expect('(')
    if (word !== 'use' || !cursor.is(')'))
      cursor.list(() => (cursor.accept('primary') ? 'primary' : cursor.name()))
    cursor.expect(')')
  }
}
