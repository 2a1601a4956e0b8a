import type { Expression, FunctionSource, JoinSource, Source, TableSource } from '../../relational.js'
import { builtinCall } from './lower-call.js'
import { lowerExpression, lowerExpressions, lowerOptional } from './lower-expression.js'
import { lowerBehaviors, lowerJsonValue, lowerPassing } from './lower-json.js'
import { lowerAlias, lowerTable, lowerType, qualified } from './lower-names.js'
import { lowerSubselect } from './lower-query.js'
import { outputName } from './naming.js'
import {
  asNode,
  type Body,
  childBody,
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

const SUBSELECT = fieldSet('lateral', 'subquery', 'alias')
const JOIN = fieldSet(
  'jointype',
  'isNatural',
  'larg',
  'rarg',
  'usingClause',
  'join_using_alias',
  'quals',
  'alias',
)
const LIST = fieldSet('items')
const FUNCTION = fieldSet('lateral', 'ordinality', 'is_rowsfrom', 'functions', 'alias', 'coldeflist')
const SAMPLE = fieldSet('relation', 'method', 'args', 'repeatable')
const COLUMN_DEF = fieldSet('colname', 'typeName', 'is_local', 'collClause')
const XML_TABLE = fieldSet('lateral', 'docexpr', 'rowexpr', 'namespaces', 'columns', 'alias')
const XML_COLUMN = fieldSet('colname', 'typeName', 'for_ordinality', 'is_not_null', 'colexpr', 'coldefexpr')
const NAMESPACE = fieldSet('name', 'val')
const JSON_TABLE = fieldSet(
  'context_item',
  'pathspec',
  'passing',
  'columns',
  'on_error',
  'on_empty',
  'alias',
  'lateral',
)
const JSON_PATH = fieldSet('string', 'name')
const JSON_COLUMN = fieldSet(
  'coltype',
  'name',
  'typeName',
  'pathspec',
  'format',
  'wrapper',
  'quotes',
  'columns',
  'on_empty',
  'on_error',
)

const JOIN_KINDS: Readonly<Record<string, JoinSource['kind']>> = {
  JOIN_INNER: 'inner',
  JOIN_LEFT: 'left',
  JOIN_RIGHT: 'right',
  JOIN_FULL: 'full',
}

export function lowerSource(node: TreeNode): Source {
  const { type, body } = node
  switch (type) {
    case 'RangeVar':
      return lowerTable(body)
    case 'RangeSubselect':
      expectFields(type, body, SUBSELECT)
      return {
        type: 'subquery',
        query: lowerSubselect(requiredNode(body, 'subquery')),
        lateral: flag(body, 'lateral'),
        alias: lowerAlias(childBody(body, 'alias')),
      }
    case 'JoinExpr':
      return lowerJoin(body)
    case 'RangeFunction':
      return lowerFunction(body)
    case 'RangeTableSample':
      return lowerSample(body)
    case 'RangeTableFunc':
      return lowerXmlTable(body)
    case 'JsonTable':
      return lowerJsonTable(body)
    default:
      return unknownNode(type)
  }
}

function lowerJoin(body: Body): JoinSource {
  expectFields('JoinExpr', body, JOIN)
  const condition = lowerOptional(body, 'quals')
  const usingAlias = lowerAlias(childBody(body, 'join_using_alias'))
  return {
    type: 'join',
    kind: JOIN_KINDS[word(body, 'jointype')] ?? unknownNode('JoinExpr.jointype'),
    left: lowerSource(requiredNode(body, 'larg')),
    right: lowerSource(requiredNode(body, 'rarg')),
    using: words(body, 'usingClause'),
    natural: flag(body, 'isNatural'),
    alias: lowerAlias(childBody(body, 'alias')),
    ...(condition === undefined ? {} : { condition }),
    ...(usingAlias.name === undefined ? {} : { usingAlias: usingAlias.name }),
  }
}

/** Each entry is a pair: the call, and its own column definitions or an empty node. */
function lowerFunction(body: Body): FunctionSource {
  expectFields('RangeFunction', body, FUNCTION)
  const definitions = columnNames(childNodes(body, 'coldeflist'))
  const calls = childNodes(body, 'functions').map(entry => {
    if (entry.type === 'List') expectFields('List', entry.body, LIST)
    const items = entry.type === 'List' ? entry.body['items'] : undefined
    if (!Array.isArray(items)) return unknownNode('RangeFunction.functions')
    const call = asNode(items[0])
    const own: unknown = items[1]
    const empty = own === undefined || Object.keys(Object(own)).length === 0
    const columns = empty ? definitions : columnNames(listed(asNode(own)))
    return {
      call: withTypes(lowerExpression(call), columns.types),
      name: outputName(call),
      columns: columns.names,
    }
  })
  return {
    type: 'function',
    calls,
    ordinality: flag(body, 'ordinality'),
    alias: lowerAlias(childBody(body, 'alias')),
  }
}

function listed(node: TreeNode): readonly TreeNode[] {
  return node.type === 'List' ? listItems(node.body) : unknownNode(node.type)
}

interface Columns {
  readonly names: readonly string[]
  readonly types: readonly Expression[]
}

function columnNames(nodes: readonly TreeNode[]): Columns {
  const types: Expression[] = []
  const names = nodes.map(node => {
    if (node.type !== 'ColumnDef') return unknownNode(node.type)
    expectFields('ColumnDef', node.body, COLUMN_DEF)
    types.push(typeUse(requiredBody(node.body, 'typeName')))
    return word(node.body, 'colname')
  })
  return { names, types }
}

/** A type named in a column definition is used as by a cast: its input function runs. */
function typeUse(typeName: Body): Expression {
  return { type: 'cast', operand: { type: 'constant', value: null }, to: lowerType(typeName) }
}

function withTypes(call: Expression, types: readonly Expression[]): Expression {
  return types.length === 0 ? call : { type: 'compose', form: 'typed', parts: [call, ...types] }
}

function lowerSample(body: Body): TableSource {
  expectFields('RangeTableSample', body, SAMPLE)
  const relation = requiredNode(body, 'relation')
  if (relation.type !== 'RangeVar') return unknownNode(relation.type)
  const args = [
    ...lowerExpressions(childNodes(body, 'args')),
    ...[lowerOptional(body, 'repeatable') ?? []].flat(),
  ]
  const method = { ...builtinCall('', args), name: qualified(words(body, 'method')) }
  return { ...lowerTable(relation.body), sample: [method] }
}

function lowerXmlTable(body: Body): Source {
  expectFields('RangeTableFunc', body, XML_TABLE)
  const inputs: Expression[] = [
    lowerExpression(requiredNode(body, 'docexpr')),
    lowerExpression(requiredNode(body, 'rowexpr')),
  ]
  for (const namespace of childNodes(body, 'namespaces')) {
    expectFields('ResTarget', namespace.body, NAMESPACE)
    inputs.push(lowerExpression(requiredNode(namespace.body, 'val')))
  }
  const columns = childNodes(body, 'columns').map(column => {
    if (column.type !== 'RangeTableFuncCol') return unknownNode(column.type)
    expectFields('RangeTableFuncCol', column.body, XML_COLUMN)
    const typeName = childBody(column.body, 'typeName')
    if (typeName !== undefined) inputs.push(typeUse(typeName))
    for (const field of ['colexpr', 'coldefexpr'])
      inputs.push(...[lowerOptional(column.body, field) ?? []].flat())
    return word(column.body, 'colname')
  })
  return { type: 'computed', inputs, columns, alias: lowerAlias(childBody(body, 'alias')) }
}

function lowerJsonTable(body: Body): Source {
  expectFields('JsonTable', body, JSON_TABLE)
  const inputs: Expression[] = [
    lowerJsonValue(requiredBody(body, 'context_item')),
    ...jsonPath(body),
    ...lowerPassing(body),
    ...lowerBehaviors(body),
  ]
  const columns = lowerJsonColumns(body, inputs)
  return { type: 'computed', inputs, columns, alias: lowerAlias(childBody(body, 'alias')) }
}

function jsonPath(body: Body): readonly Expression[] {
  const path = childBody(body, 'pathspec')
  if (path === undefined) return []
  expectFields('JsonTablePathSpec', path, JSON_PATH)
  return [lowerExpression(requiredNode(path, 'string'))]
}

/** The columns of nested paths stand behind those of the path around them, wherever they are written. */
function lowerJsonColumns(body: Body, inputs: Expression[]): readonly string[] {
  const nodes = childNodes(body, 'columns')
  const isNested = (node: TreeNode): boolean => word(node.body, 'coltype') === 'JTC_NESTED'
  const inOrder = [...nodes.filter(node => !isNested(node)), ...nodes.filter(isNested)]
  return inOrder.flatMap(node => lowerJsonColumn(node, inputs))
}

function lowerJsonColumn(node: TreeNode, inputs: Expression[]): readonly string[] {
  if (node.type !== 'JsonTableColumn') return unknownNode(node.type)
  const { body } = node
  expectFields('JsonTableColumn', body, JSON_COLUMN)
  inputs.push(...jsonPath(body), ...lowerBehaviors(body))
  if (word(body, 'coltype') === 'JTC_NESTED') {
    return lowerJsonColumns(body, inputs)
  }
  const typeName = childBody(body, 'typeName')
  if (typeName !== undefined) inputs.push(typeUse(typeName))
  return [text(body, 'name') ?? unknownNode('JsonTableColumn.name')]
}
