import type {
  DeleteStmt,
  InsertStmt,
  Limit,
  ResultColumn,
  SetAssignment,
  UpdateStmt,
  Upsert,
} from 'sqlite3-parser'
import type { Assignment, Delete, Expression, Insert, Returning, Update } from '../../relational.js'
import { lowerSortKeys } from './lower-call.js'
import { lowerExpression, lowerExpressions } from './lower-expression.js'
import { lowerSelect, lowerTargets, lowerWith } from './lower-query.js'
import { lowerFrom } from './lower-source.js'
import { namesOf, targetTable } from './names.js'
import { reportedName } from './naming.js'
import type { Reading } from './reading.js'
import { known, unknownNode } from './tree.js'

export function lowerInsert(node: InsertStmt, reading: Reading): Insert {
  const body = known(node.body)
  const conflict =
    body.type === 'SelectInsertBody' && body.upsert !== undefined
      ? lowerUpserts(body.upsert, reading)
      : undefined
  // Any key counts, whatever ON CONFLICT names beside it.
  const skips = node.orConflict === 'Ignore'
  return {
    type: 'insert',
    with: lowerWith(node.with, reading),
    target: targetTable(known(node.tblName)),
    columns: namesOf(node.columns),
    returning: lowerReturning(node.returning, reading),
    ...(body.type === 'SelectInsertBody' ? { source: lowerSelect(body.select, reading) } : {}),
    ...(node.orConflict === 'Replace' ? { replaces: true } : {}),
    ...(conflict === undefined ? {} : { conflict: skips ? { ...conflict, columns: [] } : conflict }),
    ...(conflict === undefined && skips ? { conflict: SKIPPED } : {}),
  }
}

/** OR IGNORE leaves out the rows whose keys are there already. */
const SKIPPED: Conflict = { columns: [], updates: false, assignments: [] }

type Conflict = NonNullable<Insert['conflict']>

/** A chain of ON CONFLICT clauses, of which one at most runs for a row, said as one that does what all do. */
function lowerUpserts(first: Upsert, reading: Reading): Conflict {
  const clauses: Conflict[] = []
  for (let node: Upsert | undefined = first; node !== undefined; node = node.next) {
    clauses.push(lowerUpsert(node, reading))
  }
  const where = clauses.flatMap(clause => clause.where ?? [])
  return {
    columns: clauses.flatMap(clause => clause.columns),
    updates: clauses.some(clause => clause.updates),
    assignments: clauses.flatMap(clause => clause.assignments),
    ...(where.length === 0 ? {} : { where: allOf(where) }),
  }
}

function allOf(conditions: readonly Expression[]): Expression {
  const [only] = conditions
  return conditions.length === 1 && only !== undefined
    ? only
    : { type: 'logic', operator: 'and', operands: conditions }
}

function lowerUpsert(node: Upsert, reading: Reading): Conflict {
  const { index, doClause } = known(node)
  const targets = index === undefined ? [] : known(index).targets.map(target => known(target).expr)
  const condition = index?.whereClause === undefined ? [] : [index.whereClause]
  const columns = lowerExpressions([...targets, ...condition], reading)
  if (known(doClause).type === 'NothingUpsertDo') return { columns, updates: false, assignments: [] }
  if (doClause.type !== 'SetUpsertDo') return unknownNode('Upsert.doClause')
  const { sets, whereClause } = doClause
  return {
    columns,
    updates: true,
    assignments: lowerAssignments(sets, reading),
    ...(whereClause === undefined ? {} : { where: lowerExpression(whereClause, reading) }),
  }
}

/** OR REPLACE of an UPDATE deletes rows that no condition of it names. */
export function lowerUpdate(node: UpdateStmt, reading: Reading): Update {
  if (node.orConflict === 'Replace') return unknownNode('UPDATE OR REPLACE')
  if (node.indexed !== undefined) known(node.indexed)
  return {
    type: 'update',
    with: lowerWith(node.with, reading),
    target: targetTable(known(node.tblName)),
    assignments: lowerAssignments(node.sets, reading),
    from: lowerFrom(node.from, reading),
    returning: lowerReturning(node.returning, reading),
    ...(node.whereClause === undefined ? {} : { where: lowerExpression(node.whereClause, reading) }),
    ...lowerBounds(node, reading),
  }
}

export function lowerDelete(node: DeleteStmt, reading: Reading): Delete {
  if (node.indexed !== undefined) known(node.indexed)
  return {
    type: 'delete',
    with: lowerWith(node.with, reading),
    target: targetTable(known(node.tblName)),
    from: [],
    returning: lowerReturning(node.returning, reading),
    ...(node.whereClause === undefined ? {} : { where: lowerExpression(node.whereClause, reading) }),
    ...lowerBounds(node, reading),
  }
}

function lowerBounds(
  { orderBy, limit }: Pick<UpdateStmt, 'orderBy' | 'limit'>,
  reading: Reading,
): Pick<Update, 'order' | 'limit'> {
  const bound: Limit | undefined = limit === undefined ? undefined : known(limit)
  if (bound?.offset !== undefined) return unknownNode('LIMIT … OFFSET of a write')
  return {
    ...(orderBy === undefined ? {} : { order: lowerSortKeys(orderBy, reading) }),
    ...(bound === undefined ? {} : { limit: lowerExpression(bound.expr, reading) }),
  }
}

function lowerAssignments(nodes: readonly SetAssignment[], reading: Reading): readonly Assignment[] {
  return nodes.map(node => {
    const { colNames, expr } = known(node)
    const value = lowerExpression(expr, reading)
    const isRow = value.type === 'compose' && value.form === 'row'
    return { columns: namesOf(colNames), values: isRow ? value.parts : [value] }
  })
}

function lowerReturning(nodes: readonly ResultColumn[] | undefined, reading: Reading): Returning {
  return { targets: lowerTargets(nodes, reading, reportedName), rows: [] }
}
