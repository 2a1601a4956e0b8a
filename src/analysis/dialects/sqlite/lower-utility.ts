import type { QualifiedName as NameNode, PragmaBody, PragmaStmt, Stmt } from 'sqlite3-parser'
import type { QualifiedName, UtilityStatement } from '../../relational.js'
import { utility } from '../utility.js'
import { fold, nameOf, qualifiedName } from './names.js'
import { MAINTENANCE_PRAGMAS, SCHEMA_PRAGMAS, SETTING_PRAGMAS, TABLE_PRAGMAS } from './pragmas.data.js'
import { known, unknownNode } from './tree.js'

/** Statements that are lowered with their insides elsewhere. */
type Lowered = 'SelectStmt' | 'InsertStmt' | 'UpdateStmt' | 'DeleteStmt' | 'ExplainStmt' | 'CreateTableStmt'

export type UtilityNode = Exclude<Stmt, { type: Lowered }>

export function lowerUtility(node: UtilityNode): UtilityStatement {
  switch (node.type) {
    case 'BeginStmt':
      return utility('transaction', 'begin')
    case 'CommitStmt':
      return utility('transaction', 'commit')
    case 'RollbackStmt':
      return utility('transaction', node.savepointName === undefined ? 'rollback' : 'rollback to')
    case 'SavepointStmt':
      return utility('transaction', 'savepoint')
    case 'ReleaseStmt':
      return utility('transaction', 'release')
    case 'AttachStmt':
      return utility('session', 'attach')
    case 'DetachStmt':
      return utility('session', 'detach')
    case 'PragmaStmt':
      return lowerPragma(node)
    case 'VacuumStmt':
      return node.into === undefined ? utility('maintenance', 'vacuum') : utility('export', 'vacuum into')
    case 'AnalyzeStmt':
      return utility('maintenance', 'analyze', writing(node.objName))
    case 'ReindexStmt':
      return utility('maintenance', 'reindex', writing(node.objName))
    case 'AlterTableStmt':
      return utility('ddl', 'alter table', writing(node.tblName))
    case 'CreateIndexStmt': {
      const { dbName } = node.idxName
      const table = { name: node.tblName.text }
      const name = dbName === undefined ? table : { schema: dbName.text, ...table }
      return utility('ddl', 'create index', written(name))
    }
    case 'CreateTriggerStmt':
      return utility('ddl', 'create trigger', writing(node.tblName))
    case 'CreateViewStmt':
      return utility('ddl', 'create view')
    case 'CreateVirtualTableStmt':
      return utility('ddl', 'create virtual table')
    case 'DropIndexStmt':
      return utility('ddl', 'drop index')
    case 'DropTableStmt':
      return utility('ddl', 'drop table', writing(node.tblName))
    case 'DropTriggerStmt':
      return utility('ddl', 'drop trigger')
    case 'DropViewStmt':
      return utility('ddl', 'drop view', writing(node.viewName))
    default:
      return unsaid(node)
  }
}

function unsaid(node: never): never {
  return unknownNode((node as Stmt).type)
}

type Relations = Pick<UtilityStatement, 'relations'>

function writing(node: NameNode | undefined): Relations {
  return node === undefined ? { relations: [] } : written(qualifiedName(node))
}

function written(name: QualifiedName): Relations {
  return { relations: [{ name, access: 'write' }] }
}

/** `PRAGMA x`, `PRAGMA x = v` and `PRAGMA x(v)`; the last two mean the same. */
function lowerPragma(node: PragmaStmt): UtilityStatement {
  const { name: pragma, body } = known(node)
  const { schema, name } = qualifiedName(pragma)
  const word = fold(name)
  if (SCHEMA_PRAGMAS.has(word)) {
    const table = TABLE_PRAGMAS.has(word) ? argumentName(body) : undefined
    const qualified = table === undefined || schema === undefined ? {} : { schema }
    const relations =
      table === undefined ? [] : [{ name: { ...qualified, name: table }, access: 'read' as const }]
    return utility('session', 'show schema', { relations, result: 'setting', harmless: true })
  }
  if (MAINTENANCE_PRAGMAS.has(word)) return utility('maintenance', `pragma ${word}`, { result: 'opaque' })
  if (body !== undefined) return utility('session', 'pragma', { result: 'opaque' })
  return SETTING_PRAGMAS.has(word)
    ? utility('session', 'show client setting', { result: 'setting', harmless: true })
    : utility('session', 'show', { result: 'opaque' })
}

function argumentName(body: PragmaBody | undefined): string | undefined {
  if (body === undefined) return undefined
  const value = known(known(body).value)
  if (value.type === 'NameExpr') return nameOf(value.name)
  if (value.type === 'Id') return value.name
  return value.type === 'StringLiteral' || value.type === 'KeywordLiteral' ? value.value : undefined
}
