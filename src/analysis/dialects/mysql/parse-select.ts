import type { Expression, Select, Source, Target } from '../../relational.js'
import { refuseUnclearName } from './clear-names.js'
import type { Cursor } from './cursor.js'
import { parseExpression } from './parse-expression.js'
import { parseFrom as parseSources } from './parse-source.js'
import { parseWindowSpecification } from './parse-window.js'

const DISTINCT = new Set(['distinct', 'distinctrow', 'unique'])
const MODIFIERS = new Set([
  'high_priority',
  'straight_join',
  'sql_small_result',
  'sql_big_result',
  'sql_buffer_result',
  'sql_no_cache',
  'sql_calc_found_rows',
])

export function parseSelect(cursor: Cursor): Select {
  cursor.expect('select')
  const distinct = parseModifiers(cursor)
  const targets = parseTargets(cursor)
  parseInto(cursor)
  const from: readonly Source[] = cursor.accept('from') ? parseSources(cursor) : []
  const where = cursor.accept('where') ? parseExpression(cursor) : undefined
  const group = cursor.accept('group', 'by') ? parseGroup(cursor) : []
  const rollup = group.length > 0 && cursor.accept('with', 'rollup')
  const having = cursor.accept('having') ? parseExpression(cursor) : undefined
  const windows = cursor.accept('window') ? cursor.list(() => parseNamedWindow(cursor)) : []
  return {
    type: 'select',
    distinct: distinct ? 'all' : 'none',
    targets,
    from,
    group,
    ...(rollup ? { groupingSets: true } : {}),
    windows,
    ...(where === undefined ? {} : { where }),
    ...(having === undefined ? {} : { having }),
  }
}

function parseModifiers(cursor: Cursor): boolean {
  let distinct = false
  for (;;) {
    if (cursor.acceptAny(DISTINCT) !== undefined) distinct = true
    // A modifier to MariaDB, a column to MySQL 8.
    else if (cursor.is('sql_cache')) throw cursor.unexpected()
    else if (!cursor.accept('all') && cursor.acceptAny(MODIFIERS) === undefined) return distinct
  }
}

/** `*` alone stands only at the beginning. */
export function parseTargets(cursor: Cursor): readonly Target[] {
  const star: Target[] = []
  if (cursor.accept('*')) {
    star.push({ name: '*', expression: { type: 'column', path: [], star: true } })
    if (!cursor.accept(',')) return star
  }
  return [...star, ...cursor.list(() => parseTarget(cursor))]
}

function parseTarget(cursor: Cursor): Target {
  const stars = starLength(cursor)
  if (stars > 0) {
    const path = cursor.path(stars)
    cursor.expect('.', '*')
    return { name: '*', expression: { type: 'column', path, star: true } }
  }
  const first = cursor.peek()
  const isString = first.kind === 'string' || (first.word.startsWith('_') && cursor.peek(1).kind === 'string')
  const expression = parseExpression(cursor)
  const text = cursor.textSince(first.start)
  const alias = parseColumnAlias(cursor)
  if (alias !== undefined) return { name: alias, expression }
  const name = nameOf(expression, text, isString)
  return expression.type === 'column' ? { name, expression } : { name, expression, worded: true }
}

/** How many names stand before `.*`; 0 where no such star is next. */
function starLength(cursor: Cursor): number {
  for (let names = 1; names <= 2; names += 1) {
    const at = names * 2 - 1
    if (!cursor.isName(at - 1) || !cursor.is('.', at)) return 0
    if (cursor.is('*', at + 1)) return names
  }
  return 0
}

/** A column is named after itself, a string after its text, everything else after what was written. */
function nameOf(expression: Expression, text: string, isString: boolean): string {
  if (expression.type === 'column') return expression.path[expression.path.length - 1] ?? ''
  const introduced = expression.type === 'compose' ? expression.parts[0] : undefined
  const literal = introduced ?? expression
  if (isString && literal.type === 'constant') return String(literal.value).trimStart()
  return text
}

function parseColumnAlias(cursor: Cursor): string | undefined {
  const explicit = cursor.accept('as')
  const { kind, national } = cursor.peek()
  if (kind === 'string' && national === undefined) {
    const { text } = cursor.take()
    refuseUnclearName(text)
    return text
  }
  if (cursor.isName() && !(cursor.is('sounds') && !explicit)) return cursor.name()
  if (explicit) throw cursor.unexpected()
  return undefined
}

function parseGroup(cursor: Cursor): readonly Expression[] {
  const group = cursor.list(() => {
    const expression = parseExpression(cursor)
    if (!cursor.accept('asc')) cursor.accept('desc')
    return expression
  })
  return group
}

function parseNamedWindow(cursor: Cursor) {
  const name = cursor.name()
  cursor.expect('as')
  return { name, window: parseWindowSpecification(cursor) }
}

/** INTO, which the outermost query may hold once, in several places. */
export function parseInto(cursor: Cursor): void {
  if (!cursor.is('into')) return
  if (cursor.queries > 0 || cursor.into !== undefined) throw cursor.unexpected()
  cursor.expect('into')
  if (cursor.accept('outfile')) {
    cursor.into = 'file'
    cursor.string()
    parseExportOptions(cursor)
  } else if (cursor.accept('dumpfile')) {
    cursor.into = 'dumpfile'
    cursor.string()
  } else {
    cursor.into = 'variable'
    cursor.list(() => {
      if (cursor.peek().kind !== 'user-variable') throw cursor.unexpected()
      return cursor.take()
    })
  }
}

const SEPARATORS: readonly (readonly string[])[] = [
  ['terminated', 'by'],
  ['optionally', 'enclosed', 'by'],
  ['enclosed', 'by'],
  ['escaped', 'by'],
  ['starting', 'by'],
]

function parseExportOptions(cursor: Cursor): void {
  if (cursor.accept('character', 'set') || cursor.accept('charset')) {
    if (!cursor.accept('binary')) cursor.name()
  }
  for (const section of ['fields', 'columns', 'lines']) {
    if (!cursor.accept(section)) continue
    while (SEPARATORS.some(words => cursor.accept(...words))) {
      if (cursor.peek().kind === 'bytes') cursor.take()
      else cursor.string()
    }
  }
}
