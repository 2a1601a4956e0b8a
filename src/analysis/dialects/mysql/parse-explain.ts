/** EXPLAIN and its synonyms, of a statement or of a table; MariaDB's ANALYZE, which runs the statement. */
import type { Statement } from '../../relational.js'
import { utility } from '../utility.js'
import type { Cursor } from './cursor.js'
import { parseTableMaintenance } from './parse-maintenance.js'
import { isQueryStart } from './parse-query.js'
import { parseStatement } from './parse-statement.js'
import { readRelations } from './utility.js'

const EXPLAINED = new Set(['select', 'insert', 'replace', 'update', 'delete', 'with', 'table', 'values'])

export function parseExplain(cursor: Cursor): Statement {
  if (cursor.is('analyze')) return parseAnalyze(cursor)
  cursor.take()
  if (!isExplainedAhead(cursor) && cursor.isName() && !isOptionAhead(cursor)) return parseColumnsOf(cursor)
  const analyze = cursor.accept('analyze')
  if (!cursor.accept('extended')) cursor.accept('partitions')
  const format = parseFormat(cursor)
  if (cursor.is('for') || !isExplainedAhead(cursor)) {
    // The plan of a statement that somebody else runs.
    cursor.expect('for', 'connection')
    cursor.take()
    return utility('explain', 'explain connection', { result: 'opaque' })
  }
  return explained(cursor, analyze, format)
}

function parseAnalyze(cursor: Cursor): Statement {
  cursor.expect('analyze')
  parseFormat(cursor)
  if (isExplainedAhead(cursor) && !cursor.is('table')) return explained(cursor, true)
  return parseTableMaintenance(cursor, 'analyze')
}

/** Without a format it is the session's own choice. */
function explained(cursor: Cursor, analyze: boolean, format?: string): Statement {
  cursor.queries += 1
  const statement = parseStatement(cursor)
  cursor.queries -= 1
  return { type: 'explain', analyze, statement, ...(format === 'traditional' ? { tabular: true } : {}) }
}

function isExplainedAhead(cursor: Cursor): boolean {
  return cursor.isAny(EXPLAINED) || (cursor.is('(') && isQueryStart(cursor))
}

/** `explain format = json select`, `explain extended select`, as against a table of that name. */
function isOptionAhead(cursor: Cursor): boolean {
  if (cursor.is('format')) return cursor.is('=', 1)
  if (cursor.is('extended') || cursor.is('partitions'))
    return cursor.peek(1).kind !== 'end' && !cursor.is(';', 1)
  return false
}

function parseFormat(cursor: Cursor): string | undefined {
  if (!cursor.is('format') || !cursor.is('=', 1)) return undefined
  cursor.expect('format', '=')
  return (cursor.peek().kind === 'string' ? cursor.string() : cursor.name()).toLowerCase()
}

/** `describe table`, `describe table column`, `describe table 'pattern'`. */
function parseColumnsOf(cursor: Cursor): Statement {
  const name = cursor.relation()
  if (cursor.peek().kind === 'string') cursor.take()
  else if (cursor.isName()) cursor.name()
  return utility('session', 'show schema', {
    relations: readRelations([name]),
    result: 'setting',
    harmless: true,
  })
}
