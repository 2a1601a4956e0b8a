/**
 * Expressions by binding strength, the servers' own: OR, XOR, AND, NOT, comparisons and IS, BETWEEN, LIKE and
 * its like, `|`, `&`, shifts, sums, products, `^`, and the prefixes tightest. What only one server
 * takes (`a like b like c`) is read as that one reads it.
 */
import type { Expression, OperatorRole } from '../../relational.js'
import type { Cursor } from './cursor.js'
import { parseInterval } from './parse-interval.js'
import { parseOperand } from './parse-operand.js'
import { parsePredicate, predicateStrength } from './parse-predicate.js'
import { isQueryAhead, parseSubquery } from './parse-query.js'
import { not, operator } from './shapes.js'

const OR = 1
const XOR = 2
const AND = 3
export const NOT = 4
export const COMPARISON = 5
export const BETWEEN = 6
export const LIKE = 7
export const BITS = 8

interface Infix {
  readonly strength: number
  readonly name: string
  readonly role: OperatorRole
}

const INFIX: ReadonlyMap<string, Infix> = new Map<string, Infix>([
  ['or', { strength: OR, name: 'or', role: 'none' }],
  ['||', { strength: OR, name: 'or', role: 'none' }],
  ['xor', { strength: XOR, name: 'xor', role: 'none' }],
  ['and', { strength: AND, name: 'and', role: 'none' }],
  ['&&', { strength: AND, name: 'and', role: 'none' }],
  ['=', { strength: COMPARISON, name: '=', role: 'equality' }],
  ['<=>', { strength: COMPARISON, name: '=', role: 'inequality' }],
  ['<>', { strength: COMPARISON, name: '<>', role: 'inequality' }],
  ['!=', { strength: COMPARISON, name: '<>', role: 'inequality' }],
  ...['<', '<=', '>', '>='].map(name => [name, { strength: COMPARISON, name, role: 'range' }] as const),
  ['|', { strength: BITS, name: '|', role: 'none' }],
  ['&', { strength: BITS + 1, name: '&', role: 'none' }],
  ['<<', { strength: BITS + 2, name: '<<', role: 'none' }],
  ['>>', { strength: BITS + 2, name: '>>', role: 'none' }],
  ['+', { strength: BITS + 3, name: '+', role: 'none' }],
  ['-', { strength: BITS + 3, name: '-', role: 'none' }],
  ['*', { strength: BITS + 4, name: '*', role: 'none' }],
  ['/', { strength: BITS + 4, name: '/', role: 'none' }],
  ['%', { strength: BITS + 4, name: '%', role: 'none' }],
  ['mod', { strength: BITS + 4, name: '%', role: 'none' }],
  ['div', { strength: BITS + 4, name: 'div', role: 'none' }],
  ['^', { strength: BITS + 5, name: '^', role: 'none' }],
])

export function parseExpression(cursor: Cursor): Expression {
  return cursor.nested(() => parseFrom(cursor, OR))
}

export function parseExpressions(cursor: Cursor): readonly Expression[] {
  let height = 0
  const items = cursor.list(() => {
    const item = parseExpression(cursor)
    height = Math.max(height, cursor.height)
    return item
  })
  cursor.height = height
  return items
}

/** @param least only operators at least as strong are taken. */
export function parseFrom(cursor: Cursor, least: number): Expression {
  if (cursor.is('not')) {
    if (least > NOT) throw cursor.unexpected()
    cursor.take()
    const operand = cursor.nested(() => parseFrom(cursor, NOT))
    cursor.grow(cursor.height + 1)
    return parseRest(cursor, not(operand), least, NOT)
  }
  return parseRest(cursor, parseOperand(cursor), least)
}

/**
 * Takes what operators follow an operand that has been read. Behind a test or a list nothing stands that
 * binds tighter: `a is null + 1` is no expression to the server.
 */
export function parseRest(cursor: Cursor, first: Expression, least: number, tightest = BITS + 5): Expression {
  let left = first
  let most = tightest
  for (;;) {
    const { word } = cursor.peek()
    const infix = INFIX.get(word)
    if (infix !== undefined) {
      if (infix.strength < least || infix.strength > most) return left
      // What a date is moved by ends with its unit: whatever follows applies to the date that results.
      const isShift = SHIFTS.has(word) && cursor.is('interval', 1)
      left = parseInfix(cursor, left, infix)
      most = isShift ? BITS + 5 : Math.min(most, infix.strength)
    } else {
      const strength = predicateStrength(cursor, word)
      if (strength === undefined || strength < least || strength > most) return left
      left = parsePredicate(cursor, left)
      most = Math.min(most, strength)
    }
  }
}

const SHIFTS = new Set(['+', '-'])

function parseInfix(cursor: Cursor, left: Expression, infix: Infix): Expression {
  const { name, strength, role } = infix
  if (name === 'or' || name === 'and') return parseChain(cursor, left, name, strength)
  const height = cursor.height
  const { word } = cursor.take()
  if (strength === COMPARISON && QUANTIFIERS.has(cursor.peek().word))
    return parseQuantified(cursor, left, infix)
  const right =
    SHIFTS.has(word) && cursor.is('interval')
      ? parseInterval(cursor, strength + 1)
      : cursor.nested(() => parseFrom(cursor, strength + 1))
  cursor.grow(Math.max(height, cursor.height) + 1)
  if (word === '<=>') return not(operator('=', role, [left, right], 'distinct'))
  return operator(name, role, [left, right])
}

/** `a and b and c` is one node; what stands in brackets keeps its own. */
function parseChain(cursor: Cursor, first: Expression, name: 'and' | 'or', strength: number): Expression {
  const operands = [first]
  let { height } = cursor
  while (INFIX.get(cursor.peek().word)?.name === name) {
    cursor.take()
    operands.push(cursor.nested(() => parseFrom(cursor, strength + 1)))
    height = Math.max(height, cursor.height)
  }
  cursor.grow(height + 1)
  return { type: 'logic', operator: name, operands }
}

const QUANTIFIERS = new Set(['any', 'some', 'all'])

/** `a > all (select …)`. */
function parseQuantified(cursor: Cursor, left: Expression, { name, role }: Infix): Expression {
  const height = cursor.height
  if (!cursor.is('(', 1) || !isQueryAhead(cursor, 1)) throw cursor.unexpected()
  cursor.take()
  const query = parseSubquery(cursor)
  cursor.grow(height + 1)
  return { type: 'subquery', form: 'compare', query, operand: left, operator: { name: { name }, role } }
}
