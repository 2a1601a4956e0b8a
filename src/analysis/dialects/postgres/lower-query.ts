import type {
  CommonTable,
  Expression,
  Query,
  Body as QueryBody,
  Select,
  Target,
  With,
  Write,
} from '../../relational.js'
import { lowerSortKeys, lowerWindow } from './lower-call.js'
import { lowerExpression, lowerExpressions, lowerOptional } from './lower-expression.js'
import { lowerSource } from './lower-source.js'
import { isWriteNode, lowerWrite } from './lower-write.js'
import { outputName } from './naming.js'
import {
  type Body,
  childBody,
  childNode,
  childNodes,
  expectFields,
  fieldSet,
  flag,
  listItems,
  requiredBody,
  requiredNode,
  type TreeNode,
  text,
  unknownNode,
  word,
  words,
} from './tree.js'

const SELECT = fieldSet(
  'distinctClause',
  'targetList',
  'fromClause',
  'whereClause',
  'groupClause',
  'groupDistinct',
  'havingClause',
  'windowClause',
  'valuesLists',
  'sortClause',
  'limitOffset',
  'limitCount',
  'limitOption',
  'lockingClause',
  'withClause',
  'op',
  'all',
  'larg',
  'rarg',
)
const RES_TARGET = fieldSet('name', 'val')
const WITH = fieldSet('ctes', 'recursive')
const COMMON_TABLE = fieldSet(
  'ctename',
  'aliascolnames',
  'ctematerialized',
  'ctequery',
  'search_clause',
  'cycle_clause',
)
const SEARCH = fieldSet('search_col_list', 'search_breadth_first', 'search_seq_column')
const CYCLE = fieldSet(
  'cycle_col_list',
  'cycle_mark_column',
  'cycle_mark_value',
  'cycle_mark_default',
  'cycle_path_column',
)
const LOCKING = fieldSet('lockedRels', 'strength', 'waitPolicy')
const GROUPING_SET = fieldSet('kind', 'content')

const SET_OPERATORS: Readonly<Record<string, 'union' | 'intersect' | 'except'>> = {
  SETOP_UNION: 'union',
  SETOP_INTERSECT: 'intersect',
  SETOP_EXCEPT: 'except',
}
const LOCKS: Readonly<Record<string, string>> = {
  LCS_FORKEYSHARE: 'for key share',
  LCS_FORSHARE: 'for share',
  LCS_FORNOKEYUPDATE: 'for no key update',
  LCS_FORUPDATE: 'for update',
}

export const NO_WITH: With = { recursive: false, tables: [] }

/** A sub-select: never with INTO, which stands only at the top. */
export function lowerSubselect(node: TreeNode): Query {
  return node.type === 'SelectStmt' ? lowerQuery(node.body) : unknownNode(node.type)
}

export function lowerQuery(body: Body): Query {
  expectFields('SelectStmt', body, SELECT)
  const limit = lowerOptional(body, 'limitCount')
  const offset = lowerOptional(body, 'limitOffset')
  return {
    with: lowerWith(body),
    body: lowerBody(body),
    order: lowerSortKeys(childNodes(body, 'sortClause')),
    ties: word(body, 'limitOption') === 'LIMIT_OPTION_WITH_TIES',
    locks: childNodes(body, 'lockingClause').map(node => {
      if (node.type !== 'LockingClause') return unknownNode(node.type)
      expectFields('LockingClause', node.body, LOCKING)
      return { strength: LOCKS[word(node.body, 'strength')] ?? unknownNode('LockingClause.strength') }
    }),
    ...(limit === undefined ? {} : { limit }),
    ...(offset === undefined ? {} : { offset }),
  }
}

function lowerBody(body: Body): QueryBody {
  const operation = word(body, 'op')
  if (operation !== 'SETOP_NONE') {
    return {
      type: 'set',
      operator: SET_OPERATORS[operation] ?? unknownNode('SelectStmt.op'),
      all: flag(body, 'all'),
      left: lowerQuery(requiredBody(body, 'larg')),
      right: lowerQuery(requiredBody(body, 'rarg')),
    }
  }
  if (body['valuesLists'] === undefined) return lowerSelect(body)
  const rows = childNodes(body, 'valuesLists').map(row =>
    row.type === 'List' ? lowerExpressions(listItems(row.body)) : unknownNode(row.type),
  )
  return { type: 'values', rows }
}

