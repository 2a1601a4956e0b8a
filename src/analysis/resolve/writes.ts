/** INSERT, UPDATE, DELETE and MERGE, wherever they stand. */
import type { CatalogColumn, ColumnRef, Label } from '../../model/catalog.js'
import type {
  Assignment,
  Delete,
  Insert,
  Merge,
  Returning,
  TableSource,
  Update,
  Write,
} from '../relational.js'
import { AnalysisStop, quoted } from '../stop.js'
import { type Place, scopeAt } from './analysis.js'
import type { IndexedRelation } from './catalog-index.js'
import { bindCommonTables } from './common-tables.js'
import { evaluateAll, evaluateCondition } from './expressions.js'
import { type Frame, frameAt } from './frame.js'
import { merged, NONE, type Provenance, typed } from './provenance.js'
import { analyzeQuery, type QueryResult, targetColumns } from './queries.js'
import { type Reach, reachOf } from './row-scope.js'
import { type Item, itemShape, joinShapes, type NamedColumn, type Shape, SPREAD } from './scope.js'
import { targetTable } from './single-table.js'
import { shapeOf, shapeOfSources, tableItem } from './sources.js'
import { isResolvable, resolveView } from './views.js'

interface Target {
  readonly found: IndexedRelation
  readonly item: Item
  readonly place: Place
  /** Values given to columns, by column name: what RETURNING can show. */
  readonly written: Map<string, Provenance[]>
}

export function analyzeWrite(write: Write, outer: Place): QueryResult {
  const place: Place = { ...outer, common: bindCommonTables(write.with, outer) }
  switch (write.type) {
    case 'insert':
      return analyzeInsert(write, place)
    case 'update':
      return analyzeUpdate(write, place)
    case 'delete':
      return analyzeDelete(write, place)
    case 'merge':
      return analyzeMerge(write, place)
    case 'multi-update':
    case 'multi-delete':
      throw new AnalysisStop('unknown_node', 'Writing several tables in one statement is refused.')
  }
}

function openTarget(source: TableSource, place: Place): Target {
  const { findings, index } = place.analysis
  const found = index.relation(source.name)
  findings.relation(found.relation, 'write')
  const item = tableItem(source, found, place)
  if (isResolvable(found.relation)) {
    for (const relation of resolveView(found, place.analysis).relations) findings.relation(relation, 'write')
  }
  return { found, item, place, written: new Map() }
}

function nameOf(target: Target): { readonly schema: string; readonly relation: string } {
  const { schema, name } = target.found.relation
  return { schema, relation: name }
}

function analyzeInsert(insert: Insert, place: Place): QueryResult {
  const target = openTarget(insert.target, place)
  const source =
    insert.source === undefined ? { columns: [], maxRows: 1 } : analyzeQuery(insert.source, place)
  const { maxRows } = source
  const bound = maxRows === undefined ? {} : { maxRows }
  place.analysis.findings.effects.push({ kind: 'insert', verb: 'insert', target: nameOf(target), ...bound })
  const names =
    insert.columns.length > 0 ? insert.columns : target.found.relation.columns.map(column => column.name)
  if (source.columns.length > names.length) {
    throw new AnalysisStop('unknown_column', 'The INSERT gives more values than there are columns.')
  }
  const spread = source.columns.find(column => column.name === SPREAD && column.provenance.kind === 'unknown')
  if (spread !== undefined) for (const name of names) assign(target, name, spread.provenance)
  source.columns.forEach((column, at) => {
    assign(target, names[at] ?? '', column.provenance)
  })
  if (insert.conflict !== undefined) analyzeConflict(insert.conflict, target, bound)
  return { columns: returned(insert.returning, target, itemShape(target.item)), ...bound }
}

/** ON CONFLICT compares what is inserted with what is there, and may update it. */
function analyzeConflict(
  conflict: NonNullable<Insert['conflict']>,
  target: Target,
  bound: { maxRows?: number },
): void {
  const { place } = target
  const { findings, rules } = place.analysis
  const own = frameAt(place, scopeAt(place, itemShape(target.item)))
  for (const part of evaluateAll(conflict.columns, own))
    findings.compare(part, 'predicate', 'equality-constant')
  if (!conflict.updates) return
  const proposed: Item = {
    name: rules.proposedRow,
    columns: target.item.columns.map(column => ({
      name: column.name,
      provenance: typed(
        merged(target.written.get(column.name) ?? [NONE]),
        column.provenance.ownType === true,
      ),
    })),
    base: false,
  }
  const shape: Shape = { items: [target.item, proposed], visible: target.item.columns }
  const frame = frameAt(place, scopeAt(place, shape))
  assignAll(conflict.assignments, target, frame)
  if (conflict.where !== undefined) evaluateCondition(conflict.where, frame)
  const scope = bound.maxRows === undefined ? 'open' : 'keyed'
  findings.effects.push({
    kind: 'update',
    verb: 'on conflict do update',
    target: nameOf(target),
    scope,
    ...bound,
  })
}

function analyzeUpdate(update: Update, place: Place): QueryResult {
  const target = openTarget(update.target, place)
  const shape = joinShapes(itemShape(target.item), shapeOfSources(update.from, place))
  const frame = frameAt(place, scopeAt(place, shape))
  const reach = reached(update.where, target, frame)
  place.analysis.findings.effects.push({ kind: 'update', verb: 'update', target: nameOf(target), ...reach })
  if (update.where !== undefined) evaluateCondition(update.where, frame)
  assignAll(update.assignments, target, frame)
  return { columns: returned(update.returning, target, shape), ...rows(reach) }
}

