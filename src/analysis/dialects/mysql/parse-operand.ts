/** A single operand: a literal, a name, a call, a bracket, with the prefixes that bind tightest. */
import type { Expression } from '../../relational.js'
import { AnalysisStop } from '../../stop.js'
import type { Cursor } from './cursor.js'
import { exactNumber, isTemporal } from './literals.js'
import { parseBareCall, parseCall } from './parse-call.js'
import { parseExpression, parseExpressions } from './parse-expression.js'
import { parseIntervalCall, parseLeadingInterval } from './parse-interval.js'
import { isQueryAhead, parseSubquery } from './parse-query.js'
import { isSpecialWord, parseSpecialWord } from './parse-special.js'
import { call, castTo, compose, constant, not, operator } from './shapes.js'
import { BARE_CALLS, CALLED_KEYWORDS, CHARACTER_SETS } from './words.data.js'

export function parseOperand(cursor: Cursor): Expression {
  const { word } = cursor.peek()
  switch (word) {
    case '-':
    case '+':
    case '~':
    case '!':
    case 'binary':
      return cursor.nested(() => parsePrefixed(cursor))
  }
  return parseCollated(cursor, parsePrimary(cursor))
}

function parsePrefixed(cursor: Cursor): Expression {
  const { word } = cursor.take()
  const operand = cursor.is('interval') ? parseIntervalCall(cursor) : parseOperand(cursor)
  cursor.grow(cursor.height + 1)
  switch (word) {
    case '+':
      return operand
    case '-':
      if (operand.type === 'constant' && typeof operand.value === 'number') return constant(0 - operand.value)
      return operator('-', 'none', [operand])
    case '~':
      return operator('~', 'none', [operand])
    case '!':
      return not(operand)
    default:
      return compose('collate', [operand])
  }
}

export function parseCollated(cursor: Cursor, first: Expression): Expression {
  let operand = first
  while (cursor.accept('collate')) {
    takeCharacterSet(cursor)
    operand = compose('collate', [operand])
    cursor.grow(cursor.height + 1)
  }
  return operand
}

/** The name of a character set or collation: a word, a string, or `binary`. */
export function takeCharacterSet(cursor: Cursor): void {
  if (cursor.peek().kind === 'string' || cursor.is('binary') || cursor.isName()) cursor.take()
  else throw cursor.unexpected()
}

function parsePrimary(cursor: Cursor): Expression {
  cursor.height = 1
  const token = cursor.peek()
  switch (token.kind) {
    case 'number':
      return exactNumber(cursor.take().text)
    case 'string':
      return parseString(cursor)
    case 'bytes':
      return compose('collate', [constant(cursor.take().text)])
    case 'parameter':
      cursor.take()
      cursor.parameters += 1
      return { type: 'parameter', at: cursor.parameters - 1 }
    case 'user-variable':
      return parseUserVariable(cursor)
    case 'system-variable':
      return call(`@@${cursor.take().text.replace(/^(?:session|local)\./, '')}`, [])
    case 'symbol':
      if (token.word === '(') return parseBracket(cursor)
      if (token.word === '{') return parseEscape(cursor)
      throw cursor.unexpected()
    case 'word':
    case 'name':
      return parseNamed(cursor)
    default:
      throw cursor.unexpected()
  }
}

/** Strings side by side are one. */
function parseString(cursor: Cursor): Expression {
  const first = cursor.take()
  let { text } = first
  while (cursor.peek().kind === 'string' && cursor.peek().national === undefined) text += cursor.take().text
  return first.national === true ? compose('collate', [constant(text)]) : constant(text)
}

function parseUserVariable(cursor: Cursor): Expression {
  cursor.take()
  if (!cursor.accept(':=')) return call('user variable', [])
  return call('user variable assignment', [parseExpression(cursor)])
}

function parseBracket(cursor: Cursor): Expression {
  if (isQueryAhead(cursor)) return { type: 'subquery', form: 'scalar', query: parseSubquery(cursor) }
  cursor.expect('(')
  const items = parseExpressions(cursor)
  cursor.expect(')')
  const [only] = items
  cursor.grow(cursor.height + 1)
  return only !== undefined && items.length === 1 ? only : compose('row', items)
}

/** ODBC's `{d '2024-01-31'}` and `{fn now()}`: to the server, `{word expression}` is the expression. */
function parseEscape(cursor: Cursor): Expression {
  cursor.expect('{')
  const kind = cursor.name().toLowerCase()
  const literal = cursor.peek()
  const value = parseExpression(cursor)
  cursor.expect('}')
  const type = ({ d: 'date', t: 'time', ts: 'datetime' } as const)[kind]
  return type !== undefined && literal.kind === 'string' ? castTo(type, value) : value
}

function parseNamed(cursor: Cursor): Expression {
  const { word, kind } = cursor.peek()
  if (kind === 'word') {
    if (isSpecialWord(cursor, word)) return parseSpecialWord(cursor, word)
    if (word === 'interval') return parseLeadingInterval(cursor)
    if (word.startsWith('_')) {
      const introduced = parseIntroduced(cursor, word)
      if (introduced !== undefined) return introduced
    }
    if (isTemporal(word) && cursor.peek(1).kind === 'string') {
      cursor.take()
      return castTo(word === 'timestamp' ? 'datetime' : word, constant(cursor.string()))
    }
    if (BARE_CALLS.has(word)) return parseBareCall(cursor)
    if (CALLED_KEYWORDS.has(word) && cursor.is('(', 1)) return parseCall(cursor)
  }
  if (!cursor.isName()) throw cursor.unexpected()
  if (cursor.isCall()) return parseCall(cursor)
  if (cursor.is('.', 1) && cursor.isName(2) && cursor.is('(', 3)) return parseCall(cursor)
  return parseColumn(cursor)
}

/** `a`, `t.a`, `db.t.a`, and MySQL's `a->'$.b'`. */
function parseColumn(cursor: Cursor): Expression {
  const path: Expression = { type: 'column', path: cursor.path(3), star: false }
  if (cursor.is('(')) throw cursor.unexpected()
  if (cursor.accept('->')) return call('json_extract', [path, constant(cursor.string())])
  if (!cursor.accept('->>')) return path
  return call('json_unquote', [call('json_extract', [path, constant(cursor.string())])])
}

/** `_utf8mb4'…'`. Of a character set that only some servers know, the word is a column to the others. */
function parseIntroduced(cursor: Cursor, word: string): Expression | undefined {
  const { kind, national } = cursor.peek(1)
  const isLiteral = (kind === 'string' && national === undefined) || kind === 'bytes'
  if (!CHARACTER_SETS.has(word.slice(1))) {
    if (!isLiteral) return undefined
    throw new AnalysisStop('syntax', 'A literal of a character set that is not known everywhere is refused.')
  }
  cursor.take()
  if (!isLiteral) throw cursor.unexpected()
  return compose('collate', [parsePrimary(cursor)])
}
