/**
 * Reading the parser's tree without trusting it: a node with a field that the lowering does not know and
 * that is not empty ends the analysis, so nothing in a statement is skipped in silence.
 */
import type { AstNode, AstNodeMap } from 'sqlite3-parser'
import { AnalysisStop } from '../../stop.js'

export type NodeType = keyof AstNodeMap

export function unknownNode(type: string): never {
  throw new AnalysisStop(
    'unknown_node',
    `Cardea does not know the construct ${type}, so it refuses the statement.`,
  )
}

/** The fields of every node that is lowered with its insides, besides `type` and `span`. */
export const LOWERED_NODES: Readonly<Partial<Record<NodeType, readonly string[]>>> = {
  CmdList: ['cmds'],
  SelectStmt: ['body'],
  ExplainStmt: ['queryPlan', 'stmt'],
  InsertStmt: ['with', 'orConflict', 'tblName', 'columns', 'body', 'returning'],
  UpdateStmt: [
    'with',
    'orConflict',
    'tblName',
    'indexed',
    'sets',
    'from',
    'whereClause',
    'returning',
    'orderBy',
    'limit',
  ],
  DeleteStmt: ['with', 'tblName', 'indexed', 'whereClause', 'returning', 'orderBy', 'limit'],
  CreateTableStmt: ['temporary', 'ifNotExists', 'tblName', 'body'],
  AsSelectCreateTableBody: ['select'],
  CreateViewStmt: ['temporary', 'ifNotExists', 'viewName', 'columns', 'select'],
  PragmaStmt: ['name', 'body'],
  EqualsPragmaBody: ['value'],
  CallPragmaBody: ['value'],
  NameExpr: ['name'],
  KeywordLiteral: ['value'],
  Select: ['with', 'select', 'compounds', 'orderBy', 'limit'],
  CompoundSelect: ['operator', 'select'],
  SelectFrom: ['distinctness', 'columns', 'from', 'whereClause', 'groupBy', 'having', 'windowClause'],
  SelectValues: ['values'],
  ValuesRow: ['values'],
  With: ['recursive', 'ctes'],
  CommonTableExpr: ['tblName', 'columns', 'materialized', 'select'],
  IndexedColumn: ['colName', 'collationName', 'order'],
  ExprResultColumn: ['expr', 'alias'],
  StarResultColumn: [],
  TableStarResultColumn: ['table'],
  AsAs: ['name'],
  ElidedAs: ['name'],
  FromClause: ['select', 'joins'],
  JoinedSelectTable: ['operator', 'table', 'constraint'],
  CommaJoinOperator: [],
  TypedJoinJoinOperator: ['joinType'],
  OnJoinConstraint: ['expr'],
  UsingJoinConstraint: ['columns'],
  TableSelectTable: ['tblName', 'alias', 'indexed'],
  TableCallSelectTable: ['tblName', 'args', 'alias'],
  SelectSelectTable: ['select', 'alias'],
  SubSelectTable: ['from', 'alias'],
  IndexedByIndexed: ['idxName'],
  NotIndexedIndexed: [],
  Name: ['text'],
  Id: ['name'],
  QualifiedName: ['dbName', 'objName', 'alias'],
  SortedColumn: ['expr', 'order', 'nulls'],
  Limit: ['expr', 'offset'],
  WindowDef: ['name', 'window'],
  Window: ['base', 'partitionBy', 'orderBy', 'frameClause'],
  WindowOver: ['window'],
  NameOver: ['name'],
  FrameClause: ['mode', 'start', 'end', 'exclude'],
  CurrentRowFrameBound: [],
  FollowingFrameBound: ['expr'],
  PrecedingFrameBound: ['expr'],
  UnboundedFollowingFrameBound: [],
  UnboundedPrecedingFrameBound: [],
  FunctionTail: ['filterClause', 'overClause'],
  SortListFunctionCallOrder: ['columns'],
  WithinGroupFunctionCallOrder: ['expr'],
  BetweenExpr: ['lhs', 'not', 'start', 'end'],
  BinaryExpr: ['left', 'op', 'right'],
  CaseExpr: ['base', 'whenThenPairs', 'elseExpr'],
  WhenThen: ['when', 'then'],
  CastExpr: ['expr', 'typeName'],
  Type: ['name', 'size'],
  CollateExpr: ['expr', 'collation'],
  ExistsExpr: ['select'],
  FunctionCallExpr: ['name', 'distinctness', 'args', 'orderBy', 'filterOver'],
  FunctionCallStarExpr: ['name', 'filterOver'],
  InListExpr: ['lhs', 'not', 'rhs'],
  InSelectExpr: ['lhs', 'not', 'rhs'],
  InTableExpr: ['lhs', 'not', 'rhs', 'args'],
  IsNullExpr: ['expr'],
  LikeExpr: ['lhs', 'not', 'op', 'rhs', 'escape'],
  NotNullExpr: ['expr'],
  ParenthesizedExpr: ['exprs'],
  QualifiedExpr: ['schema', 'table', 'column'],
  RaiseExpr: ['resolve', 'message'],
  SubqueryExpr: ['select'],
  UnaryExpr: ['op', 'expr'],
  VariableExpr: ['name'],
  NumericLiteral: ['value'],
  StringLiteral: ['value'],
  BlobLiteral: ['bytes'],
  NullLiteral: [],
  CurrentDateLiteral: [],
  CurrentTimeLiteral: [],
  CurrentTimestampLiteral: [],
  SelectInsertBody: ['select', 'upsert'],
  DefaultValuesInsertBody: [],
  Upsert: ['index', 'doClause', 'next'],
  UpsertIndex: ['targets', 'whereClause'],
  SetUpsertDo: ['sets', 'whereClause'],
  NothingUpsertDo: [],
  SetAssignment: ['colNames', 'expr'],
}

