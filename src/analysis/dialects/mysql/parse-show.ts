/**
 * SHOW, by what it really shows: names, types and keys of the schema; settings that the server tells every
 * client; or something else, which is refused by its verb. A WHERE can hold a query of its own, so one
 * that does more than compare makes the whole refused.
 */
import { MYSQL_FUNCTIONS } from '../../functions/mysql.data.js'
import type { QualifiedName, UtilityStatement } from '../../relational.js'
import { utility } from '../utility.js'
import type { Cursor } from './cursor.js'
import { skipRest } from './skip.js'
import { readRelations } from './utility.js'

export function parseShow(cursor: Cursor): UtilityStatement {
  cursor.expect('show')
  const known = parseCreated(cursor) ?? parseListed(cursor) ?? parseColumns(cursor) ?? parseSettings(cursor)
  if (known !== undefined && (cursor.atEnd() || cursor.is(';'))) return known
  skipRest(cursor)
  return utility('session', 'show', { result: 'opaque' })
}

function schema(relations: readonly QualifiedName[]): UtilityStatement {
  return utility('session', 'show schema', {
    relations: readRelations(relations),
    result: 'setting',
    harmless: true,
  })
}

/** `show create table t`: no rows and no code, but for a view's query, which the catalog readers see too. */
function parseCreated(cursor: Cursor): UtilityStatement | undefined {
  if (!cursor.accept('create', 'table') && !cursor.accept('create', 'view')) return undefined
  return schema([cursor.relation()])
}

function parseListed(cursor: Cursor): UtilityStatement | undefined {
  if (cursor.accept('databases') || cursor.accept('schemas')) {
    takePattern(cursor)
    return schema([])
  }
  const full = cursor.is('full') ? 1 : 0
  if (!cursor.is('tables', full)) return undefined
  if (full === 1) cursor.expect('full')
  cursor.expect('tables')
  takeSchema(cursor)
  takePattern(cursor)
  return schema([])
}

const COLUMNS = new Set(['columns', 'fields'])
const KEYS = new Set(['index', 'indexes', 'keys'])

function parseColumns(cursor: Cursor): UtilityStatement | undefined {
  const full = cursor.is('full') || cursor.is('extended') ? 1 : 0
  if (!cursor.isAny(COLUMNS, full) && !cursor.isAny(KEYS, full)) return undefined
  if (full === 1) cursor.take()
  cursor.take()
  if (!cursor.accept('from')) cursor.expect('in')
  const table = cursor.relation()
  const own = takeSchema(cursor)
  takePattern(cursor)
  return schema([own === undefined ? table : { schema: own, name: table.name }])
}

function takeSchema(cursor: Cursor): string | undefined {
  return cursor.accept('from') || cursor.accept('in') ? cursor.name() : undefined
}

/** LIKE, or a WHERE that compares what is listed with literals: a query in it would be left to be refused. */
function takePattern(cursor: Cursor): void {
  if (cursor.accept('like')) cursor.string()
  else if (cursor.is('where') && isPlainAhead(cursor)) skipRest(cursor)
}

const PLAIN = new Set(['=', '<>', '!=', '(', ')', ',', 'and', 'or', 'not', 'like', 'in', 'is', 'null'])

/** Whether the rest holds nothing but names, literals and comparisons. */
function isPlainAhead(cursor: Cursor): boolean {
  for (let at = 1; ; at += 1) {
    const { kind, word } = cursor.peek(at)
    if (kind === 'end' || word === ';') return true
    const isCall = cursor.isName(at) && cursor.is('(', at + 1)
    const isValue = cursor.isName(at) || kind === 'string' || kind === 'number' || kind === 'parameter'
    if (isCall || !(isValue || PLAIN.has(word))) return false
  }
}

const SCOPES = new Set(['global', 'session', 'local'])

/** Every client may know the character sets; of the settings, those that it is told anyway, asked for by name. */
function parseSettings(cursor: Cursor): UtilityStatement | undefined {
  const setting = utility('session', 'show client setting', { result: 'setting', harmless: true })
  if (cursor.accept('character', 'set') || cursor.accept('charset') || cursor.accept('collation')) {
    takePattern(cursor)
    return setting
  }
  if (cursor.accept('engines') || cursor.accept('storage', 'engines')) return setting
  const scoped = cursor.isAny(SCOPES) ? 1 : 0
  if (!cursor.is('variables', scoped)) return undefined
  if (scoped === 1) cursor.take()
  cursor.expect('variables')
  const names = settingNames(cursor)
  return names?.every(name => MYSQL_FUNCTIONS.has(`@@${name}`)) === true ? setting : undefined
}

/** The names in `like 'name'`, `where variable_name = 'name'` and `… in ('a', 'b')`. */
function settingNames(cursor: Cursor): readonly string[] | undefined {
  const name = (): string => cursor.string().toLowerCase()
  // An underscore matches any character: of these names, no other.
  if (cursor.accept('like')) return [name().replace(/\\_/g, '_')]
  if (!cursor.accept('where') || cursor.peek().text.toLowerCase() !== 'variable_name') return undefined
  cursor.name()
  if (cursor.accept('=')) return [name()]
  return cursor.accept('in') ? cursor.bracketed(name) : undefined
}
