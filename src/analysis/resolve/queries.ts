import type { Clause } from '../dialects/dialect.js'
import type { Expression, Query, Select, SetOperation, Target, Values } from '../relational.js'
import { AnalysisStop } from '../stop.js'
import { expandAccess } from './access.js'
import { type Place, scopeAt } from './analysis.js'
import { noteChosenRows } from './bare-columns.js'
import { evaluateWindow } from './calls.js'
import { bindCommonTables } from './common-tables.js'
import { evaluate, evaluateCondition } from './expressions.js'
import { type Frame, frameAt } from './frame.js'
import { groupMembers } from './grouping.js'
import { noteOperator } from './names.js'
import { merged, type Provenance } from './provenance.js'
import { reachOf } from './row-scope.js'
import { sightOf } from './row-sight.js'
import {
  declaredName,
  EMPTY_SHAPE,
  expandStar,
  type NamedColumn,
  named,
  type Scope,
  visibleHere,
} from './scope.js'
import { evaluateJoins, fromClause, shapeOfSources } from './sources.js'

export interface QueryResult {
  readonly columns: readonly NamedColumn[]
  /** Upper bound of the rows, where the text shows one. */
  readonly maxRows?: number
}

interface BodyResult {
  readonly columns: readonly NamedColumn[]
  /** In which ORDER BY expressions are evaluated. */
  readonly frame: Frame
  /** Asked for only when ORDER BY has been seen: it too can hold aggregates and functions that return sets. */
  readonly bound: () => number | undefined
}

export function analyzeQuery(query: Query, place: Place): QueryResult {
  const inner: Place = { ...place, common: bindCommonTables(query.with, place) }
  const body = analyzeBody(query, inner)
  const { findings } = place.analysis
  const sorting = seeing(body.frame, 'order', body.columns)
  for (const key of query.order) {
    if (key.operator !== undefined) noteOperator(key.operator, sorting)
    for (const part of sortValue(key.expression, body.columns, sorting, query.body.type === 'select'))
      findings.consume(part, 'order')
  }
  const bounds = frameAt(inner, scopeAt(inner, EMPTY_SHAPE))
  for (const bound of [query.limit, query.offset]) {
    if (bound !== undefined) findings.compare(evaluate(bound, bounds), 'predicate', 'other')
  }
  for (const lock of query.locks) findings.lock(lock.strength)
  const maxRows = tighter(body.bound(), query.ties ? undefined : limitOf(query.limit))
  return maxRows === undefined ? { columns: body.columns } : { columns: body.columns, maxRows }
}

function analyzeBody(query: Query, place: Place): BodyResult {
  switch (query.body.type) {
    case 'select':
      return analyzeSelect(query.body, place)
    case 'set':
      return analyzeSetOperation(query.body, place)
    case 'values':
      return analyzeValues(query.body, place)
  }
}

function analyzeSelect(select: Select, place: Place): BodyResult {
  const { findings } = place.analysis
  const from = fromClause(select.from, place.analysis.rules)
  const scope = scopeAt(place, shapeOfSources(select.from, from === undefined ? place : { ...place, from }))
  const frame = withWindows(select, frameAt(place, scope))
  const columns = select.targets.flatMap(target => targetColumns(target, frame))
  for (const column of columns) findings.list(column.provenance)
  evaluateJoins(from, seeing(frameAt(place, scope), 'where', columns))
  if (select.where !== undefined)
    evaluateCondition(select.where, seeing(frameAt(place, scope), 'where', columns))
  for (const column of columns)
    if (column.provenance.kind === 'derived') findings.consume(column.provenance, 'output')
  const addsNothing = groupMembers(select, scope, place)
  for (const expression of select.group) {
    const parts = groupValue(expression, columns, seeing(frame, 'group', columns))
    if (!addsNothing(expression)) for (const part of parts) findings.consume(part, 'group')
  }
  if (select.having !== undefined)
    evaluateCondition(select.having, { ...seeing(frame, 'having', columns), use: 'having' })
  if (select.distinct === 'all') for (const column of columns) findings.consume(column.provenance, 'distinct')
  else if (select.distinct !== 'none') {
    for (const expression of select.distinct) {
      for (const part of sortValue(expression, columns, frame, true)) findings.consume(part, 'distinct')
    }
  }
  noteChosenRows(select, frame)
  return { columns, frame, bound: () => selectBound(select, frame) }
}

/** The frame of a clause in which the dialect lets output columns be named. */
function seeing(frame: Frame, clause: Clause, outputs: readonly NamedColumn[]): Frame {
  const { rules } = frame.scope
  return rules.outputNamesIn.has(clause) ? { ...frame, scope: { ...frame.scope, outputs } } : frame
}

function withWindows(select: Select, frame: Frame): Frame {
  if (select.windows.length === 0) return frame
  const windows = new Map(frame.windows)
  const grown = { ...frame, windows }
  for (const { name, window } of select.windows) windows.set(name, evaluateWindow(window, grown))
  return grown
}

export function targetColumns(
  { name, expression, unnamed, worded }: Target,
  frame: Frame,
): readonly NamedColumn[] {
  if (expression.type === 'column' && expression.star)
    return spent(expandStar(frame.scope, expression.path), frame)
  if (expression.type === 'access' && expression.star) return spent(expandAccess(expression, frame), frame)
  const plain =
    unnamed && expression.type === 'column' ? declaredName(frame.scope, expression.path) : undefined
  const column = named(plain ?? name, evaluate(expression, frame), frame.scope.rules)
  return [worded ? { ...column, unsure: 'worded' } : column]
}

function spent(columns: readonly NamedColumn[], frame: Frame): readonly NamedColumn[] {
  frame.place.analysis.spend(columns.length)
  return columns
}

