import type { Expression, Source } from '../../relational.js'
import type { Cursor } from './cursor.js'
import { parseExpression } from './parse-expression.js'
import { parseAlias } from './parse-source.js'
import { parseType } from './parse-type.js'
import { constant } from './shapes.js'

/** `json_table(document, path columns (…)) as alias`. */
export function parseJsonTable(cursor: Cursor): Source {
  cursor.expect('json_table', '(')
  const inputs: Expression[] = [parseExpression(cursor)]
  cursor.expect(',')
  inputs.push(constant(cursor.string()))
  const columns = parseColumns(cursor, inputs)
  cursor.expect(')')
  const alias = parseAlias(cursor)
  if (alias.name === undefined) throw cursor.unexpected()
  return { type: 'computed', inputs, columns, alias }
}

function parseColumns(cursor: Cursor, inputs: Expression[]): readonly string[] {
  cursor.expect('columns')
  return cursor.bracketed(() => parseColumn(cursor, inputs)).flat()
}

function parseColumn(cursor: Cursor, inputs: Expression[]): readonly string[] {
  if (cursor.is('nested') && (cursor.is('path', 1) || cursor.peek(1).kind === 'string')) {
    cursor.take()
    cursor.accept('path')
    cursor.string()
    return cursor.nested(() => parseColumns(cursor, inputs))
  }
  const name = cursor.name()
  if (cursor.accept('for', 'ordinality')) return [name]
  inputs.push({ type: 'cast', operand: constant(null), to: parseType(cursor) })
  cursor.accept('exists')
  cursor.expect('path')
  cursor.string()
  while (parseReaction(cursor)) {}
  return [name]
}

/** `null on empty`, `error on error`, `default '…' on empty`. */
function parseReaction(cursor: Cursor): boolean {
  if (cursor.accept('default')) cursor.string()
  else if (!cursor.accept('null') && !cursor.accept('error')) return false
  cursor.expect('on')
  if (!cursor.accept('empty')) cursor.expect('error')
  return true
}
