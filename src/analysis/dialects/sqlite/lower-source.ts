import type {
  Expr,
  FromClause,
  JoinConstraint,
  JoinedSelectTable,
  QualifiedName as NameNode,
  SelectTable,
} from 'sqlite3-parser'
import type { FunctionSource, JoinSource, Source, SourceAlias } from '../../relational.js'
import { AnalysisStop } from '../../stop.js'
import { builtinCall } from './lower-call.js'
import { lowerExpression, lowerExpressions } from './lower-expression.js'
import { lowerSelect } from './lower-query.js'
import { aliasOf, fold, namesOf, qualifiedName } from './names.js'
import type { Reading } from './reading.js'
import { known, unknownNode } from './tree.js'

/** The engine's own limit on tables joined. */
const MAX_TABLES = 64
/** Bits of the parser's join types. */
const [NATURAL, LEFT, RIGHT] = [4, 8, 16]

/** Joins lean to the left; tables between commas only stay a list. */
export function lowerFrom(node: FromClause | undefined, reading: Reading): readonly Source[] {
  if (node === undefined) return []
  const { select, joins = [] } = known(node)
  if (select === undefined) return unknownNode('FromClause.select')
  if (joins.length >= MAX_TABLES)
    throw new AnalysisStop('too_deep', `The statement joins more than ${MAX_TABLES} tables.`)
  const first = lowerTable(select, reading, joins.length === 0)
  if (joins.every(isBareComma)) {
    return [first, ...joins.map(({ table }) => lowerNext(table, reading))]
  }
  return [joins.reduce<Source>((left, join) => lowerJoin(left, join, reading), first)]
}

function isBareComma(join: JoinedSelectTable): boolean {
  return known(join).operator.type === 'CommaJoinOperator' && join.constraint === undefined
}

function lowerJoin(left: Source, node: JoinedSelectTable, reading: Reading): JoinSource {
  const { operator, table, constraint } = known(node)
  const type = known(operator).type === 'CommaJoinOperator' ? 0 : bitsOf(operator)
  const kind =
    (type & LEFT) === 0 ? ((type & RIGHT) === 0 ? 'inner' : 'right') : (type & RIGHT) === 0 ? 'left' : 'full'
  return {
    type: 'join',
    kind,
    left,
    right: lowerNext(table, reading),
    natural: (type & NATURAL) !== 0,
    alias: { columns: [] },
    ...lowerConstraint(constraint, reading),
  }
}

/**
 * A table after the first. Of a join in brackets the engine makes a sub-query, whose `*` shows merged columns
 * in another order than that of a join without brackets.
 */
function lowerNext(node: SelectTable, reading: Reading): Source {
  const source = lowerTable(node, reading, false)
  return merges(source) ? unknownNode('SubSelectTable.using') : source
}

function merges(source: Source): boolean {
  if (source.type !== 'join') return false
  return source.natural || source.using.length > 0 || merges(source.left) || merges(source.right)
}

function bitsOf(operator: JoinedSelectTable['operator']): number {
  return 'joinType' in operator ? (operator.joinType ?? 0) : 0
}

function lowerConstraint(
  node: JoinConstraint | undefined,
  reading: Reading,
): Pick<JoinSource, 'using' | 'condition'> {
  if (node === undefined) return { using: [] }
  known(node)
  return node.type === 'UsingJoinConstraint'
    ? { using: namesOf(node.columns) }
    : { using: [], condition: lowerExpression(node.expr, reading) }
}

/** @param alone the first and only entry of its FROM. */
function lowerTable(node: SelectTable, reading: Reading, alone: boolean): Source {
  known(node)
  const alias = aliasOf(node.alias)
  switch (node.type) {
    case 'TableSelectTable':
      if (node.indexed !== undefined) known(node.indexed)
      return { type: 'table', name: qualifiedName(node.tblName), alias, sample: [] }
    case 'TableCallSelectTable':
      return functionSource(node.tblName, node.args, alias, reading)
    case 'SelectSelectTable':
      return { type: 'subquery', query: lowerSelect(node.select, reading), lateral: false, alias }
    case 'SubSelectTable':
      return lowerBrackets(node.from, alias, reading, alone)
    default:
      return unsaid(node)
  }
}

function unsaid(node: never): never {
  return unknownNode((node as SelectTable).type)
}

/**
 * `(a join b)`, `(t) as x`. Through an alias of several tables the engine still sees their own names, and
 * it forgets the alias of a single table in brackets unless that stands alone: neither can be said here.
 */
function lowerBrackets(node: FromClause, alias: SourceAlias, reading: Reading, alone: boolean): Source {
  const [only, ...more] = lowerFrom(node, reading)
  if (only === undefined) return unknownNode('SubSelectTable.from')
  if (more.length === 0 && only.type !== 'join') {
    if (alias.name !== undefined) return { ...only, alias }
    if (only.alias.name !== undefined && !alone) return unknownNode('SubSelectTable.from.alias')
    return only
  }
  if (alias.name !== undefined) return unknownNode('SubSelectTable.alias')
  return more.reduce<Source>(comma, only)
}

function comma(left: Source, right: Source): JoinSource {
  return { type: 'join', kind: 'inner', left, right, natural: false, using: [], alias: { columns: [] } }
}

export function functionSource(
  node: NameNode,
  args: readonly Expr[] | undefined,
  alias: SourceAlias,
  reading: Reading,
): FunctionSource {
  const { schema, name } = qualifiedName(node)
  const plain = builtinCall(fold(name), lowerExpressions(args, reading))
  const call = schema === undefined ? plain : { ...plain, name: { schema, name: fold(name) } }
  return { type: 'function', calls: [{ call, name, columns: [] }], ordinality: false, alias }
}
