/**
 * From the SQLite parser's tree to the relational form. Exhaustive: every statement of the grammar is
 * lowered here or recognised by kind in `lower-utility.ts`; anything else is refused.
 */
import type { CmdList, CreateTableStmt, ExplainStmt, Stmt } from 'sqlite3-parser'
import type { Query, Statement } from '../../relational.js'
import { AnalysisStop } from '../../stop.js'
import { utility } from '../utility.js'
import { lowerSelect } from './lower-query.js'
import { lowerUtility } from './lower-utility.js'
import { lowerDelete, lowerInsert, lowerUpdate } from './lower-write.js'
import { qualifiedName } from './names.js'
import { reportedName } from './naming.js'
import type { Reading } from './reading.js'
import { known, unknownNode } from './tree.js'

/** Exactly one statement, or the analysis ends. */
export function lowerCommands(list: CmdList, reading: Reading): Statement {
  return lowerStatement(onlyOne(list), reading)
}

/** The query in the text of a CREATE VIEW. */
export function lowerViewDefinition(list: CmdList, reading: Reading): Query {
  const statement = onlyOne(list)
  if (statement.type !== 'CreateViewStmt') return unknownNode(statement.type)
  return lowerSelect(known(statement).select, reading)
}

function onlyOne(list: CmdList): Stmt {
  const [first, second] = known(list).cmds
  if (first === undefined) throw new AnalysisStop('empty', 'There is no statement in the text. Submit one.')
  if (second !== undefined)
    throw new AnalysisStop(
      'multiple_statements',
      'The text holds several statements. Submit them one at a time.',
    )
  return first
}

function lowerStatement(node: Stmt, reading: Reading): Statement {
  switch (node.type) {
    case 'SelectStmt':
      return { type: 'query', query: lowerSelect(known(node).body, reading, reportedName) }
    case 'InsertStmt':
      return lowerInsert(known(node), reading)
    case 'UpdateStmt':
      return lowerUpdate(known(node), reading)
    case 'DeleteStmt':
      return lowerDelete(known(node), reading)
    case 'ExplainStmt':
      return lowerExplain(known(node), reading)
    case 'CreateTableStmt':
      return lowerCreateTable(known(node), reading)
    default:
      return lowerUtility(node)
  }
}

/** Nothing is run, except that some PRAGMAs take effect as soon as they are prepared. */
function lowerExplain({ stmt }: ExplainStmt, reading: Reading): Statement {
  const statement = lowerStatement(stmt, reading)
  return stmt.type === 'PragmaStmt' ? statement : { type: 'explain', analyze: false, statement }
}

function lowerCreateTable(node: CreateTableStmt, reading: Reading): Statement {
  const { body } = node
  if (body.type !== 'AsSelectCreateTableBody') return utility('ddl', 'create table')
  const target = qualifiedName(node.tblName)
  return {
    type: 'create-as',
    verb: 'create table as',
    target: node.temporary ? { schema: 'temp', name: target.name } : target,
    columns: [],
    source: { type: 'query', query: lowerSelect(known(body).select, reading) },
  }
}
