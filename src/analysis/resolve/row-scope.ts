/** How many rows a condition lets a DELETE, UPDATE or SELECT of one table reach. */
import type { CatalogRelation } from '../../model/catalog.js'
import type { Scope as RowScope } from '../../model/facts.js'
import type { Expression } from '../relational.js'
import { truthOf } from './truth.js'

export interface Reach {
  readonly scope: RowScope
  readonly maxRows?: number
}

export interface TargetTable {
  readonly relation: CatalogRelation
  /** The column of the target that an expression plainly is, or undefined. */
  readonly columnOf: (expression: Expression) => string | undefined
}

/** Values that a column is compared with; `undefined` where their number is not known. */
type Fixed = Map<string, number | undefined>

const OPEN: Reach = { scope: 'open' }

export function reachOf(where: Expression | undefined, target: TargetTable): Reach {
  if (where === undefined) return { scope: 'none' }
  return reach(where, target)
}

function reach(expression: Expression, target: TargetTable): Reach {
  const truth = truthOf(expression, operand => isNeverNull(operand, target))
  if (truth === true) return { scope: 'tautology' }
  if (truth === false) return { scope: 'bounded', maxRows: 0 }
  if (expression.type === 'logic' && expression.operator === 'or')
    return reachOfAny(expression.operands, target)
  return reachOfAll(conjuncts(expression), target)
}

function reachOfAny(operands: readonly Expression[], target: TargetTable): Reach {
  const branches = operands.map(operand => reach(operand, target))
  if (branches.some(branch => branch.scope === 'tautology')) return { scope: 'tautology' }
  if (branches.some(branch => branch.scope === 'open')) return OPEN
  const maxRows = sum(branches.map(branch => branch.maxRows))
  const scope = branches.every(branch => branch.scope === 'keyed' || branch.maxRows === 0)
    ? 'keyed'
    : 'bounded'
  return maxRows === undefined ? { scope } : { scope, maxRows }
}

function reachOfAll(operands: readonly Expression[], target: TargetTable): Reach {
  const fixed: Fixed = new Map()
  const branches: Reach[] = []
  for (const operand of operands) {
    const isAlternative = operand.type === 'logic' && operand.operator === 'or'
    if (isAlternative) branches.push(reach(operand, target))
    else collectFixed(operand, target, fixed)
  }
  const key = target.relation.keys.find(
    columns => columns.length > 0 && columns.every(column => fixed.has(column)),
  )
  if (key !== undefined) {
    const maxRows = product(key.map(column => fixed.get(column)))
    return maxRows === undefined ? { scope: 'keyed' } : { scope: 'keyed', maxRows }
  }
  const keyed = branches.find(branch => branch.scope === 'keyed')
  if (keyed !== undefined) return keyed
  if (fixed.size > 0) return { scope: 'bounded' }
  return branches.find(branch => branch.scope === 'bounded') ?? OPEN
}

function conjuncts(expression: Expression): readonly Expression[] {
  const isAnd = expression.type === 'logic' && expression.operator === 'and'
  return isAnd ? expression.operands.flatMap(conjuncts) : [expression]
}

/** `column = value`, `column in (…)`, `column = any(…)`, `(a, b) = (1, 2)`. */
function collectFixed(expression: Expression, target: TargetTable, fixed: Fixed): void {
  if (expression.type !== 'operator' || expression.role !== 'equality' || expression.name.name !== '=') return
  const [left, ...right] = expression.operands
  if (left === undefined || right[0] === undefined) return
  if (expression.form === 'any') fix(left, elementCount(right[0]), right[0], target, fixed)
  else if (expression.form === 'in' && right.every(isFixed)) fixRow(left, right.length, target, fixed)
  else if (expression.form === 'plain') fixPlain(left, right[0], target, fixed)
}

function fixPlain(left: Expression, right: Expression, target: TargetTable, fixed: Fixed): void {
  if (isRow(left) && isRow(right)) {
    const values = right.parts
    left.parts.forEach((part, at) => {
      const value = values[at]
      if (value !== undefined) fix(part, 1, value, target, fixed)
    })
    return
  }
  fix(left, 1, right, target, fixed)
  fix(right, 1, left, target, fixed)
}

function fix(
  column: Expression,
  count: number | undefined,
  value: Expression,
  target: TargetTable,
  fixed: Fixed,
): void {
  const name = target.columnOf(column)
  if (name === undefined || !isFixed(value)) return
  const known = fixed.get(name)
  if (!fixed.has(name) || (count !== undefined && (known === undefined || count < known)))
    fixed.set(name, count)
}

/** A row among `count` rows fixes all its columns together: the count belongs to one of them. */
function fixRow(left: Expression, count: number, target: TargetTable, fixed: Fixed): void {
  const parts = isRow(left) ? left.parts : [left]
  parts.forEach((part, at) => {
    const name = target.columnOf(part)
    if (name !== undefined && !fixed.has(name)) fixed.set(name, at === 0 ? count : 1)
  })
}

function isRow(expression: Expression): expression is Extract<Expression, { type: 'compose' }> {
  return expression.type === 'compose' && expression.form === 'row'
}

/** A literal or a binding, cast or grouped, and nothing else. */
function isFixed(expression: Expression): boolean {
  switch (expression.type) {
    case 'constant':
    case 'parameter':
      return true
    case 'cast':
      return isFixed(expression.operand)
    case 'compose':
      return (expression.form === 'row' || expression.form === 'array') && expression.parts.every(isFixed)
    case 'operator':
      return (
        expression.name.name === '-' && expression.operands.length === 1 && expression.operands.every(isFixed)
      )
    default:
      return false
  }
}

function elementCount(expression: Expression): number | undefined {
  if (expression.type === 'cast') return elementCount(expression.operand)
  return expression.type === 'compose' && expression.form === 'array' ? expression.parts.length : undefined
}

function isNeverNull(expression: Expression, target: TargetTable): boolean {
  const name = target.columnOf(expression)
  return target.relation.columns.some(column => column.name === name && !column.nullable)
}

function sum(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce(
    (total, count) => (total === undefined || count === undefined ? undefined : total + count),
    0,
  )
}

function product(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce(
    (total, count) => (total === undefined || count === undefined ? undefined : total * count),
    1,
  )
}
