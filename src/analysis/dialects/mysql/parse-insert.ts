import type {
  Assignment,
  Expression,
  Insert,
  Query,
  Returning,
  SourceAlias,
  TableSource,
  With,
} from '../../relational.js'
import { AnalysisStop } from '../../stop.js'
import type { Cursor } from './cursor.js'
import { parseExpression } from './parse-expression.js'
import { isQueryStart, parseQuery } from './parse-query.js'
import { parseTargets } from './parse-select.js'
import { parsePartitions } from './parse-source.js'
import { NO_WITH, plainQuery } from './shapes.js'

const PRIORITIES = new Set(['low_priority', 'delayed', 'high_priority'])

/** INSERT and REPLACE in all their forms. */
export function parseInsert(cursor: Cursor, tables: With = NO_WITH): Insert {
  const replaces = cursor.accept('replace')
  if (!replaces) cursor.expect('insert')
  cursor.acceptAny(PRIORITIES)
  const ignores = cursor.accept('ignore')
  cursor.accept('into')
  const target: TableSource = { type: 'table', name: cursor.relation(), alias: { columns: [] }, sample: [] }
  if (cursor.is('.')) throw cursor.unexpected()
  parsePartitions(cursor)
  const { columns, source } = parseContents(cursor, target)
  const proposed = parseRowAlias(cursor)
  const conflict = replaces ? undefined : (parseConflict(cursor, target, proposed) ?? skipped(ignores))
  return {
    type: 'insert',
    with: tables,
    target,
    columns,
    returning: parseReturning(cursor),
    ...(source === undefined ? {} : { source }),
    ...(replaces ? { replaces } : {}),
    ...(ignores ? { lenient: true as const } : {}),
    ...(conflict === undefined ? {} : { conflict }),
  }
}

interface Contents {
  readonly columns: readonly string[]
  readonly source?: Query
}

function parseContents(cursor: Cursor, target: TableSource): Contents {
  if (cursor.accept('set')) {
    const assignments = parseAssignments(cursor, target)
    const values = assignments.flatMap(assignment => assignment.values)
    const columns = assignments.flatMap(assignment => assignment.columns)
    return { columns, source: plainQuery({ type: 'values', rows: [values] }) }
  }
  const columns = cursor.is('(') && !isQueryStart(cursor) ? parseColumns(cursor, target) : []
  if (cursor.is('values') || cursor.is('value')) return { columns, ...parseValues(cursor) }
  if (!isQueryStart(cursor)) throw cursor.unexpected()
  return { columns, source: parseQuery(cursor) }
}

function parseColumns(cursor: Cursor, target: TableSource): readonly string[] {
  cursor.expect('(')
  const columns = cursor.is(')') ? [] : cursor.list(() => parseTargetColumn(cursor, target))
  cursor.expect(')')
  return columns
}

/** `a`, `t.a`, `db.t.a`: of the table that is written, or the statement means something else. */
function parseTargetColumn(cursor: Cursor, target: TableSource): string {
  const path = cursor.path(3)
  const [column = '', table, schema] = [...path].reverse()
  const own = target.alias.name ?? target.name.name
  const isForeign =
    (table !== undefined && table.toLowerCase() !== own.toLowerCase()) ||
    (schema !== undefined && target.name.schema?.toLowerCase() !== schema.toLowerCase())
  if (isForeign)
    throw new AnalysisStop('unknown_column', 'A column is written that belongs to another table.')
  return column
}

/** `values (…), (…)`; without any value in them, each column gets its default. */
function parseValues(cursor: Cursor): { readonly source?: Query } {
  cursor.take()
  const rows = cursor.list(() => {
    cursor.accept('row')
    cursor.expect('(')
    const row = cursor.is(')') ? [] : cursor.list(() => parseValue(cursor))
    cursor.expect(')')
    return row
  })
  if (rows.every(row => row.length === 0)) return {}
  return { source: plainQuery({ type: 'values', rows }) }
}

/** An expression, or DEFAULT by itself. */
export function parseValue(cursor: Cursor): Expression {
  if (cursor.is('default') && !cursor.is('(', 1)) {
    cursor.take()
    return { type: 'default' }
  }
  // MariaDB: leave the value as it is, or take the default where the parameter says so.
  return parseExpression(cursor)
}

function parseAssignments(cursor: Cursor, target: TableSource): readonly Assignment[] {
  return cursor.list(() => {
    const column = parseTargetColumn(cursor, target)
    if (!cursor.accept(':=')) cursor.expect('=')
    return { columns: [column], values: [parseValue(cursor)] }
  })
}

/** MySQL's `values (…) as new(a, b)`. */
function parseRowAlias(cursor: Cursor): SourceAlias | undefined {
  if (!cursor.accept('as')) return undefined
  const name = cursor.name()
  return { name, columns: cursor.is('(') ? cursor.bracketed(() => cursor.name()) : [] }
}

function parseConflict(
  cursor: Cursor,
  target: TableSource,
  proposed: SourceAlias | undefined,
): NonNullable<Insert['conflict']> | undefined {
  if (!cursor.accept('on', 'duplicate', 'key', 'update')) return undefined
  return {
    columns: [],
    updates: true,
    assignments: parseAssignments(cursor, target),
    ...(proposed === undefined ? {} : { proposed }),
  }
}

/** IGNORE leaves out the rows whose keys are there already. */
function skipped(ignores: boolean): Insert['conflict'] {
  return ignores ? { columns: [], updates: false, assignments: [] } : undefined
}

export function parseReturning(cursor: Cursor): Returning {
  return { targets: cursor.accept('returning') ? parseTargets(cursor) : [], rows: [] }
}