/** One group without GROUP BY, a single row without FROM, or as many as there are keys in the condition. */
function selectBound(select: Select, frame: Frame): number | undefined {
  if (frame.seen.sets || select.group.length > 0) return undefined
  if (frame.seen.aggregates || select.having !== undefined) return 1
  if (select.from.length === 0) return 1
  return keyedRows(select, frame.scope, frame.place)
}

/** The rows that a SELECT of one table by its key can return. */
function keyedRows(select: Select, scope: Scope, place: Place): number | undefined {
  const [item] = scope.shape.items
  if (item?.relation === undefined || select.from.length !== 1 || select.from[0]?.type !== 'table')
    return undefined
  const { scope: reached, maxRows } = reachOf(select.where, sightOf(item, [], scope, place))
  return reached === 'keyed' || maxRows === 0 ? maxRows : undefined
}

function analyzeValues(values: Values, place: Place): BodyResult {
  const frame = frameAt(place, scopeAt(place, EMPTY_SHAPE))
  const width = Math.max(0, ...values.rows.slice(0, 1).map(row => row.length))
  const cells: Provenance[][] = Array.from({ length: width }, () => [])
  for (const row of values.rows) {
    row.forEach((cell, at) => {
      const value = evaluate(cell, frame)
      cells[at]?.push(value)
    })
  }
  const { rules } = place.analysis
  const columns = cells.map((column, at): NamedColumn => {
    const own = { ...rules.valuesColumn(at), provenance: merged(column) }
    return own.name === '' ? { ...own, unsure: 'free' } : own
  })
  return { columns, frame, bound: () => (frame.seen.sets ? undefined : values.rows.length) }
}

function analyzeSetOperation(operation: SetOperation, place: Place): BodyResult {
  const left = analyzeQuery(operation.left, place)
  const right = analyzeQuery(operation.right, place)
  const columns = combineArms(operation, left.columns, right.columns, place)
  const maxRows =
    operation.operator === 'union'
      ? left.maxRows === undefined || right.maxRows === undefined
        ? undefined
        : left.maxRows + right.maxRows
      : left.maxRows
  // Its ORDER BY sees its own columns, and nothing of what is outside.
  const frame = frameAt(place, { ...scopeAt(place, EMPTY_SHAPE), outer: null })
  return { columns, frame, bound: () => maxRows }
}

/** Anything but UNION ALL compares rows with one another. */
export function combineArms(
  operation: SetOperation,
  left: readonly NamedColumn[],
  right: readonly NamedColumn[],
  place: Place,
): readonly NamedColumn[] {
  const { findings } = place.analysis
  if (left.length !== right.length) {
    throw new AnalysisStop('unknown_column', 'The arms of a set operation differ in their number of columns.')
  }
  return left.map((column, at) => {
    const other = right[at] ?? column
    if (operation.operator !== 'union') {
      findings.compare(column.provenance, 'join', 'equality-column')
      findings.compare(other.provenance, 'join', 'equality-column')
    } else if (!operation.all) {
      findings.consume(column.provenance, 'distinct')
      findings.consume(other.provenance, 'distinct')
    }
    const own = named(column.name, merged([column.provenance, other.provenance]), place.analysis.rules)
    return column.unsure === undefined ? own : { ...own, unsure: column.unsure }
  })
}

/** ORDER BY and DISTINCT ON: a number or an output name first, then an expression over FROM. */
function sortValue(
  expression: Expression,
  columns: readonly NamedColumn[],
  frame: Frame,
  expressions: boolean,
): readonly Provenance[] {
  const ordinal = ordinalColumn(expression, columns)
  if (ordinal !== undefined) return [ordinal]
  const outputs = outputNamed(expression, columns, frame)
  if (outputs.length > 0) return outputs
  if (!expressions && frame.scope.outputs === undefined)
    throw new AnalysisStop('unknown_column', 'A set operation is sorted by its own columns only.')
  return [evaluate(expression, frame)]
}

/** GROUP BY: here a column of FROM comes before an output name. */
function groupValue(
  expression: Expression,
  columns: readonly NamedColumn[],
  frame: Frame,
): readonly Provenance[] {
  const ordinal = ordinalColumn(expression, columns)
  if (ordinal !== undefined) return [ordinal]
  const own = expression.type === 'column' && isHere(expression.path, frame.scope)
  const outputs = own ? [] : outputNamed(expression, columns, frame)
  return outputs.length > 0 ? outputs : [evaluate(expression, frame)]
}

function isHere(path: readonly string[], scope: Scope): boolean {
  const [name] = path
  return path.length === 1 && name !== undefined && visibleHere(scope, name)
}

function ordinalColumn(expression: Expression, columns: readonly NamedColumn[]): Provenance | undefined {
  if (expression.type !== 'constant' || typeof expression.value !== 'number') return undefined
  const column = columns[expression.value - 1]
  if (column === undefined) throw new AnalysisStop('unknown_column', 'A column number is out of range.')
  return column.provenance
}

function outputNamed(
  expression: Expression,
  columns: readonly NamedColumn[],
  frame: Frame,
): readonly Provenance[] {
  if (expression.type !== 'column' || expression.star || expression.path.length !== 1) return []
  const key = frame.scope.rules.fold(expression.path[0] ?? '')
  const found = columns.filter(column => column.key === key).map(column => column.provenance)
  frame.place.analysis.spend(columns.length / 16 + found.length)
  return found
}

/** The rows that a plain number lets through. */
export function limitOf(limit: Expression | undefined): number | undefined {
  if (limit?.type !== 'constant' || typeof limit.value !== 'number') return undefined
  return limit.value >= 0 ? Math.floor(limit.value) : undefined
}

export function tighter(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other
  return other === undefined ? one : Math.min(one, other)
}