function lowerSelect(body: Body): Select {
  const where = lowerOptional(body, 'whereClause')
  const having = lowerOptional(body, 'havingClause')
  const hasSets = childNodes(body, 'groupClause').some(({ type }) => type === 'GroupingSet')
  return {
    type: 'select',
    distinct: lowerDistinct(body),
    targets: lowerTargets(childNodes(body, 'targetList')),
    from: childNodes(body, 'fromClause').map(lowerSource),
    group: childNodes(body, 'groupClause').flatMap(lowerGrouping),
    ...(hasSets ? { groupingSets: true } : {}),
    windows: childNodes(body, 'windowClause').map(node => {
      if (node.type !== 'WindowDef') return unknownNode(node.type)
      return { name: word(node.body, 'name'), window: lowerWindow(node.body, false) }
    }),
    ...(where === undefined ? {} : { where }),
    ...(having === undefined ? {} : { having }),
  }
}

/** Plain DISTINCT is a list of one empty node. */
function lowerDistinct(body: Body): Select['distinct'] {
  const clause = body['distinctClause']
  if (clause === undefined) return 'none'
  if (!Array.isArray(clause)) return unknownNode('SelectStmt.distinctClause')
  const plain = clause.length === 1 && Object.keys(Object(clause[0])).length === 0
  return plain ? 'all' : lowerExpressions(childNodes(body, 'distinctClause'))
}

export function lowerTargets(nodes: readonly TreeNode[]): readonly Target[] {
  return nodes.map(node => {
    if (node.type !== 'ResTarget') return unknownNode(node.type)
    expectFields('ResTarget', node.body, RES_TARGET)
    const value = requiredNode(node.body, 'val')
    return { name: text(node.body, 'name') ?? outputName(value), expression: lowerExpression(value) }
  })
}

/** ROLLUP, CUBE and GROUPING SETS group by their members as far as lineage is concerned. */
function lowerGrouping(node: TreeNode): readonly Expression[] {
  if (node.type !== 'GroupingSet') return [lowerExpression(node)]
  expectFields('GroupingSet', node.body, GROUPING_SET)
  return childNodes(node.body, 'content').flatMap(lowerGrouping)
}

export function lowerWith(body: Body): With {
  const clause = childBody(body, 'withClause')
  if (clause === undefined) return NO_WITH
  expectFields('WithClause', clause, WITH)
  return { recursive: flag(clause, 'recursive'), tables: childNodes(clause, 'ctes').map(lowerCommonTable) }
}

function lowerCommonTable(node: TreeNode): CommonTable {
  if (node.type !== 'CommonTableExpr') return unknownNode(node.type)
  const { body } = node
  expectFields('CommonTableExpr', body, COMMON_TABLE)
  const search = childBody(body, 'search_clause')
  const cycle = childBody(body, 'cycle_clause')
  if (search !== undefined) expectFields('CTESearchClause', search, SEARCH)
  if (cycle !== undefined) {
    expectFields('CTECycleClause', cycle, CYCLE)
    for (const field of ['cycle_mark_value', 'cycle_mark_default']) {
      const mark = childNode(cycle, field)
      // A cast here would run the type's code unseen.
      if (mark !== undefined && lowerExpression(mark).type !== 'constant') unknownNode(mark.type)
    }
  }
  return {
    name: word(body, 'ctename'),
    columns: words(body, 'aliascolnames'),
    body: lowerCommonBody(requiredNode(body, 'ctequery')),
    extra: [
      ...(search === undefined ? [] : [word(search, 'search_seq_column')]),
      ...(cycle === undefined ? [] : [word(cycle, 'cycle_mark_column'), word(cycle, 'cycle_path_column')]),
    ],
    tracked: [
      ...(search === undefined ? [] : words(search, 'search_col_list')),
      ...(cycle === undefined ? [] : words(cycle, 'cycle_col_list')),
    ],
  }
}

function lowerCommonBody(node: TreeNode): Query | Write {
  return isWriteNode(node.type) ? lowerWrite(node) : lowerSubselect(node)
}
