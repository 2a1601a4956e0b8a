/** How many rows of its target a MERGE reaches: as many as its source pairs with by a key, where the text shows them. */
import type { DialectRules } from '../dialects/dialect.js'
import type { Expression, Merge, MergeClause, Query, Source } from '../relational.js'
import { isGiven } from './fixed-columns.js'
import { type Reach, reachOf } from './row-scope.js'
import type { RowSight } from './row-sight.js'

/** Given values in the source, by the name of their column, folded. */
type GivenCells = ReadonlyMap<string, readonly Expression[]>

/** Rows of the target that a clause writes: those that pair with the source, or those that do not. */
export function clauseReach(merge: Merge, clause: MergeClause, sight: RowSight): Reach {
  if (clause.unmatchedTarget) return reachOf(clause.condition, sight)
  const cells = givenCells(merge.source, sight)
  const pairing = spelledOut(merge.condition, merge.source.alias.name, cells, sight)
  const conditions = [pairing, ...(clause.condition === undefined ? [] : [clause.condition])]
  return reachOf({ type: 'logic', operator: 'and', operands: conditions }, sight)
}

/** Rows that WHEN NOT MATCHED can add: no more than the source has. */
export function insertedRows(
  { source }: Merge,
  { valuesColumn }: DialectRules,
): { readonly maxRows?: number } {
  if (source.type !== 'subquery') return {}
  const { rows } = listed(source.query, valuesColumn)
  return rows.length > 0 && rows.every(row => row.every(isGiven)) ? { maxRows: rows.length } : {}
}

/** `target.id = source.id` as `target.id in (…)`, where the source's values stand in the text. */
function spelledOut(
  condition: Expression,
  source: string | undefined,
  cells: GivenCells,
  sight: RowSight,
): Expression {
  if (condition.type === 'logic' && condition.operator === 'and') {
    return {
      ...condition,
      operands: condition.operands.map(operand => spelledOut(operand, source, cells, sight)),
    }
  }
  if (condition.type !== 'operator' || condition.form !== 'plain' || condition.name.name !== '=')
    return condition
  const [left, right] = condition.operands
  if (left === undefined || right === undefined) return condition
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const values = sight.columnOf(one) === undefined ? undefined : cellsOf(other, source, cells, sight)
    if (values !== undefined) return { ...condition, form: 'in', operands: [one, ...values] }
  }
  return condition
}

function cellsOf(
  expression: Expression,
  source: string | undefined,
  cells: GivenCells,
  { rules }: RowSight,
): readonly Expression[] | undefined {
  if (expression.type !== 'column' || expression.star || source === undefined) return undefined
  const [qualifier, name] = expression.path
  const isOurs = expression.path.length === 2 && rules.fold(qualifier ?? '') === rules.fold(source)
  return isOurs ? cells.get(rules.fold(name ?? '')) : undefined
}

/** VALUES, and SELECT without FROM: one row for each list of values. */
function givenCells(source: Source, { rules }: RowSight): GivenCells {
  if (source.type !== 'subquery') return new Map()
  const { names, rows } = listed(source.query, rules.valuesColumn)
  const columns = names.map((name, at) => {
    const own = rules.fold(source.alias.columns[at] ?? name)
    return [own, rows.flatMap(row => row[at] ?? [])] as const
  })
  return new Map(columns.filter(([, values]) => values.length === rows.length))
}

function listed(
  { with: { tables }, body }: Query,
  valuesColumn: DialectRules['valuesColumn'],
): { readonly names: readonly string[]; readonly rows: readonly (readonly Expression[])[] } {
  if (tables.length === 0 && body.type === 'values') {
    return { names: (body.rows[0] ?? []).map((_, at) => valuesColumn(at).key), rows: body.rows }
  }
  const isRow = tables.length === 0 && body.type === 'select' && body.from.length === 0
  if (!isRow) return { names: [], rows: [] }
  return {
    names: body.targets.map(target => target.name),
    rows: [body.targets.map(target => target.expression)],
  }
}
