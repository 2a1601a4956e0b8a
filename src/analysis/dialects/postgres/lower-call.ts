import type { CallExpression, Expression, SortKey, Window } from '../../relational.js'
import { lowerExpression, lowerExpressions, lowerOptional } from './lower-expression.js'
import { qualified, requiredType } from './lower-names.js'
import { systemValueName } from './naming.js'
import {
  type Body,
  childBody,
  childNodes,
  expectFields,
  fieldSet,
  flag,
  requiredNode,
  type TreeNode,
  text,
  unknownNode,
  word,
  words,
} from './tree.js'

const FUNC_CALL = fieldSet(
  'funcname',
  'args',
  'agg_order',
  'agg_filter',
  'over',
  'agg_within_group',
  'agg_star',
  'agg_distinct',
  'func_variadic',
  'funcformat',
)
const WINDOW = fieldSet(
  'name',
  'refname',
  'partitionClause',
  'orderClause',
  'frameOptions',
  'startOffset',
  'endOffset',
)
const SORT_BY = fieldSet('node', 'sortby_dir', 'sortby_nulls', 'useOp')
const SYSTEM_VALUE = fieldSet('op', 'typmod')
const XML = fieldSet('op', 'name', 'named_args', 'args', 'xmloption')
const XML_SERIALIZE = fieldSet('xmloption', 'expr', 'typeName', 'indent')
const RES_TARGET = fieldSet('name', 'val')

/** Those that fail on text that is not what they need. */
const XML_READERS = new Set(['IS_XMLPARSE', 'IS_XMLPI', 'IS_XMLROOT'])

/** `listed` built-in without a call syntax of its own. */
export function builtinCall(name: string, args: readonly Expression[]): CallExpression {
  return {
    type: 'call',
    name: { schema: 'pg_catalog', name },
    args,
    star: false,
    distinct: false,
    order: [],
    withinGroup: false,
  }
}

export function lowerCall(body: Body): CallExpression {
  expectFields('FuncCall', body, FUNC_CALL)
  const filter = lowerOptional(body, 'agg_filter')
  const over = childBody(body, 'over')
  const name = qualified(words(body, 'funcname'))
  // A keyword since version 16, and before that the name of a column.
  if (name.name === 'system_user' && word(body, 'funcformat') === 'COERCE_SQL_SYNTAX')
    unknownNode('SYSTEM_USER')
  return {
    type: 'call',
    name,
    args: lowerExpressions(childNodes(body, 'args')),
    star: flag(body, 'agg_star'),
    distinct: flag(body, 'agg_distinct'),
    order: lowerSortKeys(childNodes(body, 'agg_order')),
    withinGroup: flag(body, 'agg_within_group'),
    ...(filter === undefined ? {} : { filter }),
    ...(over === undefined ? {} : { over: lowerWindow(over, true) }),
  }
}

/** @param use `over w` names a window; in a WINDOW clause the name is the window's own. */
export function lowerWindow(body: Body, use: boolean): Window {
  expectFields('WindowDef', body, WINDOW)
  const base = (use ? text(body, 'name') : undefined) ?? text(body, 'refname')
  return {
    partition: lowerExpressions(childNodes(body, 'partitionClause')),
    order: lowerSortKeys(childNodes(body, 'orderClause')),
    bounds: ['startOffset', 'endOffset'].flatMap(field => lowerOptional(body, field) ?? []),
    ...(base === undefined ? {} : { base }),
  }
}

export function lowerSortKeys(nodes: readonly TreeNode[]): readonly SortKey[] {
  return nodes.map(node => {
    if (node.type !== 'SortBy') return unknownNode(node.type)
    expectFields('SortBy', node.body, SORT_BY)
    const expression = lowerExpression(requiredNode(node.body, 'node'))
    const operator = words(node.body, 'useOp')
    return operator.length === 0 ? { expression } : { expression, operator: qualified(operator) }
  })
}

/** `current_date`, `current_user`, …: functions with a keyword for a name. */
export function lowerSystemValue(body: Body): CallExpression {
  expectFields('SQLValueFunction', body, SYSTEM_VALUE)
  return builtinCall(systemValueName(word(body, 'op')), [])
}

export function lowerXml(body: Body): Expression {
  expectFields('XmlExpr', body, XML)
  const named = childNodes(body, 'named_args').map(target => {
    expectFields('ResTarget', target.body, RES_TARGET)
    return lowerExpression(requiredNode(target.body, 'val'))
  })
  const form = XML_READERS.has(word(body, 'op')) ? 'xml-parsed' : 'xml'
  return { type: 'compose', form, parts: [...named, ...lowerExpressions(childNodes(body, 'args'))] }
}

export function lowerXmlSerialize(body: Body): Expression {
  expectFields('XmlSerialize', body, XML_SERIALIZE)
  const value = lowerExpression(requiredNode(body, 'expr'))
  const operand: Expression =
    word(body, 'xmloption') === 'XMLOPTION_DOCUMENT'
      ? { type: 'compose', form: 'xml-parsed', parts: [value] }
      : value
  return { type: 'cast', operand, to: requiredType(body) }
}