function analyzeDelete(statement: Delete, place: Place): QueryResult {
  const target = openTarget(statement.target, place)
  const shape = joinShapes(itemShape(target.item), shapeOfSources(statement.from, place))
  const frame = frameAt(place, scopeAt(place, shape))
  const reach = reached(statement.where, target, frame)
  place.analysis.findings.effects.push({ kind: 'delete', verb: 'delete', target: nameOf(target), ...reach })
  if (statement.where !== undefined) evaluateCondition(statement.where, frame)
  return { columns: returned(statement.returning, target, shape), ...rows(reach) }
}

function analyzeMerge(merge: Merge, place: Place): QueryResult {
  const { findings } = place.analysis
  const target = openTarget(merge.target, place)
  const source = shapeOf(merge.source, place, { items: [], visible: [] })
  const shape = joinShapes(source, itemShape(target.item))
  const frame = frameAt(place, scopeAt(place, shape))
  findings.effects.push({ kind: 'merge', verb: 'merge', target: nameOf(target) })
  evaluateCondition(merge.condition, { ...frame, use: 'join' })
  for (const clause of merge.clauses) {
    if (clause.condition !== undefined) evaluateCondition(clause.condition, frame)
    assignAll(
      clause.assignments.map(assignment => allColumns(assignment, target)),
      target,
      frame,
    )
    if (clause.action === 'nothing') continue
    const scope = clause.action === 'insert' ? {} : { scope: 'open' as const }
    findings.effects.push({
      kind: clause.action,
      verb: `merge ${clause.action}`,
      target: nameOf(target),
      ...scope,
    })
  }
  return { columns: returned(merge.returning, target, shape) }
}

function reached(where: Update['where'], target: Target, frame: Frame): Reach {
  return reachOf(where, targetTable(target.found, target.item, frame.scope))
}

function rows(reach: Reach): { readonly maxRows?: number } {
  return reach.maxRows === undefined ? {} : { maxRows: reach.maxRows }
}

/** `insert values (…)` without a column list, inside MERGE. */
function allColumns(assignment: Assignment, target: Target): Assignment {
  if (assignment.columns.length > 0) return assignment
  const columns = target.found.relation.columns.slice(0, assignment.values.length).map(column => column.name)
  return { columns, values: assignment.values }
}

function assignAll(assignments: readonly Assignment[], target: Target, frame: Frame): void {
  for (const { columns, values } of assignments) {
    const parts = evaluateAll(values, frame)
    if (columns.length === parts.length)
      columns.forEach((column, at) => void assign(target, column, parts[at] ?? NONE))
    else for (const column of columns) for (const part of parts) assign(target, column, part)
  }
}

function assign(target: Target, name: string, value: Provenance): void {
  const { found, place, written } = target
  const { findings } = place.analysis
  const at = found.relation.columns.findIndex(column => column.name === name)
  const column = found.relation.columns[at]
  const reference = found.columns[at]
  if (column === undefined || reference === undefined) {
    throw new AnalysisStop(
      'unknown_column',
      `There is no column ${quoted(name)} to write in ${quoted(found.relation.name)}.`,
    )
  }
  const under = underlying(target, at)
  for (const each of [reference, ...under]) findings.column(each, 'assignment')
  findings.consume(value, 'assignment')
  const { schema, relation } = nameOf(target)
  findings.flow(value, `${schema}.${relation}.${name}`, labelsOf(column, under))
  const before = written.get(name)
  if (before === undefined) written.set(name, [value])
  else before.push(value)
}

/** The table columns that a view's column stands for. */
function underlying(target: Target, at: number): readonly ColumnRef[] {
  const provenance = target.item.columns[at]?.provenance
  return isResolvable(target.found.relation) && provenance !== undefined ? provenance.sources : []
}

function labelsOf(column: CatalogColumn, under: readonly ColumnRef[]): readonly Label[] {
  return [...column.labels, ...under.flatMap(source => source.labels)]
}

/** RETURNING sees the row as written: a column that was given another column's value shows that value. */
function returned(returning: Returning, target: Target, shape: Shape): readonly NamedColumn[] {
  if (returning.targets.length === 0) return []
  const item = { ...target.item, columns: afterWrite(target) }
  const items = shape.items.map(each => (each === target.item ? item : each))
  const named = new Set(items.map(each => each.name))
  const rowItems = [...new Set(returning.rows)]
    .filter(name => !named.has(name))
    .map(name => ({ ...item, name, base: true }))
  const visible = shape.visible.map(column => {
    const at = target.item.columns.indexOf(column)
    return item.columns[at] ?? column
  })
  const { place } = target
  const frame = frameAt(place, scopeAt(place, { items: [...items, ...rowItems], visible }))
  const columns = returning.targets.flatMap(each => targetColumns(each.name, each.expression, frame))
  for (const column of columns) place.analysis.findings.consume(column.provenance, 'returning')
  return columns
}

function afterWrite(target: Target): readonly NamedColumn[] {
  return target.item.columns.map((column, at) => {
    const name = target.found.relation.columns[at]?.name ?? column.name
    const values = (target.written.get(name) ?? []).filter(
      value => value.kind !== 'none' && value.kind !== 'aggregate',
    )
    return values.length === 0
      ? column
      : { name: column.name, provenance: merged([column.provenance, ...values]) }
  })
}
