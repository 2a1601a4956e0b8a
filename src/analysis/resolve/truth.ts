/** What a condition is worth before any row is read: always true, always false, or not known. */

import type { DialectRules } from '../dialects/dialect.js'
import { constantKind } from '../observed-constant.js'
import type { Expression } from '../relational.js'

export type Truth = true | false | 'unknown'

export interface TruthContext {
  readonly rules: Pick<DialectRules, 'textTruth' | 'exactText'>
  /** Whether an expression is a column that the catalog declares not null. */
  readonly neverNull: (expression: Expression) => boolean
}

export type TruthOf = (expression: Expression) => Truth

/** Asked of a condition and of its parts over and over: each is worked out once. */
export function knownTruths(context: TruthContext): TruthOf {
  const known = new Map<Expression, Truth>()
  function truthOf(expression: Expression): Truth {
    const found = known.get(expression)
    if (found !== undefined) return found
    const truth = workOut(expression, context, truthOf)
    known.set(expression, truth)
    return truth
  }
  return truthOf
}

function workOut(expression: Expression, context: TruthContext, inner: TruthOf): Truth {
  switch (expression.type) {
    case 'constant':
      return truthOfValue(expression.value, context)
    case 'cast':
      return inner(expression.operand)
    case 'logic':
      return truthOfLogic(expression.operator, expression.operands, inner)
    case 'truth-test': {
      const value = inner(expression.operand)
      if (value === 'unknown') return 'unknown'
      if (expression.test === 'true' || expression.test === 'not-false') return value
      return expression.test === 'false' || expression.test === 'not-true'
        ? !value
        : expression.test === 'not-unknown'
    }
    case 'null-test': {
      const { operand, negated } = expression
      if (operand.type === 'constant') return (operand.value === null) !== negated
      return context.neverNull(operand) ? negated : 'unknown'
    }
    case 'operator':
      return truthOfComparison(expression, context.rules.exactText)
    default:
      return 'unknown'
  }
}

function truthOfValue(value: string | number | boolean | null, { rules }: TruthContext): Truth {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0
  return value === null ? 'unknown' : rules.textTruth(value)
}

function truthOfLogic(
  operator: 'and' | 'or' | 'not',
  operands: readonly Expression[],
  inner: (operand: Expression) => Truth,
): Truth {
  const truths = operands.map(inner)
  if (operator === 'not') {
    const [truth = 'unknown'] = truths
    return truth === 'unknown' ? 'unknown' : !truth
  }
  if (operator === 'and') {
    if (truths.includes(false)) return false
    return truths.every(truth => truth === true) ? true : 'unknown'
  }
  if (truths.includes(true) || holdsOpposites(operands)) return true
  return truths.every(truth => truth === false) ? false : 'unknown'
}

/** A longer list is not searched: a member that excludes nothing makes it open in any case. */
const MAX_SEARCHED = 40

function holdsOpposites(operands: readonly Expression[]): boolean {
  if (operands.length > MAX_SEARCHED) return false
  return operands.some((one, at) => operands.slice(at + 1).some(other => areOpposites(one, other)))
}

/** `x is null or x is not null`, `p or not p`, `x = 1 or x <> 1`. */
function areOpposites(one: Expression, other: Expression): boolean {
  if (one.type === 'null-test' && other.type === 'null-test') {
    return one.negated !== other.negated && sameExpression(one.operand, other.operand)
  }
  if (
    one.type === 'operator' &&
    other.type === 'operator' &&
    one.form === 'plain' &&
    other.form === 'plain'
  ) {
    const pair = [one.name.name, other.name.name]
    const opposite = OPPOSITES.some(
      ([a, b]) => (pair[0] === a && pair[1] === b) || (pair[0] === b && pair[1] === a),
    )
    return opposite && isAlike(one.operands, other.operands) && one.operands.every(isStable)
  }
  const negates = (no: Expression, yes: Expression): boolean =>
    no.type === 'logic' && no.operator === 'not' && sameExpression(no.operands[0], yes)
  return negates(one, other) || negates(other, one)
}

