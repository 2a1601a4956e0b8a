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
import { derived, type Provenance, rowOfFields, unknown } from './provenance.js'
import { mixedFields } from './rows.js'
import { columnOf, expandStar, type NamedColumn, named, resolveColumn, rowItem } from './scope.js'

/** The only argument of such a call, of which nothing is known. */
const ANYTHING: Expression = { type: 'default' }

type Access = Extract<Expression, { type: 'access' }>

/** `(t).a` is the column itself where `t` is a relation; any other access computes a part of a value. */
export function evaluateAccess(access: Access, frame: Frame): Provenance {
  const { operand, fields, star, subscripts } = access
  const [field] = fields
  const isPlain = operand.type === 'column' && !operand.star && subscripts.length === 0
  if (isPlain && field !== undefined && fields.length === 1 && !star) {
    const value = resolveColumn(frame.scope, operand.path)
    const item = value.row === true ? rowItem(frame.scope, operand.path) : undefined
    if (item === undefined) return fieldOf(value, field, frame)
    const column = columnOf(item, field, frame.scope.rules)
    if (column === undefined) throw new AnalysisStop('unknown_column', `There is no column ${quoted(field)}.`)
    return column
  }
  const inside = evaluateAll(subscripts, frame)
  if (star) throw new AnalysisStop('unknown_column', '* stands where a single value is needed.')
  const value = evaluate(operand, frame)
  const part = rowOfFields(derived([value, ...inside]), mixedFields(value.fields, inside))
  return fields.reduce((row, name) => fieldOf(row, name, frame), part)
}

/** `(value).*` */
export function expandAccess(access: Access, frame: Frame): readonly NamedColumn[] {
  const { operand, fields, subscripts } = access
  const isWhole = fields.length === 0 && subscripts.length === 0
  const value = isWhole ? evaluate(operand, frame) : evaluateAccess({ ...access, star: false }, frame)
  if (isWhole && operand.type === 'column' && !operand.star && value.row === true) {
    if (rowItem(frame.scope, operand.path) !== undefined) return expandStar(frame.scope, operand.path)
  }
  if (value.fields === undefined) {
    throw new AnalysisStop(
      'unknown_column',
      'Expanding a value whose fields are not known with * is refused. Name its fields.',
    )
  }
  return value.fields.map(({ name, provenance }) =>
    named(name, rowOfFields(derived([provenance]), provenance.fields), frame.scope.rules),
  )
}

/** A field that the value is known to have, or else a call. */
function fieldOf(value: Provenance, name: string, frame: Frame): Provenance {
  const { analysis } = frame.place
  const { findings, rules } = analysis
  const field = value.fields?.find(each => each.name === name)
  if (field !== undefined) return rowOfFields(derived([field.provenance]), field.provenance.fields)
  const called = resolveFunction({ name }, analysis, undefined, [ANYTHING])
  findings.function(called.use)
  if (called.builtin?.shape === 'set') findings.compare(value, 'predicate', 'other')
  else if (rules.mayFail(name, [ANYTHING], 0)) findings.risk(value)
  noteCalled(called, [value], frame)
  const result = derived([value])
  return called.builtin !== undefined && called.pure
    ? result
    : unknown(`the function ${called.use.name} is not reviewed`, [result])
}
