/** The SQL/JSON constructors and query functions: values made of values, whatever their options. */
import type { CallExpression, Expression } from '../../relational.js'
import { builtinCall, lowerSortKeys, lowerWindow } from './lower-call.js'
import { lowerExpression, lowerExpressions, lowerOptional } from './lower-expression.js'
import { lowerType } from './lower-names.js'
import { lowerSubselect } from './lower-query.js'
import {
  type Body,
  childBody,
  childNodes,
  expectFields,
  fieldSet,
  requiredBody,
  requiredNode,
  type TreeNode,
  unknownNode,
} from './tree.js'

const VALUE = fieldSet('raw_expr', 'format')
const OUTPUT = fieldSet('typeName', 'returning')
const BEHAVIOR = fieldSet('btype', 'expr')
const KEY_VALUE = fieldSet('key', 'value')
const ARGUMENT = fieldSet('val', 'name')
const FUNCTION = fieldSet(
  'op',
  'context_item',
  'pathspec',
  'passing',
  'output',
  'on_empty',
  'on_error',
  'wrapper',
  'quotes',
)
const OBJECT = fieldSet('exprs', 'output', 'absent_on_null', 'unique')
const ARRAY = fieldSet('exprs', 'output', 'absent_on_null')
const ARRAY_QUERY = fieldSet('query', 'output', 'format', 'absent_on_null')
const PARSE = fieldSet('expr', 'unique_keys')
const SERIALIZE = fieldSet('expr', 'output')
const SCALAR = fieldSet('expr')
const PREDICATE = fieldSet('expr', 'format', 'item_type', 'unique_keys')
const AGGREGATE = fieldSet('constructor', 'arg', 'absent_on_null', 'unique')
const AGGREGATE_FRAME = fieldSet('output', 'agg_filter', 'agg_order', 'over')

const LOWERINGS: ReadonlyMap<string, (body: Body) => Expression> = new Map([
  ['JsonValueExpr', lowerJsonValue],
  ['JsonFuncExpr', lowerFunction],
  ['JsonObjectConstructor', (body: Body) => constructed('JsonObjectConstructor', body, OBJECT)],
  ['JsonArrayConstructor', (body: Body) => constructed('JsonArrayConstructor', body, ARRAY)],
  ['JsonArrayQueryConstructor', lowerArrayQuery],
  ['JsonParseExpr', (body: Body) => wrapped('JsonParseExpr', body, PARSE)],
  ['JsonSerializeExpr', (body: Body) => wrapped('JsonSerializeExpr', body, SERIALIZE)],
  ['JsonScalarExpr', lowerScalar],
  ['JsonIsPredicate', lowerPredicate],
  ['JsonObjectAgg', (body: Body) => aggregated('JsonObjectAgg', body, 'json_objectagg')],
  ['JsonArrayAgg', (body: Body) => aggregated('JsonArrayAgg', body, 'json_arrayagg')],
  ['JsonKeyValue', lowerKeyValue],
])

export const JSON_NODES: ReadonlySet<string> = new Set(LOWERINGS.keys())

export function isJsonNode(type: string): boolean {
  return LOWERINGS.has(type)
}

export function lowerJson(node: TreeNode): Expression {
  return LOWERINGS.get(node.type)?.(node.body) ?? unknownNode(node.type)
}

function json(parts: readonly Expression[]): Expression {
  return { type: 'compose', form: 'json', parts }
}

export function lowerJsonValue(body: Body): Expression {
  expectFields('JsonValueExpr', body, VALUE)
  return lowerExpression(requiredNode(body, 'raw_expr'))
}

/** RETURNING type: a cast of the result. */
function returning(body: Body, value: Expression): Expression {
  const output = childBody(body, 'output')
  if (output === undefined) return value
  expectFields('JsonOutput', output, OUTPUT)
  return { type: 'cast', operand: value, to: lowerType(requiredBody(output, 'typeName')) }
}

export function lowerBehaviors(body: Body): readonly Expression[] {
  return ['on_empty', 'on_error'].flatMap(field => {
    const behavior = childBody(body, field)
    if (behavior === undefined) return []
    expectFields('JsonBehavior', behavior, BEHAVIOR)
    return lowerOptional(behavior, 'expr') ?? []
  })
}

export function lowerPassing(body: Body): readonly Expression[] {
  return childNodes(body, 'passing').map(argument => {
    if (argument.type !== 'JsonArgument') return unknownNode(argument.type)
    expectFields('JsonArgument', argument.body, ARGUMENT)
    return lowerJsonValue(requiredBody(argument.body, 'val'))
  })
}

function lowerFunction(body: Body): Expression {
  expectFields('JsonFuncExpr', body, FUNCTION)
  const parts = [
    lowerJsonValue(requiredBody(body, 'context_item')),
    lowerExpression(requiredNode(body, 'pathspec')),
    ...lowerPassing(body),
    ...lowerBehaviors(body),
  ]
  return returning(body, { type: 'compose', form: 'json-parsed', parts })
}

function constructed(type: string, body: Body, fields: ReadonlySet<string>): Expression {
  expectFields(type, body, fields)
  return returning(body, json(lowerExpressions(childNodes(body, 'exprs'))))
}

function lowerKeyValue(body: Body): Expression {
  expectFields('JsonKeyValue', body, KEY_VALUE)
  const key = lowerExpression(requiredNode(body, 'key'))
  return json([
    { type: 'compose', form: 'json-key', parts: [key] },
    lowerJsonValue(requiredBody(body, 'value')),
  ])
}

function lowerArrayQuery(body: Body): Expression {
  expectFields('JsonArrayQueryConstructor', body, ARRAY_QUERY)
  return returning(body, {
    type: 'subquery',
    form: 'array',
    query: lowerSubselect(requiredNode(body, 'query')),
  })
}

function wrapped(type: string, body: Body, fields: ReadonlySet<string>): Expression {
  expectFields(type, body, fields)
  const parts = [lowerJsonValue(requiredBody(body, 'expr'))]
  return returning(body, { type: 'compose', form: 'json-parsed', parts })
}

function lowerScalar(body: Body): Expression {
  expectFields('JsonScalarExpr', body, SCALAR)
  return json([lowerExpression(requiredNode(body, 'expr'))])
}

function lowerPredicate(body: Body): Expression {
  expectFields('JsonIsPredicate', body, PREDICATE)
  return json([lowerExpression(requiredNode(body, 'expr'))])
}

function aggregated(type: string, body: Body, name: string): Expression {
  expectFields(type, body, AGGREGATE)
  const frame = requiredBody(body, 'constructor')
  expectFields('JsonAggConstructor', frame, AGGREGATE_FRAME)
  const argument = requiredBody(body, 'arg')
  const filter = lowerOptional(frame, 'agg_filter')
  const over = childBody(frame, 'over')
  const call: CallExpression = {
    ...builtinCall(name, [type === 'JsonObjectAgg' ? lowerKeyValue(argument) : lowerJsonValue(argument)]),
    order: lowerSortKeys(childNodes(frame, 'agg_order')),
    ...(filter === undefined ? {} : { filter }),
    ...(over === undefined ? {} : { over: lowerWindow(over, true) }),
  }
  return returning(frame, call)
}