const OPPOSITES: readonly (readonly [string, string])[] = [
  ['=', '<>'],
  ['<', '>='],
  ['>', '<='],
  ['<=', '>='],
  ['<=', '>'],
  ['~~', '!~~'],
]

function truthOfComparison(expression: Extract<Expression, { type: 'operator' }>, exactText: boolean): Truth {
  const { form, operands } = expression
  const name = form === 'distinct' ? { name: '<>' } : expression.name
  const [left, ...right] = operands
  const [first] = right
  if (left === undefined || first === undefined || expression.role === 'none') return 'unknown'
  if (form === 'in' && name.name === '=') {
    const equals = (item: Expression): Truth => compareValues('=', left, item, exactText)
    if (right.some(item => sameExpression(left, item) || equals(item) === true)) return true
    return right.every(item => equals(item) === false) ? false : 'unknown'
  }
  if ((form !== 'plain' && form !== 'distinct') || right.length !== 1) return 'unknown'
  if (form === 'distinct' && (isNull(left) || isNull(first))) {
    const isKnown = left.type === 'constant' && first.type === 'constant'
    return isKnown ? isNull(left) !== isNull(first) : 'unknown'
  }
  if (sameExpression(left, first) && isStable(left)) {
    // Only a null row escapes `x = x`; that is no limit to speak of.
    if (['=', '<=', '>=', '~~', '~~*'].includes(name.name)) return true
    return left.type === 'column' && ['<>', '<', '>'].includes(name.name)
      ? false
      : compareValues(name.name, left, first, exactText)
  }
  if (
    expression.role === 'pattern' &&
    (name.name === '~~' || name.name === '~~*') &&
    first.type === 'constant'
  ) {
    return typeof first.value === 'string' && /^%+$/.test(first.value) ? true : 'unknown'
  }
  return compareValues(name.name, left, first, exactText)
}

function isNull(expression: Expression): boolean {
  return expression.type === 'constant' && constantKind(expression) === 'null'
}

/**
 * Claims only what no type, collation or precision can change: a wrong "always false" would let a
 * condition that every row satisfies pass for a narrow one.
 */
function compareValues(operator: string, left: Expression, right: Expression, exactText: boolean): Truth {
  if (operator === '=' && isConstant(left) && sameExpression(left, right)) return true
  if (left.type !== 'constant' || right.type !== 'constant') return 'unknown'
  const [one, two] = [left.value, right.value]
  if (typeof one === 'number' && typeof two === 'number') {
    return Number.isSafeInteger(one) && Number.isSafeInteger(two)
      ? compareIntegers(operator, one, two)
      : 'unknown'
  }
  if (one === null || two === null || typeof one !== typeof two) return 'unknown'
  if (one !== two && typeof one === 'string' && !exactText) return 'unknown'
  if (operator === '=') return one === two
  return operator === '<>' ? one !== two : 'unknown'
}

function compareIntegers(operator: string, one: number, two: number): Truth {
  switch (operator) {
    case '=':
      return one === two
    case '<>':
      return one !== two
    case '<':
      return one < two
    case '<=':
      return one <= two
    case '>':
      return one > two
    case '>=':
      return one >= two
    default:
      return 'unknown'
  }
}

function isConstant(expression: Expression): boolean {
  if (expression.type === 'cast') return isConstant(expression.operand)
  return expression.type === 'constant' && constantKind(expression) !== 'null'
}

/** Stops at the first difference: this is asked of every member of a list. */
export function sameExpression(one: Expression | undefined, other: Expression | undefined): boolean {
  if (one === undefined || other === undefined || !isAlike(one, other)) return false
  // Two parameters are alike in form and different in value.
  return isStable(one)
}

function isAlike(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null)
    return one === other
  if (Reflect.get(one, 'type') !== Reflect.get(other, 'type')) return false
  const [own, others] = [Object.entries(one), Object.entries(other)]
  if (own.length !== others.length) return false
  return own.every(([key, value]) => isAlike(value, Reflect.get(other, key)))
}

/** Holds neither a parameter nor a call, whose value the form does not tell. */
function isStable(expression: Expression): boolean {
  return !/"type":"(?:parameter|call|subquery)"/.test(JSON.stringify(expression))
}
