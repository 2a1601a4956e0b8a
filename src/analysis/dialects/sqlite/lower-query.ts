import type {
  CommonTableExpr,
  Expr,
  QualifiedName as NameNode,
  OneSelect,
  ResultColumn,
  SelectFrom,
  Select as SelectNode,
  With as WithNode,
} from 'sqlite3-parser'
import type { Body, CommonTable, Query, Select, SetOperation, Target, With } from '../../relational.js'
import { lowerSortKeys, lowerSortTerm, lowerWindow } from './lower-call.js'
import { lowerExpression, lowerExpressions } from './lower-expression.js'
import { functionSource, lowerFrom } from './lower-source.js'
import { isTruthName, nameOf, qualifiedName } from './names.js'
import { innerName, reportedName } from './naming.js'
import type { Reading } from './reading.js'
import { known, unknownNode } from './tree.js'

const NO_WITH: With = { recursive: false, tables: [] }

/** @param name how an unnamed output column is named: as the result reports it, or as a statement around it says. */
export function lowerSelect(node: SelectNode, reading: Reading, name: Naming = innerName): Query {
  known(node)
  const first = query(lowerOneSelect(node.select, reading, name))
  const joined = (node.compounds ?? []).reduce<Query>((left, compound) => {
    const { operator, select } = known(compound)
    const right = query(lowerOneSelect(select, reading, name))
    return query({ type: 'set', ...(SET_OPERATORS[operator] ?? unknownNode(operator)), left, right })
  }, first)
  const limit = node.limit === undefined ? undefined : known(node.limit)
  return {
    ...joined,
    with: lowerWith(node.with, reading),
    order: lowerSortKeys(node.orderBy, reading),
    ...(limit === undefined ? {} : { limit: lowerExpression(limit.expr, reading) }),
    ...(limit?.offset === undefined ? {} : { offset: lowerExpression(limit.offset, reading) }),
  }
}

export type Naming = (node: Expr, reading: Reading) => string

const SET_OPERATORS: Readonly<Record<string, Pick<SetOperation, 'operator' | 'all'>>> = {
  Union: { operator: 'union', all: false },
  UnionAll: { operator: 'union', all: true },
  Intersect: { operator: 'intersect', all: false },
  Except: { operator: 'except', all: false },
}

function query(body: Body): Query {
  return { with: NO_WITH, body, order: [], ties: false, locks: [] }
}

/** With or without the keyword RECURSIVE, each table of a WITH sees all of them, and itself. */
export function lowerWith(node: WithNode | undefined, reading: Reading): With {
  if (node === undefined) return NO_WITH
  return { recursive: true, tables: known(node).ctes.map(table => lowerCommonTable(table, reading)) }
}

function lowerCommonTable(node: CommonTableExpr, reading: Reading): CommonTable {
  const { tblName, columns, select } = known(node)
  return {
    name: nameOf(tblName),
    columns: (columns ?? []).map(each => nameOf(known(each).colName)),
    body: lowerSelect(select, reading),
    extra: [],
    tracked: [],
  }
}

function lowerOneSelect(node: OneSelect, reading: Reading, name: Naming): Body {
  known(node)
  if (node.type === 'SelectFrom') return lowerSelectFrom(node, reading, name)
  return { type: 'values', rows: node.values.map(row => lowerExpressions(known(row).values, reading)) }
}

function lowerSelectFrom(node: SelectFrom, reading: Reading, name: Naming): Select {
  return {
    type: 'select',
    distinct: node.distinctness === 'Distinct' ? 'all' : 'none',
    targets: lowerTargets(node.columns, reading, name),
    from: lowerFrom(node.from, reading),
    group: (node.groupBy ?? []).map(term => lowerSortTerm(term, reading)),
    windows: (node.windowClause ?? []).map(each => {
      const { name: own, window } = known(each)
      return { name: nameOf(own), window: lowerWindow(window, reading) }
    }),
    ...(node.whereClause === undefined ? {} : { where: lowerExpression(node.whereClause, reading) }),
    ...(node.having === undefined ? {} : { having: lowerExpression(node.having, reading) }),
  }
}

export function lowerTargets(
  nodes: readonly ResultColumn[] | undefined,
  reading: Reading,
  name: Naming,
): readonly Target[] {
  return (nodes ?? []).map((node, at, all) => {
    const target = lowerTarget(known(node), reading, name)
    if (name === reportedName || !isTruthName(target.name)) return target
    // Inside, the engine calls such a column after its place.
    if (all.slice(0, at).some(({ type }) => type !== 'ExprResultColumn'))
      return unknownNode('output column name')
    return { ...target, name: `column${at + 1}` }
  })
}

function lowerTarget(node: ResultColumn, reading: Reading, name: Naming): Target {
  if (node.type !== 'ExprResultColumn') {
    const path = node.type === 'StarResultColumn' ? [] : [nameOf(node.table)]
    return { name: '', expression: { type: 'column', path, star: true } }
  }
  const expression = lowerExpression(node.expr, reading)
  if (node.alias === undefined) {
    const target = { name: name(node.expr, reading), expression }
    return name === reportedName ? { ...target, unnamed: true } : target
  }
  const own = nameOf(known(node.alias).name)
  // The engine gives such names of its own accord, to other columns than these.
  return isTruthName(own) || /:\d+$/.test(own) ? unknownNode('output column name') : { name: own, expression }
}

/** `x in t` and `x in f(1)`: all rows of a table, or of a function. */
export function rowsOf(name: NameNode, args: readonly Expr[] | undefined, reading: Reading): Query {
  const alias = { columns: [] }
  return query({
    type: 'select',
    distinct: 'none',
    targets: [{ name: '', expression: { type: 'column', path: [], star: true } }],
    from: [
      args === undefined
        ? { type: 'table', name: qualifiedName(name), alias, sample: [] }
        : functionSource(name, args, alias, reading),
    ],
    group: [],
    windows: [],
  })
}
