import type {
  Assignment,
  Delete,
  Expression,
  Insert,
  Merge,
  MergeClause,
  Returning,
  Update,
  Write,
} from '../../relational.js'
import { lowerExpression, lowerExpressions, lowerIndices, lowerOptional } from './lower-expression.js'
import { lowerTable } from './lower-names.js'
import { lowerSubselect, lowerTargets, lowerWith } from './lower-query.js'
import { lowerSource } from './lower-source.js'
import {
  type Body,
  childBody,
  childNode,
  childNodes,
  expectFields,
  fieldSet,
  requiredBody,
  requiredNode,
  type TreeNode,
  text,
  unknownNode,
  whole,
  word,
} from './tree.js'

const INSERT = fieldSet(
  'relation',
  'cols',
  'selectStmt',
  'onConflictClause',
  'returningClause',
  'withClause',
  'override',
)
const DELETE = fieldSet('relation', 'usingClause', 'whereClause', 'returningClause', 'withClause')
const UPDATE = fieldSet(
  'relation',
  'targetList',
  'whereClause',
  'fromClause',
  'returningClause',
  'withClause',
)
const MERGE = fieldSet(
  'relation',
  'sourceRelation',
  'joinCondition',
  'mergeWhenClauses',
  'returningClause',
  'withClause',
)
const MERGE_WHEN = fieldSet('matchKind', 'commandType', 'override', 'condition', 'targetList', 'values')
const CONFLICT = fieldSet('action', 'infer', 'targetList', 'whereClause')
const INFER = fieldSet('indexElems', 'whereClause', 'conname')
const INDEX_ELEM = fieldSet('name', 'expr', 'collation', 'opclass', 'ordering', 'nulls_ordering')
const RES_TARGET = fieldSet('name', 'indirection', 'val')
const MULTI_ASSIGN = fieldSet('source', 'colno', 'ncolumns')
const RETURNING = fieldSet('options', 'exprs')
const RETURNING_OPTION = fieldSet('option', 'value')

export function isWriteNode(type: string): boolean {
  return type === 'InsertStmt' || type === 'UpdateStmt' || type === 'DeleteStmt' || type === 'MergeStmt'
}

export function lowerWrite(node: TreeNode): Write {
  switch (node.type) {
    case 'InsertStmt':
      return lowerInsert(node.body)
    case 'UpdateStmt':
      return lowerUpdate(node.body)
    case 'DeleteStmt':
      return lowerDelete(node.body)
    case 'MergeStmt':
      return lowerMerge(node.body)
    default:
      return unknownNode(node.type)
  }
}

function lowerInsert(body: Body): Insert {
  expectFields('InsertStmt', body, INSERT)
  const source = childNode(body, 'selectStmt')
  const conflict = childBody(body, 'onConflictClause')
  const columns = childNodes(body, 'cols').map(lowerInsertColumn)
  return {
    type: 'insert',
    with: lowerWith(body),
    target: lowerTable(requiredBody(body, 'relation')),
    columns,
    returning: lowerReturning(body),
    ...(source === undefined ? {} : { source: lowerSubselect(source) }),
    ...(conflict === undefined ? {} : { conflict: lowerConflict(conflict) }),
  }
}

function lowerConflict(body: Body): NonNullable<Insert['conflict']> {
  expectFields('OnConflictClause', body, CONFLICT)
  const infer = childBody(body, 'infer')
  if (infer !== undefined) expectFields('InferClause', infer, INFER)
  const elements = infer === undefined ? [] : childNodes(infer, 'indexElems').map(lowerIndexElement)
  const condition = infer === undefined ? undefined : lowerOptional(infer, 'whereClause')
  const where = lowerOptional(body, 'whereClause')
  const action = word(body, 'action')
  if (action !== 'ONCONFLICT_NOTHING' && action !== 'ONCONFLICT_UPDATE')
    unknownNode('OnConflictClause.action')
  return {
    columns: condition === undefined ? elements : [...elements, condition],
    updates: action === 'ONCONFLICT_UPDATE',
    assignments: lowerAssignments(childNodes(body, 'targetList')),
    ...(where === undefined ? {} : { where }),
  }
}

function lowerIndexElement(node: TreeNode): Expression {
  if (node.type !== 'IndexElem') return unknownNode(node.type)
  expectFields('IndexElem', node.body, INDEX_ELEM)
  const name = text(node.body, 'name')
  return name === undefined
    ? lowerExpression(requiredNode(node.body, 'expr'))
    : { type: 'column', path: [name], star: false }
}

