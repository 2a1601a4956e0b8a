/** INSERT, UPDATE, DELETE and MERGE, wherever they stand. */
import type { DialectRules } from '../dialects/dialect.js'
import type {
  Assignment,
  Delete,
  Expression,
  Insert,
  Merge,
  MergeClause,
  SourceAlias,
  Update,
  Write,
} from '../relational.js'
import { AnalysisStop } from '../stop.js'
import { type Place, scopeAt } from './analysis.js'
import { evaluateSort } from './calls.js'
import { bindCommonTables } from './common-tables.js'
import { evaluate, evaluateAll, evaluateCondition } from './expressions.js'
import { type Frame, frameAt } from './frame.js'
import { givenRows } from './given-cells.js'
import { analyzeMultiDelete, analyzeMultiUpdate } from './multi-writes.js'
import { merged, NONE, typed } from './provenance.js'
import { analyzeQuery, limitOf, type QueryResult, tighter } from './queries.js'
import { type Reach, reachOf } from './row-scope.js'
import { sightOf } from './row-sight.js'
import { type Item, itemShape, joinShapes, renamed, type Shape, SPREAD } from './scope.js'
import { evaluateJoins, fromClause, shapeOf, shapeOfSources } from './sources.js'
import {
  assign,
  assignAll,
  nameOf,
  openTarget,
  ownColumnNames,
  returned,
  type Target,
} from './write-target.js'

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
      return analyzeMultiUpdate(write, place)
    case 'multi-delete':
      return analyzeMultiDelete(write, place)
  }
}

function analyzeInsert(insert: Insert, place: Place): QueryResult {
  const target = openTarget(insert.target, place, insert.lenient)
  const source =
    insert.source === undefined ? { columns: [], maxRows: 1 } : analyzeQuery(insert.source, place)
  const { maxRows } = source
  const bound = maxRows === undefined ? {} : { maxRows }
  noteInsert(insert, target, bound)
  const names = insert.columns.length > 0 ? insert.columns : ownColumnNames(target)
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

/** REPLACE deletes the rows that stand in the way of the new ones, one for each key at most. */
function noteInsert(insert: Insert, target: Target, bound: { maxRows?: number }): void {
  const { effects } = target.place.analysis.findings
  const verb = insert.replaces ? 'replace' : 'insert'
  effects.push({ kind: 'insert', verb, target: nameOf(target), ...bound })
  if (!insert.replaces) return
  compareKeys(target)
  const scope = bound.maxRows === undefined ? 'open' : 'keyed'
  effects.push({ kind: 'delete', verb, target: nameOf(target), scope, ...bound })
}

/** What happens depends on whether there is a row with the same key, whichever key it is. */
function compareKeys({ found, place }: Target): void {
  const names = new Set(found.relation.keys.flat())
  found.relation.columns.forEach((column, at) => {
    const reference = found.columns[at]
    if (reference !== undefined && names.has(column.name))
      place.analysis.findings.column(reference, 'predicate', 'equality-constant')
  })
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
  if (conflict.columns.length === 0) compareKeys(target)
  if (!conflict.updates) return
  const proposed: Item = {
    name: rules.proposedRow,
    columns: target.item.columns.map(column => ({
      ...column,
      provenance: typed(merged(target.written.get(column.key) ?? [NONE]), column.provenance.ownType === true),
    })),
    base: false,
  }
  const plain: Shape = { items: [target.item, proposed], visible: target.item.columns }
  const shape = withOwnName(conflict.proposed, proposed, plain, rules)
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

/** `values (…) as new (a, b)`: the statement's own names for the proposed row and its columns. */
function withOwnName(
  alias: SourceAlias | undefined,
  proposed: Item,
  shape: Shape,
  rules: DialectRules,
): Shape {
  if (alias?.name === undefined) return shape
  const columns = renamed(proposed.columns, alias.columns, rules)
  const item = { ...proposed, name: rules.fold(alias.name), columns }
  const named = columns.slice(0, alias.columns.length)
  return { items: [...shape.items, item], visible: [...shape.visible, ...named] }
}

function analyzeUpdate(update: Update, place: Place): QueryResult {
  const target = openTarget(update.target, place, update.lenient)
  const from = fromClause(update.from, place.analysis.rules)
  const sources = shapeOfSources(update.from, from === undefined ? place : { ...place, from })
  const shape = joinShapes(itemShape(target.item), sources)
  const frame = frameAt(place, scopeAt(place, shape))
  evaluateJoins(from, frame)
  const reach = reached(update, target, frame)
  place.analysis.findings.effects.push({ kind: 'update', verb: 'update', target: nameOf(target), ...reach })
  evaluateChoice(update, frame)
  assignAll(update.assignments, target, frame)
  return { columns: returned(update.returning, target, shape), ...rows(reach) }
}

function analyzeDelete(statement: Delete, place: Place): QueryResult {
  const target = openTarget(statement.target, place)
  const shape = joinShapes(itemShape(target.item), shapeOfSources(statement.from, place))
  const frame = frameAt(place, scopeAt(place, shape))
  const reach = reached(statement, target, frame)
  place.analysis.findings.effects.push({ kind: 'delete', verb: 'delete', target: nameOf(target), ...reach })
  evaluateChoice(statement, frame)
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
    const beside = clause.unmatchedTarget ? [] : [merge.source]
    const sight = sightOf(target.item, beside, frame.scope, place)
    const scope =
      clause.action === 'insert'
        ? insertedRows(merge, place.analysis.rules)
        : reachOf(clauseCondition(merge, clause), sight)
    findings.effects.push({
      kind: clause.action,
      verb: `merge ${clause.action}`,
      target: nameOf(target),
      ...scope,
    })
  }
  return { columns: returned(merge.returning, target, shape) }
}

/** Rows of the target that a clause writes: those that pair with the source, or those that do not. */
function clauseCondition(merge: Merge, { unmatchedTarget, condition }: MergeClause): Expression | undefined {
  if (unmatchedTarget) return condition
  if (condition === undefined) return merge.condition
  return { type: 'logic', operator: 'and', operands: [merge.condition, condition] }
}

/** WHEN NOT MATCHED can add no more rows than the source has. */
function insertedRows({ source }: Merge, rules: DialectRules): { readonly maxRows?: number } {
  const maxRows = source.type === 'subquery' ? givenRows(source.query, rules) : undefined
  return maxRows === undefined ? {} : { maxRows }
}

/** Which rows are written: those that the condition holds for, or the first of them in some order. */
function evaluateChoice({ where, order = [], limit }: Update | Delete, frame: Frame): void {
  const { findings } = frame.place.analysis
  if (where !== undefined) evaluateCondition(where, frame)
  for (const part of evaluateSort(order, frame)) findings.consume(part, 'order')
  if (limit !== undefined) findings.compare(evaluate(limit, frame), 'predicate', 'other')
}

/** A limit bounds the rows; which ones they are still depends on the condition. */
function reached({ where, from, limit }: Update | Delete, target: Target, frame: Frame): Reach {
  const reach = reachOf(where, sightOf(target.item, from, frame.scope, target.place))
  const maxRows = tighter(reach.maxRows, limitOf(limit))
  return maxRows === undefined ? reach : { ...reach, maxRows }
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
