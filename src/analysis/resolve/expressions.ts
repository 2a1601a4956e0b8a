/**
 * Evaluates expressions to where their values come from, recording on the way every comparison, function
 * and sub-query. Each expression is evaluated exactly once.
 */

import type { Comparison } from '../../model/facts.js'
import { isEmptyText } from '../observed-constant.js'
import type {
  CaseExpression,
  Expression,
  OperatorExpression,
  OperatorRole,
  SubqueryExpression,
} from '../relational.js'
import { AnalysisStop, quoted } from '../stop.js'
import { evaluateAccess } from './access.js'
import { evaluateCall } from './calls.js'
import type { Frame } from './frame.js'
import { noteOperator, noteType } from './names.js'
import { nullSafeEquality } from './null-safe.js'
import { type Operand, operandOf, together } from './overloads.js'
import {
  COUNT,
  counted,
  derived,
  NONE,
  type Provenance,
  rowOfFields,
  typed,
  unknown,
  withoutRow,
} from './provenance.js'
import { analyzeQuery } from './queries.js'
import { isRowOf, mixedFields, ofType } from './rows.js'
import { findItem, resolveColumn, rowOf, type Scope } from './scope.js'

type ColumnExpression = Extract<Expression, { type: 'column' }>

export function evaluate(expression: Expression, frame: Frame): Provenance {
  const value = provenanceOf(expression, frame)
  // Whoever uses the value goes through its sources one by one.
  frame.place.analysis.spend(1 + value.sources.length / 2)
  return value
}

function provenanceOf(expression: Expression, frame: Frame): Provenance {
  switch (expression.type) {
    case 'column':
      return evaluateColumn(expression, frame)
    case 'constant':
    case 'parameter':
    case 'default':
    case 'cursor-position':
      return NONE
    case 'call':
      return evaluateCall(expression, frame)
    case 'operator':
      return evaluateOperator(expression, frame)
    case 'logic': {
      const same = nullSafeEquality(expression)
      if (same !== undefined) return evaluateOperator(same, frame)
      return derived(expression.operands.map(operand => evaluateCondition(operand, frame)))
    }
    case 'null-test': {
      const operand = evaluate(expression.operand, frame)
      frame.place.analysis.findings.compare(operand, frame.use, 'null-test')
      return counted(operand)
    }
    case 'truth-test':
      return derived([evaluateCondition(expression.operand, frame)])
    case 'case':
      return evaluateCase(expression, frame)
    case 'cast':
      return evaluateCast(expression, frame)
    case 'subquery':
      return evaluateSubquery(expression, frame)
    case 'compose':
      return evaluateComposed(expression, frame)
    case 'access':
      return evaluateAccess(expression, frame)
  }
}

const PARSED = new Set(['json-parsed', 'json-key', 'xml-parsed'])

function evaluateComposed(
  { form, parts }: Extract<Expression, { type: 'compose' }>,
  frame: Frame,
): Provenance {
  const { findings } = frame.place.analysis
  const isNullif = form === 'nullif'
  const values = parts.map(part =>
    isNullif && part.type === 'operator' ? evaluateOperator(part, frame, false) : evaluate(part, frame),
  )
  if (form === 'grouping') return NONE
  if (PARSED.has(form)) for (const value of values) findings.risk(value)
  // Whether a value is null decides whether those behind it are computed, and can fail.
  if (form === 'coalesce' && !parts.slice(1).every(isAtHand))
    for (const value of values.slice(0, -1)) findings.compare(value, frame.use, 'null-test')
  if (form !== 'row') return derived(values)
  const spreads = parts.some(part => part.type === 'column' && part.star)
  const fields = values.map((provenance, at) => ({ name: `f${at + 1}`, provenance }))
  return spreads ? { ...derived(values), holdsRow: true } : rowOfFields(derived(values), fields)
}

function isAtHand(expression: Expression): boolean {
  if (expression.type === 'cast') return expression.operand.type === 'constant'
  return expression.type === 'column' || expression.type === 'constant' || expression.type === 'parameter'
}

export function evaluateAll(expressions: readonly Expression[], frame: Frame): readonly Provenance[] {
  return expressions.map(expression => evaluate(expression, frame))
}

