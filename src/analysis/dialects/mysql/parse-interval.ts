import type { Expression } from '../../relational.js'
import type { Cursor } from './cursor.js'
import { NOT, parseExpression, parseFrom, parseRest } from './parse-expression.js'
import { parseCollated } from './parse-operand.js'
import { isQueryAhead } from './parse-query.js'
import { call, compose, operator } from './shapes.js'
import { UNITS } from './words.data.js'

/**
 * From INTERVAL on, behind `+` or `-`: `interval 1 day`, or the function `interval(a, b, …)` and what
 * operators of at least this strength follow it.
 */
export function parseInterval(cursor: Cursor, least: number): Expression {
  const { value, isCall } = parseIntervalValue(cursor)
  if (isCall) return parseRest(cursor, parseCollated(cursor, value), least)
  parseUnit(cursor)
  return compose('interval', [value])
}

/** An operand that begins with INTERVAL: the function, or `interval 1 day + date`. */
export function parseLeadingInterval(cursor: Cursor): Expression {
  const { value, isCall } = parseIntervalValue(cursor)
  if (isCall) return value
  parseUnit(cursor)
  cursor.expect('+')
  const { height } = cursor
  const date = cursor.nested(() => parseFrom(cursor, NOT))
  cursor.grow(Math.max(height, cursor.height) + 1)
  return operator('+', 'none', [date, compose('interval', [value])])
}

/** Behind a sign only the function: `- interval 1 day + x` is read in ways of its own. */
export function parseIntervalCall(cursor: Cursor): Expression {
  const { value, isCall } = parseIntervalValue(cursor)
  if (!isCall) throw cursor.unexpected()
  return parseCollated(cursor, value)
}

/** `interval n unit` as an argument. */
export function parseIntervalArgument(cursor: Cursor): Expression {
  const { value, isCall } = parseIntervalValue(cursor)
  if (isCall) return parseRest(cursor, parseCollated(cursor, value), 0)
  parseUnit(cursor)
  if (!cursor.is('+')) return compose('interval', [value])
  cursor.expect('+')
  const date = cursor.nested(() => parseFrom(cursor, NOT))
  return parseRest(cursor, operator('+', 'none', [date, compose('interval', [value])]), 0)
}

function parseIntervalValue(cursor: Cursor): { readonly value: Expression; readonly isCall: boolean } {
  cursor.expect('interval')
  if (!cursor.is('(') || isQueryAhead(cursor)) return { value: parseExpression(cursor), isCall: false }
  cursor.expect('(')
  const items = cursor.list(() => parseExpression(cursor))
  cursor.expect(')')
  const [first] = items
  if (first === undefined || items.length > 1) return { value: call('interval', items), isCall: true }
  return { value: parseRest(cursor, parseCollated(cursor, first), 0), isCall: false }
}

export function parseUnit(cursor: Cursor): string {
  const unit = cursor.acceptAny(UNITS)
  if (unit === undefined) throw cursor.unexpected()
  return unit
}
