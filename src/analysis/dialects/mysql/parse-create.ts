/** CREATE: of a table from a query, lowered with the query; of everything else, by kind. */
import type { QualifiedName, Statement } from '../../relational.js'
import { AnalysisStop } from '../../stop.js'
import { utility } from '../utility.js'
import type { Cursor } from './cursor.js'
import { isQueryAhead, parseQuery } from './parse-query.js'
import { skipRest } from './skip.js'
import { readRelations, written } from './utility.js'

/** What can be created, after `create [or replace] [definer = …] [sql security …] [algorithm = …]`. */
const OBJECTS: readonly (readonly [string, 'ddl' | 'privilege'])[] = [
  ['user', 'privilege'],
  ['role', 'privilege'],
  ['resource group', 'privilege'],
  ['view', 'ddl'],
  ['sequence', 'ddl'],
  ['database', 'ddl'],
  ['schema', 'ddl'],
  ['index', 'ddl'],
  ['unique index', 'ddl'],
  ['fulltext index', 'ddl'],
  ['spatial index', 'ddl'],
  ['trigger', 'ddl'],
  ['procedure', 'ddl'],
  ['function', 'ddl'],
  ['aggregate function', 'ddl'],
  ['package', 'ddl'],
  ['package body', 'ddl'],
  ['event', 'ddl'],
  ['server', 'ddl'],
  ['tablespace', 'ddl'],
  ['undo tablespace', 'ddl'],
  ['logfile group', 'ddl'],
  ['spatial reference system', 'ddl'],
]

export function parseCreate(cursor: Cursor): Statement {
  cursor.expect('create')
  cursor.accept('or', 'replace')
  const temporary = cursor.accept('temporary')
  if (cursor.accept('table')) return parseCreateTable(cursor, temporary)
  // DEFINER and its like stand between: the object is the first word among them that is one.
  while (!cursor.atEnd() && !cursor.is(';')) {
    const found = OBJECTS.find(([words]) => words.split(' ').every((word, at) => cursor.is(word, at)))
    if (found !== undefined) {
      skipRest(cursor)
      return utility(found[1], `create ${found[0]}`)
    }
    cursor.take()
  }
  throw new AnalysisStop('unknown_node', 'Cardea does not know what the statement creates, so it refuses it.')
}

function parseCreateTable(cursor: Cursor, temporary: boolean): Statement {
  cursor.accept('if', 'not', 'exists')
  const target = cursor.relation()
  const verb = temporary ? 'create temporary table' : 'create table'
  const original = parseLike(cursor)
  if (original !== undefined) {
    skipRest(cursor)
    return utility('ddl', verb, { relations: [...readRelations([original]), ...written([target])] })
  }
  while (!isQueryNext(cursor)) {
    if (cursor.atEnd() || cursor.is(';')) return utility('ddl', verb, { relations: written([target]) })
    skipOne(cursor)
  }
  const source: Statement = { type: 'query', query: parseQuery(cursor) }
  return { type: 'create-as', verb: `${verb} as`, target, columns: [], source }
}

function parseLike(cursor: Cursor): QualifiedName | undefined {
  if (cursor.accept('like')) return cursor.relation()
  if (!cursor.is('(') || !cursor.is('like', 1)) return undefined
  cursor.expect('(', 'like')
  return cursor.relation()
}

function isQueryNext(cursor: Cursor): boolean {
  if (cursor.is('select') || cursor.is('values') || cursor.is('table')) return true
  if (cursor.is('with')) return !cursor.is('system', 1)
  return cursor.is('(') && isQueryAhead(cursor)
}

/** A token, or a bracket with all that it holds. */
function skipOne(cursor: Cursor): void {
  const closing = cursor.is('(') ? cursor.partner() : 0
  for (let at = 0; at <= closing; at += 1) cursor.take()
}
