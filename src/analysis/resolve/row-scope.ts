/** How many rows a condition lets a DELETE, UPDATE or SELECT of one table reach. */
import type { Scope as RowScope } from '../../model/facts.js'
import type { Expression } from '../relational.js'
import { FixedColumns } from './fixed-columns.js'
import type { RowSight } from './row-sight.js'
import { knownTruths, type TruthOf } from './truth.js'

export interface Reach {
  readonly scope: RowScope
  readonly maxRows?: number
}

const OPEN: Reach = { scope: 'open' }

export function reachOf(where: Expression | undefined, sight: RowSight): Reach {
  const truth = knownTruths({ rules: sight.rules, neverNull: operand => isNeverNull(operand, sight) })
  if (where !== undefined) return reach(where, sight, truth)
  const joined = reachOfAll([], sight, truth)
  return joined.scope === 'open' ? { scope: 'none' } : joined
}

function reach(expression: Expression, sight: RowSight, truthOf: TruthOf): Reach {
  const truth = truthOf(expression)
  if (truth === true) return { scope: 'tautology' }
  if (truth === false) return { scope: 'bounded', maxRows: 0 }
  if (expression.type === 'logic' && expression.operator === 'or')
    return reachOfAny(expression.operands, sight, truthOf)
  return reachOfAll(conjuncts(expression), sight, truthOf)
}

function reachOfAny(operands: readonly Expression[], sight: RowSight, truthOf: TruthOf): Reach {
  const branches = operands.map(operand => reach(operand, sight, truthOf))
  if (branches.some(branch => branch.scope === 'tautology')) return { scope: 'tautology' }
  if (branches.some(branch => branch.scope === 'open')) return OPEN
  const maxRows = sum(branches.map(branch => branch.maxRows))
  const scope = branches.every(branch => branch.scope === 'keyed' || branch.maxRows === 0)
    ? 'keyed'
    : 'bounded'
  return maxRows === undefined ? { scope } : { scope, maxRows }
}

function reachOfAll(operands: readonly Expression[], sight: RowSight, truthOf: TruthOf): Reach {
  const fixed = new FixedColumns(sight)
  const branches: Reach[] = []
  for (const operand of operands) {
    const isAlternative = operand.type === 'logic' && operand.operator === 'or'
    if (isAlternative) branches.push(reach(operand, sight, truthOf))
    else fixed.take(operand)
  }
  for (const join of sight.joins) for (const operand of conjuncts(join)) fixed.take(operand)
  const keyed = fixed.keyed(sight.target)
  if (keyed !== undefined)
    return keyed.rows === undefined ? { scope: 'keyed' } : { scope: 'keyed', maxRows: keyed.rows }
  const branch = branches.find(each => each.scope === 'keyed')
  if (branch !== undefined) return branch
  if (fixed.hasAny(sight.target)) return { scope: 'bounded' }
  return branches.find(each => each.scope === 'bounded') ?? OPEN
}

function conjuncts(expression: Expression): readonly Expression[] {
  const isAnd = expression.type === 'logic' && expression.operator === 'and'
  return isAnd ? expression.operands.flatMap(conjuncts) : [expression]
}

function isNeverNull(expression: Expression, sight: RowSight): boolean {
  const found = sight.columnOf(expression)
  return found !== undefined && found.table === sight.target && !found.column.nullable
}

function sum(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce(
    (total, count) => (total === undefined || count === undefined ? undefined : total + count),
    0,
  )
}
