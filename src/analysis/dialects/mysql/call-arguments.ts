/** Functions whose arguments have a grammar of their own. Each reader leaves the closing bracket. */
import type { CallExpression, Expression } from '../../relational.js'
import type { Cursor } from './cursor.js'
import { BITS, parseExpression, parseExpressions, parseFrom } from './parse-expression.js'
import { parseIntervalArgument, parseUnit } from './parse-interval.js'
import { takeCharacterSet } from './parse-operand.js'
import { parseType } from './parse-type.js'
import { parseSortKeys } from './parse-window.js'
import { call, constant } from './shapes.js'

type Reader = (cursor: Cursor, name: string) => CallExpression | Extract<Expression, { type: 'cast' }>

const AGGREGATES = [
  'avg',
  'bit_and',
  'bit_or',
  'bit_xor',
  'count',
  'json_arrayagg',
  'json_objectagg',
  'max',
  'min',
  'std',
  'stddev',
  'stddev_pop',
  'stddev_samp',
  'sum',
  'var_pop',
  'var_samp',
  'variance',
]

export const ARGUMENTS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...AGGREGATES.map(name => [name, readAggregate] as const),
  ['group_concat', readGroupConcat],
  ['cast', readCast],
  ['trim', readTrim],
  ['substring', readSubstring],
  ['substr', readSubstring],
  ['mid', readSubstring],
  ['position', readPosition],
  ['extract', readExtract],
  ['char', readChar],
  ['timestampadd', readTimestamp],
  ['timestampdiff', readTimestamp],
  ['get_format', readFormat],
  ['weight_string', readWeight],
  ['json_value', readJsonValue],
  ...['date_add', 'date_sub', 'adddate', 'subdate'].map(name => [name, readShift] as const),
])

function readAggregate(cursor: Cursor, name: string): CallExpression {
  if (name === 'count' && cursor.accept('*')) return call(name, [], { star: true })
  const distinct = cursor.accept('distinct')
  if (!distinct) cursor.accept('all')
  const args = parseExpressions(cursor)
  const order = cursor.accept('order', 'by') ? parseSortKeys(cursor) : []
  if (name === 'json_arrayagg') takeLimit(cursor)
  return call(name, args, { distinct, order })
}

function readGroupConcat(cursor: Cursor, name: string): CallExpression {
  const distinct = cursor.accept('distinct')
  const args = parseExpressions(cursor)
  const order = cursor.accept('order', 'by') ? parseSortKeys(cursor) : []
  if (cursor.accept('separator')) {
    if (cursor.peek().kind !== 'string' && cursor.peek().kind !== 'bytes') throw cursor.unexpected()
    cursor.take()
  }
  takeLimit(cursor)
  return call(name, args, { distinct, order })
}

function takeLimit(cursor: Cursor): void {
  if (!cursor.accept('limit')) return
  takeCount(cursor)
  if (cursor.accept(',') || cursor.accept('offset')) takeCount(cursor)
}

function takeCount(cursor: Cursor): void {
  const { kind } = cursor.peek()
  if (kind === 'parameter') cursor.parameters += 1
  else if (kind !== 'number') throw cursor.unexpected()
  cursor.take()
}

function readCast(cursor: Cursor): Extract<Expression, { type: 'cast' }> {
  const operand = parseExpression(cursor)
  cursor.expect('as')
  return { type: 'cast', operand, to: parseType(cursor) }
}

/** `trim(both 'x' from y)`, `trim('x' from y)`, `trim(y)`. */
function readTrim(cursor: Cursor, name: string): CallExpression {
  const sided = cursor.acceptAny(SIDES) !== undefined
  if (sided && cursor.accept('from')) return call(name, [parseExpression(cursor)])
  const first = parseExpression(cursor)
  if (cursor.accept('from')) return call(name, [first, parseExpression(cursor)])
  if (sided) throw cursor.unexpected()
  return call(name, [first])
}

const SIDES = new Set(['both', 'leading', 'trailing'])

function readSubstring(cursor: Cursor, name: string): CallExpression {
  const args = [...parseExpressions(cursor)]
  if (args.length === 1 && cursor.accept('from')) {
    args.push(parseExpression(cursor))
    if (cursor.accept('for')) args.push(parseExpression(cursor))
  }
  return call(name, args)
}

function readPosition(cursor: Cursor, name: string): CallExpression {
  const sought = parseFrom(cursor, BITS)
  cursor.expect('in')
  return call(name, [sought, parseExpression(cursor)])
}

function readExtract(cursor: Cursor, name: string): CallExpression {
  const unit = parseUnit(cursor)
  cursor.expect('from')
  return call(name, [constant(unit), parseExpression(cursor)])
}

function readChar(cursor: Cursor, name: string): CallExpression {
  const args = parseExpressions(cursor)
  if (cursor.accept('using')) takeCharacterSet(cursor)
  return call(name, args)
}

function readTimestamp(cursor: Cursor, name: string): CallExpression {
  const unit = parseUnit(cursor)
  cursor.expect(',')
  const first = parseExpression(cursor)
  cursor.expect(',')
  return call(name, [constant(unit), first, parseExpression(cursor)])
}

const FORMATS = new Set(['date', 'time', 'datetime', 'timestamp'])

function readFormat(cursor: Cursor, name: string): CallExpression {
  const kind = cursor.acceptAny(FORMATS)
  if (kind === undefined) throw cursor.unexpected()
  cursor.expect(',')
  return call(name, [constant(kind), parseExpression(cursor)])
}

/** `weight_string(x as char(3) level 1 desc)`: all about how, nothing more of what. */
function readWeight(cursor: Cursor, name: string): CallExpression {
  const value = parseExpression(cursor)
  // As a view's definition has it.
  while (cursor.accept(',')) takeCount(cursor)
  if (cursor.accept('as')) {
    if (!cursor.is('char') && !cursor.is('binary')) throw cursor.unexpected()
    parseType(cursor)
  }
  if (cursor.accept('level')) {
    cursor.list(() => {
      takeCount(cursor)
      if (cursor.accept('-')) takeCount(cursor)
      if (!cursor.accept('asc')) cursor.accept('desc')
      cursor.accept('reverse')
    })
  }
  return call(name, [value])
}

/** MySQL's `json_value(doc, path returning type default x on empty error on error)`. */
function readJsonValue(cursor: Cursor, name: string): CallExpression {
  const args = [...parseExpressions(cursor)]
  let to: Expression | undefined
  if (cursor.accept('returning')) to = { type: 'cast', operand: constant(null), to: parseType(cursor) }
  for (;;) {
    if (cursor.accept('default')) args.push(parseFrom(cursor, BITS))
    else if (!cursor.accept('null') && !cursor.accept('error')) break
    cursor.expect('on')
    if (!cursor.accept('empty')) cursor.expect('error')
  }
  return call(name, to === undefined ? args : [...args, to])
}

function readShift(cursor: Cursor, name: string): CallExpression {
  const date = parseExpression(cursor)
  cursor.expect(',')
  if (!cursor.is('interval')) return call(name, [date, parseExpression(cursor)])
  return call(name, [date, parseIntervalArgument(cursor)])
}