/** Statements that are recognised by kind, and nodes that stand in those only. */
export const RECOGNISED_NODES: ReadonlySet<NodeType> = new Set<NodeType>([
  ...(['AlterTableStmt', 'AnalyzeStmt', 'AttachStmt', 'BeginStmt', 'CommitStmt'] as const),
  ...(['CreateIndexStmt', 'CreateTriggerStmt', 'CreateVirtualTableStmt', 'DetachStmt'] as const),
  ...(['DropIndexStmt', 'DropTableStmt', 'DropTriggerStmt', 'DropViewStmt', 'ReindexStmt'] as const),
  ...(['ReleaseStmt', 'RollbackStmt', 'SavepointStmt', 'VacuumStmt'] as const),
  ...(['ColumnDefinition', 'NamedColumnConstraint', 'PrimaryKeyColumnConstraint'] as const),
  ...(['NotNullColumnConstraint', 'UniqueColumnConstraint', 'CheckColumnConstraint'] as const),
  ...(['DefaultColumnConstraint', 'DeferColumnConstraint', 'CollateColumnConstraint'] as const),
  ...(['ForeignKeyColumnConstraint', 'GeneratedColumnConstraint', 'NamedTableConstraint'] as const),
  ...(['PrimaryKeyTableConstraint', 'UniqueTableConstraint', 'CheckTableConstraint'] as const),
  ...(['ForeignKeyTableConstraint', 'ColumnsAndConstraintsCreateTableBody'] as const),
  ...(['RenameToAlterTableBody', 'AddColumnAlterTableBody', 'DropColumnNotNullAlterTableBody'] as const),
  ...(['SetColumnNotNullAlterTableBody', 'RenameColumnAlterTableBody', 'DropColumnAlterTableBody'] as const),
  ...(['AddConstraintAlterTableBody', 'DropConstraintAlterTableBody', 'ForeignKeyClause'] as const),
  ...(['DeferSubclause', 'OnDeleteRefArg', 'OnInsertRefArg', 'OnUpdateRefArg', 'MatchRefArg'] as const),
  ...(['UpdateTriggerCmd', 'InsertTriggerCmd', 'DeleteTriggerCmd', 'SelectTriggerCmd'] as const),
  ...(['DeleteTriggerEvent', 'InsertTriggerEvent', 'UpdateTriggerEvent', 'UpdateOfTriggerEvent'] as const),
  ...(['MaxSizeTypeSize', 'TypeSizeTypeSize'] as const),
])

const FIELDS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(LOWERED_NODES).map(([type, fields]) => [type, new Set(['type', 'span', ...fields])]),
)

/** Hands the node back, once it holds nothing that the lowering does not read. */
export function known<Node extends AstNode>(node: Node): Node {
  const fields = FIELDS.get(node.type) ?? unknownNode(node.type)
  for (const [field, value] of Object.entries(node)) {
    if (!fields.has(field) && !isEmpty(value)) unknownNode(`${node.type}.${field}`)
  }
  return node
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === false || (Array.isArray(value) && value.length === 0)
}
