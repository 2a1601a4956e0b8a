/** IS, IN, BETWEEN, LIKE, REGEXP, SOUNDS LIKE, MEMBER OF: what stands behind an operand without being an operator sign. */
import type { Expression, TruthTest } from '../../relational.js'
import type { Cursor } from './cursor.js'
import {
  BETWEEN,
  BITS,
  COMPARISON,
  LIKE,
  parseExpression,
  parseExpressions,
  parseFrom,
} from './parse-expression.js'
import { isQueryAhead, parseSubquery } from './parse-query.js'
import { call, not, operator } from './shapes.js'

const LIKE_WORDS = new Set(['in', 'like', 'regexp', 'rlike'])

/** How tightly the predicate binds that is next; undefined where none is. */
export function predicateStrength(cursor: Cursor, word: string): number | undefined {
  switch (word) {
    case 'is':
      return COMPARISON
    case 'between':
      return BETWEEN
    case 'in':
    case 'like':
    case 'regexp':
    case 'rlike':
      return LIKE
    case 'not':
      if (cursor.is('between', 1)) return BETWEEN
      return cursor.isAny(LIKE_WORDS, 1) ? LIKE : undefined
    case 'sounds':
      return cursor.is('like', 1) ? LIKE : undefined
    case 'member':
      // `a member of (array)`; elsewhere `member` is a name.
      return cursor.is('(', 1) || (cursor.is('of', 1) && cursor.is('(', 2)) ? LIKE : undefined
    default:
      return undefined
  }
}

/** @param left what stands before it. */
export function parsePredicate(cursor: Cursor, left: Expression): Expression {
  const word = cursor.is('not') ? cursor.peek(1).word : cursor.peek().word
  const negated = cursor.is('not')
  switch (word) {
    case 'is':
      return parseTest(cursor, left)
    case 'between':
      return parseBetween(cursor, left, negated)
    case 'sounds':
      return parseSounds(cursor, left)
    case 'member':
      return parseMember(cursor, left)
    default:
      return parseMatch(cursor, left, negated)
  }
}

const TRUTHS: ReadonlyMap<string, readonly [TruthTest, TruthTest]> = new Map([
  ['true', ['true', 'not-true']],
  ['false', ['false', 'not-false']],
  ['unknown', ['unknown', 'not-unknown']],
])

function parseTest(cursor: Cursor, operand: Expression): Expression {
  cursor.expect('is')
  const negated = cursor.accept('not')
  cursor.grow(cursor.height + 1)
  if (cursor.accept('null')) return { type: 'null-test', operand, negated }
  const tests = TRUTHS.get(cursor.peek().word)
  if (tests === undefined) throw cursor.unexpected()
  cursor.take()
  return { type: 'truth-test', operand, test: tests[negated ? 1 : 0] }
}

function parseBetween(cursor: Cursor, left: Expression, negated: boolean): Expression {
  let { height } = cursor
  if (negated) cursor.expect('not')
  cursor.expect('between')
  const low = cursor.nested(() => parseFrom(cursor, BETWEEN))
  height = Math.max(height, cursor.height)
  cursor.expect('and')
  const high = cursor.nested(() => parseFrom(cursor, BETWEEN))
  cursor.grow(Math.max(height, cursor.height) + 1)
  return operator(negated ? '<' : '>=', 'range', [left, low, high], 'between')
}

function parseMatch(cursor: Cursor, left: Expression, negated: boolean): Expression {
  const { height } = cursor
  if (negated) cursor.expect('not')
  const { word } = cursor.take()
  if (word === 'in') return parseIn(cursor, left, negated)
  const right = parsePattern(cursor)
  const name = word === 'like' ? '~~' : '~'
  const operands = [left, right]
  if (word === 'like' && cursor.accept('escape')) {
    const mark = parsePattern(cursor)
    if (!isIdle(mark, right)) operands.push(mark)
  }
  cursor.grow(Math.max(height, cursor.height) + 1)
  return operator(negated ? `!${name}` : name, 'pattern', operands)
}

/** MariaDB reads `a like b not in (c)` as `a like (b not in (c))`; MySQL does not take it. */
function parsePattern(cursor: Cursor): Expression {
  let pattern = cursor.nested(() => parseFrom(cursor, BITS))
  while (cursor.is('not') && predicateStrength(cursor, 'not') !== undefined)
    pattern = cursor.nested(() => parsePredicate(cursor, pattern))
  return pattern
}

/** An escape character that the pattern does not hold changes nothing. */
function isIdle(mark: Expression, pattern: Expression): boolean {
  if (mark.type !== 'constant' || pattern.type !== 'constant') return false
  const { value } = mark
  if (typeof value !== 'string' || typeof pattern.value !== 'string') return false
  return value.length === 1 && value !== '%' && value !== '_' && !pattern.value.includes(value)
}

function parseIn(cursor: Cursor, left: Expression, negated: boolean): Expression {
  const { height } = cursor
  if (cursor.is('(') && isQueryAhead(cursor)) {
    const query = parseSubquery(cursor)
    cursor.grow(height + 1)
    const found: Expression = {
      type: 'subquery',
      form: 'compare',
      query,
      operand: left,
      operator: { name: { name: '=' }, role: 'equality' },
    }
    return negated ? not(found) : found
  }
  cursor.expect('(')
  const items = parseExpressions(cursor)
  cursor.expect(')')
  cursor.grow(Math.max(height, cursor.height) + 1)
  return negated
    ? operator('<>', 'inequality', [left, ...items], 'in')
    : operator('=', 'equality', [left, ...items], 'in')
}

function parseSounds(cursor: Cursor, left: Expression): Expression {
  const { height } = cursor
  cursor.expect('sounds', 'like')
  const right = parsePattern(cursor)
  cursor.grow(Math.max(height, cursor.height) + 2)
  return operator('=', 'equality', [call('soundex', [left]), call('soundex', [right])])
}

function parseMember(cursor: Cursor, left: Expression): Expression {
  const { height } = cursor
  cursor.take()
  cursor.accept('of')
  cursor.expect('(')
  const array = parseExpression(cursor)
  cursor.expect(')')
  cursor.grow(Math.max(height, cursor.height) + 1)
  return operator('member of', 'pattern', [left, array])
}
