/** That nothing of PostgreSQL's grammar is passed over: each node type is lowered, named or refused. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from '@jest/globals'
import { LOWERED_STATEMENTS, lowerParseTree } from '../../src/analysis/dialects/postgres/lower.js'
import { EXPRESSION_NODES, lowerExpression } from '../../src/analysis/dialects/postgres/lower-expression.js'
import { JSON_NODES } from '../../src/analysis/dialects/postgres/lower-json.js'
import { UTILITY_NODES } from '../../src/analysis/dialects/postgres/lower-utility.js'

const require = createRequire(import.meta.url)
const types = readFileSync(require.resolve('@pgsql/types/types.d.ts'), 'utf8')
/** The members of the union `Node`: every node type of the parser. */
const nodes = [
  ...types.slice(0, types.indexOf('export interface ParseResult')).matchAll(/^ {4}(\w+): \1;$/gm),
].map(match => match[1] ?? '')

/** Statement nodes that no text can begin with: parts of others, PL/pgSQL, or made after parsing. */
const NOT_AT_THE_TOP = ['RawStmt', 'SetOperationStmt', 'ReturnStmt', 'PLAssignStmt', 'ReplicaIdentityStmt']

/** What the parser leaves behind only after parse analysis or planning, never in a raw tree. */
const AFTER_PARSING = `
ParseResult ScanResult ScanToken SummaryResult Table Function FilterColumn Var Param Aggref WindowFunc
WindowFuncRunCondition SubscriptingRef FuncExpr OpExpr DistinctExpr NullIfExpr ScalarArrayOpExpr SubPlan
AlternativeSubPlan FieldSelect FieldStore RelabelType CoerceViaIO ArrayCoerceExpr ConvertRowtypeExpr CollateExpr
CaseTestExpr ArrayExpr RowCompareExpr JsonConstructorExpr JsonExpr JsonTablePath JsonTablePathScan
JsonTableSiblingJoin MergeAction CoerceToDomain CoerceToDomainValue NextValueExpr InferenceElem ReturningExpr
TargetEntry RangeTblRef FromExpr OnConflictExpr Query TableFunc RangeTblEntry RTEPermissionInfo RangeTblFunction
TableSampleClause WithCheckOption SortGroupClause WindowClause RowMarkClause OidList IntList InlineCodeBlock
CallContext JsonReturning`
  .trim()
  .split(/\s+/)

/** Parts of statements and of FROM, each read by the lowering of the node that holds it. */
const PARTS = `
Integer Float Boolean String BitString List Alias RangeVar IntoClause CaseWhen JsonFormat JsonBehavior JoinExpr TypeName
RoleSpec A_Star A_Indices ResTarget MultiAssignRef SortBy WindowDef RangeSubselect RangeFunction RangeTableFunc
RangeTableFuncCol RangeTableSample ColumnDef TableLikeClause IndexElem DefElem LockingClause PartitionElem
PartitionSpec PartitionBoundSpec PartitionRangeDatum PartitionCmd GroupingSet WithClause InferClause
OnConflictClause CTESearchClause CTECycleClause CommonTableExpr MergeWhenClause ReturningOption ReturningClause
TriggerTransition JsonOutput JsonArgument JsonTablePathSpec JsonTable JsonTableColumn JsonAggConstructor
AlterTableCmd ATAlterConstraint ObjectWithArgs AccessPriv Constraint CreateOpClassItem StatsElem FunctionParameter
VacuumRelation PublicationTable PublicationObjSpec`
  .trim()
  .split(/\s+/)

describe('the grammar', () => {
  test('was found', () => {
    expect(nodes.length).toBeGreaterThan(250)
  })

  const statements = nodes.filter(node => node.endsWith('Stmt') && !NOT_AT_THE_TOP.includes(node))

  test.each(statements)('%s is lowered or recognised by kind, not both', node => {
    expect([LOWERED_STATEMENTS.has(node), UTILITY_NODES.has(node)].filter(Boolean)).toHaveLength(1)
  })

  test('no statement is listed that the grammar does not have', () => {
    expect([...LOWERED_STATEMENTS, ...UTILITY_NODES].filter(node => !statements.includes(node))).toEqual([])
  })

  test('every other node is an expression that is lowered, a part of something, or never in a raw tree', () => {
    const known = new Set([...EXPRESSION_NODES, ...JSON_NODES, ...PARTS, ...AFTER_PARSING, ...NOT_AT_THE_TOP])
    expect(nodes.filter(node => !node.endsWith('Stmt') && !known.has(node))).toEqual([])
  })
})

describe('what the grammar may bring one day is refused', () => {
  const select = (body: object) => ({
    version: 1,
    stmts: [{ stmt: { SelectStmt: { op: 'SETOP_NONE', ...body } } }],
  })
  const target = (value: object) => select({ targetList: [{ ResTarget: { val: value } }] })

  test.each([
    ['a statement', { version: 1, stmts: [{ stmt: { TeleportStmt: {} } }] }],
    ['a clause of a statement', select({ qualifyClause: {} })],
    [
      'a field beside the statement',
      { version: 1, stmts: [{ stmt: { SelectStmt: { op: 'SETOP_NONE' } }, hints: [] }] },
    ],
    ['an expression', target({ PipeExpr: {} })],
    ['a field of an expression', target({ A_Const: { ival: {}, unit: 'x' } })],
    ['a kind of constant', target({ A_Const: {} })],
    [
      'a kind of operator',
      target({ A_Expr: { kind: 'AEXPR_NEW', name: [{ String: { sval: '=' } }], rexpr: { A_Const: {} } } }),
    ],
    [
      'a kind of sub-query',
      target({ SubLink: { subLinkType: 'NEW_SUBLINK', subselect: { SelectStmt: { op: 'SETOP_NONE' } } } }),
    ],
    ['a set operation', { version: 1, stmts: [{ stmt: { SelectStmt: { op: 'SETOP_NEW' } } }] }],
    ['a kind of FROM entry', select({ fromClause: [{ RangeGraph: {} }] })],
    ['a join', select({ fromClause: [{ JoinExpr: { jointype: 'JOIN_ASOF' } }] })],
    ['two types in one node', target({ A_Const: { ival: {} }, ParamRef: {} })],
    ['a list where a node belongs', target([])],
    [
      'a nested INTO',
      select({
        fromClause: [{ RangeSubselect: { subquery: { SelectStmt: { op: 'SETOP_NONE', intoClause: {} } } } }],
      }),
    ],
  ])('%s', (_what, tree) => {
    expect(() => lowerParseTree(tree)).toThrow(/does not know the construct/)
  })

  test('also inside expressions', () => {
    expect(() => lowerExpression({ type: 'CoalesceExpr', body: { args: [{ NewExpr: {} }] } })).toThrow(
      /NewExpr/,
    )
  })
})
