/** UPDATE and DELETE, of one table or of several. */
import type {
  Delete,
  Expression,
  MultiDelete,
  MultiUpdate,
  SortKey,
  Source,
  TableSource,
  Update,
  With,
} from '../../relational.js'
import type { Cursor } from './cursor.js'
import { parseExpression } from './parse-expression.js'
import { parseReturning, parseValue } from './parse-insert.js'
import { parseCount } from './parse-limit.js'
import { parseAlias, parsePartitions, parseSources } from './parse-source.js'
import { parseSortKeys } from './parse-window.js'
import { NO_WITH } from './shapes.js'

interface Bounds {
  readonly where?: Expression
  readonly order?: readonly SortKey[]
  readonly limit?: Expression
}

function parseWhere(cursor: Cursor): Pick<Bounds, 'where'> {
  return cursor.accept('where') ? { where: parseExpression(cursor) } : {}
}

function parseBounds(cursor: Cursor): Bounds {
  const where = parseWhere(cursor)
  const order = cursor.accept('order', 'by') ? parseSortKeys(cursor) : undefined
  const limit = cursor.accept('limit') ? parseCount(cursor) : undefined
  return {
    ...where,
    ...(order === undefined ? {} : { order }),
    ...(limit === undefined ? {} : { limit }),
  }
}

interface PathAssignment {
  readonly path: readonly string[]
  readonly value: Expression
}

export function parseUpdate(cursor: Cursor, tables: With = NO_WITH): Update | MultiUpdate {
  cursor.expect('update')
  cursor.accept('low_priority')
  const lenient = cursor.accept('ignore') ? { lenient: true as const } : {}
  const sources = parseSources(cursor)
  cursor.expect('set')
  const assignments = cursor.list(() => parseAssignment(cursor))
  const [target] = sources
  const isSingle = sources.length === 1 && target?.type === 'table'
  if (!isSingle || !assignments.every(each => isOwn(each.path, target))) {
    // MariaDB takes ORDER BY and LIMIT here too. They would be left, and so refused.
    return {
      type: 'multi-update',
      with: tables,
      from: sources,
      assignments,
      ...lenient,
      ...parseWhere(cursor),
    }
  }
  return {
    type: 'update',
    with: tables,
    target,
    assignments: assignments.map(({ path, value }) => ({ columns: path.slice(-1), values: [value] })),
    from: [],
    returning: { targets: [], rows: [] },
    ...lenient,
    ...parseBounds(cursor),
  }
}

function parseAssignment(cursor: Cursor): PathAssignment {
  const path = cursor.path(3)
  if (!cursor.accept(':=')) cursor.expect('=')
  return { path, value: parseValue(cursor) }
}

function isOwn(path: readonly string[], target: TableSource): boolean {
  const [table, schema] = [...path].reverse().slice(1)
  const own = target.alias.name ?? target.name.name
  if (schema !== undefined && schema !== target.name.schema) return false
  return table === undefined || table === own
}

const MODIFIERS = new Set(['low_priority', 'quick', 'ignore'])

export function parseDelete(cursor: Cursor, tables: With = NO_WITH): Delete | MultiDelete {
  cursor.expect('delete')
  while (cursor.isAny(MODIFIERS) && !(cursor.is('quick') && cursor.is('.', 1))) cursor.take()
  if (!cursor.accept('from')) {
    const targets = cursor.list(() => parseDeleted(cursor))
    cursor.expect('from')
    return multiDelete(cursor, tables, targets)
  }
  const first = parseDeleted(cursor)
  if (cursor.is(',') || cursor.is('using')) {
    const targets = [first]
    while (cursor.accept(',')) targets.push(parseDeleted(cursor))
    cursor.expect('using')
    return multiDelete(cursor, tables, targets)
  }
  return singleDelete(cursor, tables, first)
}

/** `t`, `db.t`, `t.*`, `db.t.*`. */
function parseDeleted(cursor: Cursor): readonly string[] {
  const path = cursor.path(2)
  if (cursor.accept('.')) cursor.expect('*')
  return path
}

function multiDelete(cursor: Cursor, tables: With, targets: readonly (readonly string[])[]): MultiDelete {
  const from: readonly Source[] = parseSources(cursor)
  return { type: 'multi-delete', with: tables, targets, from, ...parseWhere(cursor) }
}

function singleDelete(cursor: Cursor, tables: With, path: readonly string[]): Delete {
  const [first = '', second] = path
  const name = second === undefined ? { name: first } : { schema: first, name: second }
  parsePartitions(cursor)
  const alias = parseAlias(cursor)
  const bounds = parseBounds(cursor)
  return {
    type: 'delete',
    with: tables,
    target: { type: 'table', name, alias, sample: [] },
    from: [],
    returning: parseReturning(cursor),
    ...bounds,
  }
}
