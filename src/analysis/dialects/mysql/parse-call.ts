/** Calls of functions, aggregates and window functions. */
import type { CallExpression, Expression, SortKey } from '../../relational.js'
import { AnalysisStop, quoted } from '../../stop.js'
import { ARGUMENTS } from './call-arguments.js'
import type { Cursor } from './cursor.js'
import { parseExpressions } from './parse-expression.js'
import { parseSortKeys, parseWindow } from './parse-window.js'
import { call, compose, operator } from './shapes.js'
import { CALLED_KEYWORDS, GRAMMAR_FUNCTIONS } from './words.data.js'

/** `current_date`, `current_timestamp(3)`: brackets are optional. */
export function parseBareCall(cursor: Cursor): Expression {
  const { word } = cursor.take()
  if (!cursor.accept('(')) return call(word, [])
  const args = cursor.is(')') ? [] : parseExpressions(cursor)
  cursor.expect(')')
  return call(word, args)
}

export function parseCall(cursor: Cursor): Expression {
  const first = cursor.take()
  if (cursor.accept('.')) {
    const name = cursor.name().toLowerCase()
    return { ...finish(cursor, name, parseArguments(cursor)), name: { schema: first.text, name } }
  }
  const name = first.text.toLowerCase()
  if (first.kind === 'name') {
    if (ARGUMENTS.has(name) || GRAMMAR_FUNCTIONS.has(name) || CALLED_KEYWORDS.has(name)) {
      throw new AnalysisStop(
        'syntax',
        `The built-in function ${quoted(name)} is called by a quoted name, which may mean another. Leave out the quotes.`,
      )
    }
    return finish(cursor, name, parseArguments(cursor))
  }
  const special = ARGUMENTS.get(name)
  if (special === undefined) return choice(finish(cursor, name, parseArguments(cursor)))
  cursor.expect('(')
  const made = special(cursor, name)
  cursor.expect(')')
  cursor.grow(cursor.height + 1)
  return made.type === 'call' ? finish(cursor, name, made) : made
}

function parseArguments(cursor: Cursor): CallExpression {
  cursor.expect('(')
  if (cursor.accept(')')) return call('', [])
  const args = parseExpressions(cursor)
  cursor.expect(')')
  cursor.grow(cursor.height + 1)
  return call('', args)
}

const ENDS = new Set(['first', 'last'])
const BEHIND_ENDS = new Set(['respect', 'ignore', 'over'])

/** What stands behind the bracket of a call. */
function finish(cursor: Cursor, name: string, made: CallExpression): CallExpression {
  let order: readonly SortKey[] = made.order
  let withinGroup = false
  if (cursor.accept('within', 'group')) {
    cursor.expect('(', 'order', 'by')
    order = parseSortKeys(cursor)
    cursor.expect(')')
    withinGroup = true
  }
  if (cursor.is('from') && cursor.isAny(ENDS, 1) && cursor.isAny(BEHIND_ENDS, 2)) {
    cursor.take()
    cursor.take()
  }
  if ((cursor.is('respect') || cursor.is('ignore')) && cursor.is('nulls', 1)) {
    cursor.take()
    cursor.take()
  }
  const over = cursor.accept('over') ? parseWindow(cursor) : undefined
  return {
    ...made,
    name: made.name.name === '' ? { name } : made.name,
    order,
    withinGroup,
    ...(over === undefined ? {} : { over }),
  }
}

/** Functions that choose among their arguments decide by a condition: they are said as what they do. See also rules.ts. */
function choice(made: CallExpression): Expression {
  const { args } = made
  const [first, second, third] = args
  if (made.over !== undefined || made.withinGroup || first === undefined) return made
  if (made.name.name === 'isnull' && args.length === 1)
    return { type: 'null-test', operand: first, negated: false }
  if (second === undefined) return made
  switch (made.name.name) {
    case 'if':
      if (third === undefined || args.length !== 3) return made
      return { type: 'case', arms: [{ when: first, value: second }], otherwise: third }
    case 'nullif':
      return args.length === 2 ? compose('nullif', [operator('=', 'equality', [first, second])]) : made
    case 'ifnull':
    case 'coalesce':
      return compose('coalesce', args)
    case 'greatest':
    case 'least':
      return compose('extreme', args)
    case 'mod':
      return args.length === 2 ? operator('%', 'none', args) : made
    default:
      return made
  }
}
