/** Whole statements: those that are lowered with their insides, and the rest by kind. */
import type { CopyStatement, Query, Statement } from '../../relational.js'
import { AnalysisStop } from '../../stop.js'
import type { Cursor } from './cursor.js'
import { parseDelete, parseUpdate } from './parse-change.js'
import { parseCreate } from './parse-create.js'
import { parseExplain } from './parse-explain.js'
import { parseInsert } from './parse-insert.js'
import { isQueryStart, parseQuery, parseQueryBehind, parseWith } from './parse-query.js'
import { parseShow } from './parse-show.js'
import { parseUtility } from './parse-utility.js'

/** One statement and at most one semicolon. @throws AnalysisStop for anything more. */
export function parseStatements(cursor: Cursor): Statement {
  if (cursor.atEnd()) throw new AnalysisStop('empty', 'There is no statement in the text. Submit one.')
  const statement = parseStatement(cursor)
  if (!cursor.accept(';')) {
    if (!cursor.atEnd()) throw cursor.unexpected()
    return statement
  }
  if (!cursor.atEnd()) {
    throw new AnalysisStop(
      'multiple_statements',
      'The text holds more than one statement. Submit them one at a time.',
    )
  }
  return statement
}

export function parseStatement(cursor: Cursor): Statement {
  switch (cursor.peek().word) {
    case 'insert':
    case 'replace':
      return parseInsert(cursor)
    case 'update':
      return parseUpdate(cursor)
    case 'delete':
      return cursor.is('history', 1) && cursor.is('from', 2) ? parseUtility(cursor) : parseDelete(cursor)
    case 'with':
      return parseBehindWith(cursor)
    case 'show':
      return parseShow(cursor)
    case 'explain':
    case 'describe':
    case 'desc':
    case 'analyze':
      return parseExplain(cursor)
    case 'create':
      return parseCreate(cursor)
  }
  if (isQueryStart(cursor)) return outermost(cursor, () => parseQuery(cursor))
  return parseUtility(cursor)
}

function parseBehindWith(cursor: Cursor): Statement {
  const tables = parseWith(cursor)
  if (cursor.is('update')) return parseUpdate(cursor, tables)
  if (cursor.is('delete')) return parseDelete(cursor, tables)
  return outermost(cursor, () => parseQueryBehind(cursor, tables))
}

/** A query that nothing is around: the only one that may have INTO. */
function outermost(cursor: Cursor, read: () => Query): Statement {
  cursor.queries -= 1
  const source = read()
  cursor.queries += 1
  const { into } = cursor
  if (into === undefined) return { type: 'query', query: source }
  const copy: CopyStatement = {
    type: 'copy',
    verb: into === 'variable' ? 'select into variable' : `select into ${into === 'file' ? 'outfile' : into}`,
    direction: 'to',
    place: into === 'variable' ? 'variable' : 'file',
    source,
  }
  return copy
}