/** An expression whose truth decides something: whatever it reads is a predicate use. */
export function evaluateCondition(expression: Expression, frame: Frame): Provenance {
  const value = evaluate(expression, frame)
  if (!recordsItself(expression)) frame.place.analysis.findings.compare(value, frame.use, 'other')
  return value
}

function recordsItself(expression: Expression): boolean {
  switch (expression.type) {
    case 'logic':
    case 'null-test':
    case 'truth-test':
      return true
    case 'operator':
      return expression.role !== 'none'
    case 'subquery':
      return expression.form === 'exists' || expression.form === 'compare'
    default:
      return false
  }
}

function evaluateColumn(expression: ColumnExpression, frame: Frame): Provenance {
  const { path, star, orText } = expression
  frame.place.analysis.spend(columnsInSight(frame.scope) / 16)
  if (!star) return orText === true ? columnOrText(frame.scope, path) : resolveColumn(frame.scope, path)
  if (path.length === 0) throw new AnalysisStop('unknown_column', '* stands where a single value is needed.')
  const item = findItem(frame.scope, path)
  if (item === undefined)
    throw new AnalysisStop('unknown_column', `There is no relation ${quoted(path.join('.'))} here.`)
  return rowOf(item)
}

/** Every name is looked for among all of them. */
function columnsInSight(scope: Scope): number {
  let count = 0
  for (let level: Scope | null = scope; level !== null; level = level.outer)
    count += 1 + level.shape.visible.length + (level.outputs?.length ?? 0)
  return count
}

function columnOrText(scope: Scope, path: readonly string[]): Provenance {
  try {
    return resolveColumn(scope, path)
  } catch (error) {
    if (error instanceof AnalysisStop && error.code === 'unknown_column') return NONE
    throw error
  }
}

/** @param tells false where the value that is compared comes back, as from NULLIF: it is then no mere test of it. */
function evaluateOperator(expression: OperatorExpression, frame: Frame, tells = true): Provenance {
  const { name, role, form, operands } = expression
  const sides = operands.map(operand => sidesOf(operand, frame))
  const [first, ...rest] = operands.map((operand, at) => operandOver(operand, sides[at] ?? []))
  const two = [first, rest.length === 0 ? undefined : together(rest)].filter(side => side !== undefined)
  const standing = noteOperator(name, frame, two)
  if (form === 'between') noteOperator({ ...name, name: name.name === '<' ? '>' : '<=' }, frame, two)
  const all = sides.flat()
  if (standing === 'opaque') {
    for (const part of all) frame.place.analysis.findings.compare(part, frame.use, 'other')
    return unknown('an operator that is not reviewed computes it', all)
  }
  if (role === 'none' && !frame.place.analysis.rules.steadyOperators.has(name.name))
    for (const part of all) frame.place.analysis.findings.risk(part)
  if (tells && standing === 'built-in' && testsEmptiness(expression)) return evaluateEmptiness(all, frame)
  if (role !== 'none') compareSides(sides, form === 'all' && role === 'equality' ? 'inequality' : role, frame)
  const value = derived(all)
  return standing === 'pure' ? typed(value, true) : value
}

/** `x = ''` and `x <> ''`: of a column they tell no more than a null test does. */
function testsEmptiness({ role, form, operands }: OperatorExpression): boolean {
  const isEmpty = (operand: Expression): boolean => operand.type === 'constant' && isEmptyText(operand)
  const isEquality = role === 'equality' || role === 'inequality'
  return isEquality && form === 'plain' && operands.length === 2 && operands.some(isEmpty)
}

function evaluateEmptiness(sides: readonly Provenance[], frame: Frame): Provenance {
  for (const side of sides) frame.place.analysis.findings.compare(side, frame.use, 'null-test')
  return derived(sides.map(side => (side.kind === 'none' ? side : counted(side))))
}

/** One side of an operator, as `sidesOf` has evaluated it. */
function operandOver(expression: Expression, side: readonly Provenance[]): Operand {
  const isRow = expression.type === 'compose' && expression.form === 'row'
  const members = isRow ? expression.parts : [expression]
  return together(members.map((member, at) => operandOf(member, side[at] ?? NONE)))
}

