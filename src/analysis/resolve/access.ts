/**
 * `(value).field`, `value[1:2]`. PostgreSQL takes a field that the value has not for a function of that name
 * with the value as its argument.
 */
import type { Expression } from '../relational.js'
import { AnalysisStop, quoted } from '../stop.js'
import { noteCalled } from './calls.js'
import { evaluate, evaluateAll } from './expressions.js'
import type { Frame } from './frame.js'
import { resolveFunction } from './names.js'
import { derived, type Provenance, unknown } from './provenance.js'
import { columnOf, resolveColumn, rowItem } from './scope.js'

type Access = Extract<Expression, { type: 'access' }>

/** `(t).a` is the column itself where `t` is a relation; any other access computes a part of a value. */
export function evaluateAccess(access: Access, frame: Frame): Provenance {
  const { operand, fields, star, subscripts } = access
  const [field] = fields
  const isPlain = operand.type === 'column' && !operand.star && subscripts.length === 0
  if (isPlain && field !== undefined && fields.length === 1 && !star) {
    const value = resolveColumn(frame.scope, operand.path)
    const item = value.row === true ? rowItem(frame.scope, operand.path) : undefined
    if (item === undefined) return fieldOf(value, field, value, frame)
    const column = columnOf(item, field, frame.scope.rules)
    if (column === undefined) throw new AnalysisStop('unknown_column', `There is no column ${quoted(field)}.`)
    return column
  }
  const inside = evaluateAll(subscripts, frame)
  if (star)
    throw new AnalysisStop(
      'unknown_column',
      'Expanding a composite value with * is refused. Name its fields.',
    )
  const value = evaluate(operand, frame)
  return fields.reduce((part, name) => fieldOf(part, name, value, frame), derived([value, ...inside]))
}

/** @param value what may hold rows, of which `part` is one. */
function fieldOf(part: Provenance, name: string, value: Provenance, frame: Frame): Provenance {
  const { analysis } = frame.place
  const called = resolveFunction({ name }, analysis)
  const maybeRow = value.row === true || value.holdsRow === true || value.ownType === true
  if (called.use.standing === 'unlisted' && maybeRow) return derived([part])
  analysis.findings.function(called.use)
  noteCalled(called, [part], frame)
  const result = derived([part])
  return called.builtin !== undefined && called.pure
    ? result
    : unknown(`the function ${called.use.name} is not reviewed`, [result])
}