function lowerUpdate(body: Body): Update {
  expectFields('UpdateStmt', body, UPDATE)
  const where = lowerOptional(body, 'whereClause')
  return {
    type: 'update',
    with: lowerWith(body),
    target: lowerTable(requiredBody(body, 'relation')),
    assignments: lowerAssignments(childNodes(body, 'targetList')),
    from: childNodes(body, 'fromClause').map(lowerSource),
    returning: lowerReturning(body),
    ...(where === undefined ? {} : { where }),
  }
}

function lowerDelete(body: Body): Delete {
  expectFields('DeleteStmt', body, DELETE)
  const where = lowerOptional(body, 'whereClause')
  return {
    type: 'delete',
    with: lowerWith(body),
    target: lowerTable(requiredBody(body, 'relation')),
    from: childNodes(body, 'usingClause').map(lowerSource),
    returning: lowerReturning(body),
    ...(where === undefined ? {} : { where }),
  }
}

function lowerMerge(body: Body): Merge {
  expectFields('MergeStmt', body, MERGE)
  return {
    type: 'merge',
    with: lowerWith(body),
    target: lowerTable(requiredBody(body, 'relation')),
    source: lowerSource(requiredNode(body, 'sourceRelation')),
    condition: lowerExpression(requiredNode(body, 'joinCondition')),
    clauses: childNodes(body, 'mergeWhenClauses').map(lowerMergeClause),
    returning: lowerReturning(body),
  }
}

const MERGE_ACTIONS: Readonly<Record<string, MergeClause['action']>> = {
  CMD_INSERT: 'insert',
  CMD_UPDATE: 'update',
  CMD_DELETE: 'delete',
  CMD_NOTHING: 'nothing',
}

function lowerMergeClause(node: TreeNode): MergeClause {
  if (node.type !== 'MergeWhenClause') return unknownNode(node.type)
  expectFields('MergeWhenClause', node.body, MERGE_WHEN)
  const { body } = node
  const action = MERGE_ACTIONS[word(body, 'commandType')] ?? unknownNode('MergeWhenClause.commandType')
  const condition = lowerOptional(body, 'condition')
  return {
    action,
    unmatchedTarget: word(body, 'matchKind') === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE',
    assignments: action === 'insert' ? mergeInsert(body) : lowerAssignments(childNodes(body, 'targetList')),
    ...(condition === undefined ? {} : { condition }),
  }
}

/** Without a column list, the values go to the columns in their order: `columns` is then empty. */
function mergeInsert(body: Body): readonly Assignment[] {
  const columns = childNodes(body, 'targetList').map(lowerInsertColumn)
  return [{ columns, values: lowerExpressions(childNodes(body, 'values')) }]
}

interface TargetColumn {
  readonly name: string
  /** Expressions in `a[i]`; they are evaluated as part of the value. */
  readonly subscripts: readonly Expression[]
}

function lowerTargetColumn(node: TreeNode): TargetColumn {
  if (node.type !== 'ResTarget') return unknownNode(node.type)
  expectFields('ResTarget', node.body, RES_TARGET)
  const subscripts = childNodes(node.body, 'indirection').flatMap(step => {
    if (step.type === 'A_Indices') return lowerIndices(step.body)
    return step.type === 'String' ? [] : unknownNode(step.type)
  })
  return { name: word(node.body, 'name'), subscripts }
}

function lowerInsertColumn(node: TreeNode): string {
  const column = lowerTargetColumn(node)
  return column.subscripts.length > 0 ? unknownNode('subscripted insert column') : column.name
}

function lowerAssignments(nodes: readonly TreeNode[]): readonly Assignment[] {
  const assignments: Assignment[] = []
  for (const node of nodes) {
    const column = lowerTargetColumn(node)
    const value = requiredNode(node.body, 'val')
    if (value.type !== 'MultiAssignRef') {
      assignments.push({ columns: [column.name], values: [lowerExpression(value), ...column.subscripts] })
      continue
    }
    expectFields('MultiAssignRef', value.body, MULTI_ASSIGN)
    const source = lowerExpression(requiredNode(value.body, 'source'))
    const position = whole(value.body, 'colno')
    const part = source.type === 'compose' && source.form === 'row' ? source.parts[position - 1] : undefined
    assignments.push({ columns: [column.name], values: [part ?? source, ...column.subscripts] })
  }
  return assignments
}

function lowerReturning(body: Body): Returning {
  const clause = childBody(body, 'returningClause')
  if (clause === undefined) return { targets: [], rows: ['old', 'new'] }
  expectFields('ReturningClause', clause, RETURNING)
  const rows = childNodes(clause, 'options').map(option => {
    if (option.type !== 'ReturningOption') return unknownNode(option.type)
    expectFields('ReturningOption', option.body, RETURNING_OPTION)
    return word(option.body, 'value')
  })
  return { targets: lowerTargets(childNodes(clause, 'exprs')), rows: [...rows, 'old', 'new'] }
}
