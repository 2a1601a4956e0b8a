/**
 * SQLite takes columns beside `min(x)` or `max(x)` from the row that has the extreme: such a query asks for
 * the first row in the order of x.
 */
import type { DialectRules } from '../dialects/dialect.js'
import type { Expression, Select } from '../relational.js'
import type { Frame } from './frame.js'
import { sameExpression } from './truth.js'

export function noteChosenRows(select: Select, frame: Frame): void {
  const { rules } = frame.scope
  const { extremes } = frame.seen
  if (rules.nameScopes !== 'sqlite' || extremes.length === 0) return
  const shown = [...select.targets.map(target => target.expression), ...optional(select.having)]
  if (!shown.some(expression => hasBareColumn(expression, select.group, rules))) return
  for (const extreme of extremes) frame.place.analysis.findings.consume(extreme, 'order')
}

function optional(expression: Expression | undefined): readonly Expression[] {
  return expression === undefined ? [] : [expression]
}

/** A column that is neither given to an aggregate nor grouped by. Sub-queries may name any. */
function hasBareColumn(expression: Expression, group: readonly Expression[], rules: DialectRules): boolean {
  if (group.some(member => sameExpression(member, expression))) return false
  if (expression.type === 'column' || expression.type === 'subquery') return true
  if (expression.type === 'call') {
    const shape = rules.functions.get(expression.name.name)?.shape
    if (shape === 'aggregate' || shape === 'count') return false
  }
  return parts(expression).some(part => hasBareColumn(part, group, rules))
}

function parts(value: object): readonly Expression[] {
  return Object.values(value).flatMap(part => {
    if (typeof part !== 'object' || part === null) return []
    return isExpression(part) ? [part] : parts(part)
  })
}

function isExpression(value: object): value is Expression {
  return 'type' in value
}
