/**
 * SQLite takes columns beside `min(x)` or `max(x)` from the row that has the extreme: such a query asks for
 * the first row in the order of x.
 */
import type { DialectRules } from '../dialects/dialect.js'
import type { CallExpression, Expression, Select } from '../relational.js'
import { partsOf } from './expression-parts.js'
import type { Frame } from './frame.js'
import type { Provenance } from './provenance.js'
import { type Scope, visibleHere } from './scope.js'
import { sameExpression } from './truth.js'

/** What `min` and `max` were asked of, for the query that they belong to. */
export function noteExtreme(call: CallExpression, args: readonly Provenance[], frame: Frame): void {
  if (frame.scope.rules.nameScopes !== 'sqlite' || call.over !== undefined) return
  if (!/^(?:min|max)$/.test(call.name.name)) return
  frame.seen.extremes.push(...args)
  // It belongs to the query whose columns it names: one outside this one, whose other columns are not known here.
  if (call.args.some(arg => namesColumns(arg)) && !call.args.some(arg => namesColumns(arg, frame.scope)))
    for (const arg of args) frame.place.analysis.findings.consume(arg, 'order')
}

/** @param scope only columns of this one count. */
function namesColumns(expression: Expression, scope?: Scope): boolean {
  if (expression.type === 'column') return scope === undefined || isHere(expression.path, scope)
  return partsOf(expression).some(part => namesColumns(part, scope))
}

function isHere(path: readonly string[], scope: Scope): boolean {
  const [name = '', ...rest] = path
  if (rest.length === 0) return visibleHere(scope, name) || scope.rules.rowNumbers.has(scope.rules.fold(name))
  const owner = scope.rules.fold(path[path.length - 2] ?? '')
  return scope.shape.items.some(item => item.name === owner)
}

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
  return partsOf(expression).some(part => hasBareColumn(part, group, rules))
}