/** `(a, b) = (1, 2)` compares member by member. */
function sidesOf(expression: Expression, frame: Frame): readonly Provenance[] {
  const isRow = expression.type === 'compose' && expression.form === 'row'
  return isRow ? evaluateAll(expression.parts, frame) : [evaluate(expression, frame)]
}

/** The first side is compared with each of the others, member by member where both are rows. */
function compareSides(sides: readonly (readonly Provenance[])[], role: OperatorRole, frame: Frame): void {
  const { findings } = frame.place.analysis
  const [subject = [], ...others] = sides
  subject.forEach((part, at) => {
    const partners = others.flatMap(other => membersFacing(other, at, subject.length))
    findings.compare(part, frame.use, comparison(role, partners), partners)
  })
  for (const other of others) {
    other.forEach((part, at) => {
      const partners = membersFacing(subject, at, other.length)
      findings.compare(part, frame.use, comparison(role, partners), partners)
    })
  }
}

function membersFacing(side: readonly Provenance[], at: number, width: number): readonly Provenance[] {
  const facing = side.length === width ? side[at] : undefined
  return facing === undefined ? side : [facing]
}

function comparison(role: OperatorRole, partners: readonly Provenance[]): Comparison {
  if (role === 'range' || role === 'pattern') return role
  if (role !== 'equality') return 'other'
  return partners.every(partner => partner.kind === 'none') ? 'equality-constant' : 'equality-column'
}

function evaluateCase(expression: CaseExpression, frame: Frame): Provenance {
  const parts: Provenance[] = []
  const subject = expression.subject === undefined ? undefined : evaluate(expression.subject, frame)
  if (subject !== undefined) parts.push(subject)
  for (const arm of expression.arms) {
    if (subject === undefined) parts.push(evaluateCondition(arm.when, frame))
    else {
      const value = evaluate(arm.when, frame)
      noteOperator({ name: '=' }, frame, [operandOf(expression.subject, subject), operandOf(arm.when, value)])
      compareSides([[subject], [value]], 'equality', frame)
      parts.push(value)
    }
    parts.push(evaluate(arm.value, frame))
  }
  if (expression.otherwise !== undefined) parts.push(evaluate(expression.otherwise, frame))
  return derived(parts)
}

/** Keeps a text column's value unchanged where the target is text of any length too. */
function evaluateCast(expression: Extract<Expression, { type: 'cast' }>, frame: Frame): Provenance {
  const value = evaluate(expression.operand, frame)
  const { to } = expression
  const ownType = noteType(to, frame) === 'own'
  const { plainText } = frame.place.analysis.rules
  // Views spell a whole row as `t.*::t`.
  if (isRowOf(value, frame.place.analysis.index.types.fieldsOf(to)) && !to.array) return value
  const unchanged =
    value.kind === 'direct' &&
    value.type !== undefined &&
    plainText.has(value.type.replace(/\(\d+\)$/, '')) &&
    plainText.has(to.name) &&
    !to.array &&
    !to.modified
  if (unchanged) return value
  if (to.array || !frame.place.analysis.rules.steadyTypes.has(to.name))
    frame.place.analysis.findings.risk(value)
  const result = typed(derived([value]), ownType)
  return ownType ? result : ofType(withoutRow(result), to, frame.place.analysis.index)
}

function evaluateSubquery(expression: SubqueryExpression, frame: Frame): Provenance {
  const operand = expression.operand === undefined ? [] : sidesOf(expression.operand, frame)
  const place = { ...frame.place, outer: frame.scope }
  const result = analyzeQuery(expression.query, place)
  const columns = result.columns.map(column => column.provenance)
  switch (expression.form) {
    case 'exists':
      return COUNT
    case 'scalar':
    case 'array':
      return rowOfFields(derived(columns), mixedFields(columns[0]?.fields, columns.slice(1)))
    case 'compare': {
      const { operator } = expression
      if (operator === undefined)
        throw new AnalysisStop('unknown_node', 'A comparison without an operator is refused.')
      const own = expression.operand === undefined ? [] : [operandOver(expression.operand, operand)]
      const others = columns.map(column => operandOf(undefined, column))
      const standing = noteOperator(operator.name, frame, [...own, together(others)])
      const role = standing === 'opaque' || operator.role === 'none' ? 'inequality' : operator.role
      compareSides([operand, columns], role, frame)
      return derived([...operand, ...columns])
    }
  }
}
