/** Expressions that begin with a keyword of their own. */
import type { Expression } from '../../relational.js'
import type { Cursor } from './cursor.js'
import { BITS, parseExpression, parseExpressions, parseFrom } from './parse-expression.js'
import { takeCharacterSet } from './parse-operand.js'
import { isQueryAhead, parseSubquery } from './parse-query.js'
import { parseType } from './parse-type.js'
import { PROPOSED_ROW } from './proposed-row.js'
import { compose, constant, operator } from './shapes.js'

type Parser = (cursor: Cursor) => Expression

/** Keywords by themselves. */
const WORDS: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['null', cursor => literal(cursor, null)],
  ['true', cursor => literal(cursor, true)],
  ['false', cursor => literal(cursor, false)],
  ['case', parseCase],
])

/** Keywords with a bracket. */
const BRACKETED: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['exists', parseExists],
  ['convert', parseConvert],
  ['default', parseDefault],
  ['values', parseProposed],
  ['value', parseProposed],
  ['row', parseRow],
  ['match', parseFullText],
])

export function isSpecialWord(cursor: Cursor, word: string): boolean {
  if (WORDS.has(word)) return true
  // `match a, b against (…)` goes without.
  if (word === 'match') return true
  return BRACKETED.has(word) && cursor.is('(', 1)
}

export function parseSpecialWord(cursor: Cursor, word: string): Expression {
  const parse = WORDS.get(word) ?? BRACKETED.get(word)
  if (parse === undefined) throw cursor.unexpected()
  cursor.take()
  return parse(cursor)
}

function literal(cursor: Cursor, value: boolean | null): Expression {
  cursor.height = 1
  return constant(value)
}

function parseCase(cursor: Cursor): Expression {
  let height = 0
  const part = (): Expression => {
    const expression = parseExpression(cursor)
    height = Math.max(height, cursor.height)
    return expression
  }
  const subject = cursor.is('when') ? undefined : part()
  const arms: { readonly when: Expression; readonly value: Expression }[] = []
  while (cursor.accept('when')) {
    const when = part()
    cursor.expect('then')
    arms.push({ when, value: part() })
  }
  if (arms.length === 0) throw cursor.unexpected()
  const otherwise = cursor.accept('else') ? part() : undefined
  cursor.expect('end')
  cursor.grow(height + 1)
  return {
    type: 'case',
    arms,
    ...(subject === undefined ? {} : { subject }),
    ...(otherwise === undefined ? {} : { otherwise }),
  }
}

function parseExists(cursor: Cursor): Expression {
  if (!isQueryAhead(cursor)) throw cursor.unexpected()
  return { type: 'subquery', form: 'exists', query: parseSubquery(cursor) }
}

/** `convert(x, type)` casts; `convert(x using charset)` changes the bytes alone. */
function parseConvert(cursor: Cursor): Expression {
  cursor.expect('(')
  const operand = parseExpression(cursor)
  cursor.grow(cursor.height + 1)
  if (cursor.accept('using')) {
    takeCharacterSet(cursor)
    cursor.expect(')')
    return compose('collate', [operand])
  }
  cursor.expect(',')
  const to = parseType(cursor)
  cursor.expect(')')
  return { type: 'cast', operand, to }
}

/** `default(column)` shows what the schema declares. */
function parseDefault(cursor: Cursor): Expression {
  cursor.expect('(')
  const column: Expression = { type: 'column', path: cursor.path(3), star: false }
  cursor.expect(')')
  return compose('default', [column])
}

/** `values(column)` of INSERT … ON DUPLICATE KEY UPDATE: the row that was to be inserted. */
function parseProposed(cursor: Cursor): Expression {
  cursor.expect('(')
  const path = cursor.path(3)
  cursor.expect(')')
  return { type: 'column', path: [PROPOSED_ROW, path[path.length - 1] ?? ''], star: false }
}

function parseRow(cursor: Cursor): Expression {
  cursor.expect('(')
  const parts = parseExpressions(cursor)
  cursor.expect(')')
  cursor.grow(cursor.height + 1)
  return compose('row', parts)
}

/** `match (a, b) against ('…' in boolean mode)`. */
function parseFullText(cursor: Cursor): Expression {
  const column = (): Expression => ({ type: 'column', path: cursor.path(3), star: false })
  const columns = cursor.is('(') ? cursor.bracketed(column) : cursor.list(column)
  cursor.expect('against', '(')
  const sought = parseFrom(cursor, BITS)
  if (cursor.accept('in', 'natural', 'language', 'mode')) cursor.accept('with', 'query', 'expansion')
  else if (!cursor.accept('in', 'boolean', 'mode')) cursor.accept('with', 'query', 'expansion')
  cursor.expect(')')
  cursor.grow(cursor.height + 1)
  const [only] = columns
  const subject = only !== undefined && columns.length === 1 ? only : compose('row', columns)
  return operator('match against', 'pattern', [subject, sought])
}
