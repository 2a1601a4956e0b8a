import { observedConstant } from '../../observed-constant.js'
import type {
  Expression,
  OperatorExpression,
  QualifiedName,
  SubqueryExpression,
  TruthTest,
} from '../../relational.js'
import { lowerCall, lowerSystemValue, lowerXml, lowerXmlSerialize } from './lower-call.js'
import { isJsonNode, lowerJson } from './lower-json.js'
import { qualified, requiredType } from './lower-names.js'
import { lowerSubselect } from './lower-query.js'
import { operatorRole } from './operator-roles.js'
import {
  type Body,
  childNode,
  childNodes,
  expectFields,
  fieldSet,
  flag,
  listItems,
  requiredNode,
  type TreeNode,
  unknownNode,
  whole,
  word,
  words,
} from './tree.js'

const COLUMN_REF = fieldSet('fields')
const CONSTANT = fieldSet('ival', 'fval', 'boolval', 'sval', 'bsval', 'isnull')
const A_EXPR = fieldSet('kind', 'name', 'lexpr', 'rexpr')
const BOOL_EXPR = fieldSet('boolop', 'args')
const SUBLINK = fieldSet('subLinkType', 'testexpr', 'operName', 'subselect')
const NULL_TEST = fieldSet('arg', 'nulltesttype')
const BOOLEAN_TEST = fieldSet('arg', 'booltesttype')
const CASE = fieldSet('arg', 'args', 'defresult')
const CASE_WHEN = fieldSet('expr', 'result')
const ARGS = fieldSet('args')
const ROW = fieldSet('args', 'row_format')
const MIN_MAX = fieldSet('op', 'args')
const TYPE_CAST = fieldSet('arg', 'typeName')
const COLLATE = fieldSet('arg', 'collname')
const ARRAY = fieldSet('elements')
const INDIRECTION = fieldSet('arg', 'indirection')
const INDICES = fieldSet('is_slice', 'lidx', 'uidx')
const NAMED_ARG = fieldSet('arg', 'name', 'argnumber')
const PARAMETER = fieldSet('number')
const MERGE_SUPPORT = fieldSet('msftype')
const CURRENT_OF = fieldSet('cursor_name')
const NOTHING = fieldSet()

export function lowerExpressions(nodes: readonly TreeNode[]): readonly Expression[] {
  return nodes.map(lowerExpression)
}

export function lowerOptional(body: Body, field: string): Expression | undefined {
  const node = childNode(body, field)
  return node === undefined ? undefined : lowerExpression(node)
}

export function lowerExpression(node: TreeNode): Expression {
  const lower = LOWERINGS.get(node.type)
  if (lower !== undefined) return lower(node.body)
  if (isJsonNode(node.type)) return lowerJson(node)
  return unknownNode(node.type)
}

/** Every expression node that PostgreSQL's grammar produces, except the SQL/JSON ones. */
const LOWERINGS: ReadonlyMap<string, (body: Body) => Expression> = new Map([
  ['ColumnRef', lowerColumn],
  ['A_Const', lowerConstant],
  ['ParamRef', lowerParameter],
  ['A_Expr', lowerOperator],
  ['BoolExpr', lowerLogic],
  ['SubLink', lowerSublink],
  ['NullTest', lowerNullTest],
  ['BooleanTest', lowerTruthTest],
  ['CaseExpr', lowerCase],
  ['CoalesceExpr', (body: Body) => composed('CoalesceExpr', body, ARGS, 'args', 'coalesce')],
  ['MinMaxExpr', (body: Body) => composed('MinMaxExpr', body, MIN_MAX, 'args', 'extreme')],
  ['RowExpr', (body: Body) => composed('RowExpr', body, ROW, 'args', 'row')],
  ['A_ArrayExpr', (body: Body) => composed('A_ArrayExpr', body, ARRAY, 'elements', 'array')],
  ['GroupingFunc', (body: Body) => composed('GroupingFunc', body, ARGS, 'args', 'grouping')],
  ['TypeCast', lowerCast],
  ['CollateClause', lowerCollate],
  ['A_Indirection', lowerIndirection],
  ['NamedArgExpr', lowerNamedArgument],
  ['FuncCall', lowerCall],
  ['SQLValueFunction', lowerSystemValue],
  ['XmlExpr', lowerXml],
  ['XmlSerialize', lowerXmlSerialize],
  ['MergeSupportFunc', lowerMergeAction],
  ['SetToDefault', lowerDefault],
  ['CurrentOfExpr', lowerCursorPosition],
])

export const EXPRESSION_NODES: ReadonlySet<string> = new Set(LOWERINGS.keys())

function lowerColumn(body: Body): Expression {
  expectFields('ColumnRef', body, COLUMN_REF)
  const fields = childNodes(body, 'fields')
  const star = fields.at(-1)?.type === 'A_Star'
  const path = (star ? fields.slice(0, -1) : fields).map(field =>
    field.type === 'String' ? word(field.body, 'sval') : unknownNode(`ColumnRef.${field.type}`),
  )
  return { type: 'column', path, star }
}

function lowerConstant(body: Body): Expression {
  expectFields('A_Const', body, CONSTANT)
  // Lowered twice, it is one constant: who has looked at either has looked at both.
  const node: Body & { [LOWERED]?: Expression } = body
  if (node[LOWERED] !== undefined) return node[LOWERED]
  const constant = observedConstant(constantValue(body), locationOf(body))
  Object.defineProperty(node, LOWERED, { value: constant })
  return constant
}

const LOWERED: unique symbol = Symbol('lowered')

/** Protobuf leaves out zeros. */
function locationOf(body: Body): number {
  const location = body['location']
  return typeof location === 'number' ? location : 0
}

/** The value of an `A_Const`. Protobuf leaves out zeros, empty strings and `false`. */
export function constantValue(body: Body): string | number | boolean | null {
  const inner = (field: string): Body | undefined => {
    const value = body[field]
    return typeof value === 'object' && value !== null ? (value as Body) : undefined
  }
  if (flag(body, 'isnull')) return null
  const integer = inner('ival')
  if (integer !== undefined) return whole(integer, 'ival')
  const decimal = inner('fval')
  if (decimal !== undefined) return exactNumber(word(decimal, 'fval'))
  const truth = inner('boolval')
  if (truth !== undefined) return flag(truth, 'boolval')
  const string = inner('sval')
  if (string !== undefined) return word(string, 'sval')
  const bits = inner('bsval')
  if (bits !== undefined) return word(bits, 'bsval')
  return unknownNode('A_Const')
}

/** NaN, which compares with nothing, for a decimal that a double would round. */
function exactNumber(digits: string): number {
  const value = Number(digits)
  return String(value) === digits ? value : Number.NaN
}

function lowerParameter(body: Body): Expression {
  expectFields('ParamRef', body, PARAMETER)
  const number = whole(body, 'number')
  return number < 1 ? unknownNode('ParamRef.number') : { type: 'parameter', at: number - 1 }
}

function lowerLogic(body: Body): Expression {
  expectFields('BoolExpr', body, BOOL_EXPR)
  const operands = lowerExpressions(childNodes(body, 'args'))
  switch (word(body, 'boolop')) {
    case 'AND_EXPR':
      return { type: 'logic', operator: 'and', operands }
    case 'OR_EXPR':
      return { type: 'logic', operator: 'or', operands }
    case 'NOT_EXPR':
      return { type: 'logic', operator: 'not', operands }
    default:
      return unknownNode('BoolExpr.boolop')
  }
}

function lowerOperator(body: Body): Expression {
  expectFields('A_Expr', body, A_EXPR)
  const name = qualified(words(body, 'name'))
  const left = childNode(body, 'lexpr')
  const right = requiredNode(body, 'rexpr')
  const operands = (): readonly Expression[] => [
    ...(left === undefined ? [] : [lowerExpression(left)]),
    ...spread(right),
  ]
  const operator = (form: OperatorExpression['form'], role = roleOf(name)): OperatorExpression => ({
    type: 'operator',
    name,
    role,
    form,
    operands: operands(),
  })
  switch (word(body, 'kind')) {
    case 'AEXPR_OP':
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return operator('plain')
    case 'AEXPR_OP_ANY':
      return operator('any')
    case 'AEXPR_OP_ALL':
      return operator('all')
    case 'AEXPR_DISTINCT':
      return operator('distinct', 'inequality')
    case 'AEXPR_NOT_DISTINCT':
      return { type: 'logic', operator: 'not', operands: [operator('distinct', 'inequality')] }
    case 'AEXPR_NULLIF':
      return { type: 'compose', form: 'nullif', parts: [operator('plain', 'equality')] }
    case 'AEXPR_IN':
      return operator('in')
    case 'AEXPR_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
      return { type: 'operator', name: { name: '>=' }, role: 'range', form: 'between', operands: operands() }
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_NOT_BETWEEN_SYM':
      return { type: 'operator', name: { name: '<' }, role: 'range', form: 'between', operands: operands() }
    default:
      return unknownNode('A_Expr.kind')
  }
}

/** Another schema's operator of a known name may do anything. */
function roleOf(name: QualifiedName) {
  return name.schema === undefined || name.schema === 'pg_catalog' ? operatorRole(name.name) : 'none'
}

function spread(node: TreeNode): readonly Expression[] {
  return node.type === 'List' ? lowerExpressions(listItems(node.body)) : [lowerExpression(node)]
}

function lowerSublink(body: Body): SubqueryExpression {
  expectFields('SubLink', body, SUBLINK)
  const query = lowerSubselect(requiredNode(body, 'subselect'))
  const operand = lowerOptional(body, 'testexpr')
  switch (word(body, 'subLinkType')) {
    case 'EXISTS_SUBLINK':
      return { type: 'subquery', form: 'exists', query }
    case 'ARRAY_SUBLINK':
      return { type: 'subquery', form: 'array', query }
    case 'EXPR_SUBLINK':
      return { type: 'subquery', form: 'scalar', query }
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK': {
      const parts = words(body, 'operName')
      const name: QualifiedName = parts.length === 0 ? { name: '=' } : qualified(parts)
      if (operand === undefined) return unknownNode('SubLink.testexpr')
      return { type: 'subquery', form: 'compare', query, operand, operator: { name, role: roleOf(name) } }
    }
    default:
      return unknownNode('SubLink.subLinkType')
  }
}

function lowerNullTest(body: Body): Expression {
  expectFields('NullTest', body, NULL_TEST)
  const negated = word(body, 'nulltesttype') === 'IS_NOT_NULL'
  return { type: 'null-test', operand: lowerExpression(requiredNode(body, 'arg')), negated }
}

function lowerTruthTest(body: Body): Expression {
  expectFields('BooleanTest', body, BOOLEAN_TEST)
  const tests: Readonly<Record<string, TruthTest>> = {
    IS_TRUE: 'true',
    IS_NOT_TRUE: 'not-true',
    IS_FALSE: 'false',
    IS_NOT_FALSE: 'not-false',
    IS_UNKNOWN: 'unknown',
    IS_NOT_UNKNOWN: 'not-unknown',
  }
  const test = tests[word(body, 'booltesttype')] ?? unknownNode('BooleanTest.booltesttype')
  return { type: 'truth-test', operand: lowerExpression(requiredNode(body, 'arg')), test }
}

function lowerCase(body: Body): Expression {
  expectFields('CaseExpr', body, CASE)
  const subject = lowerOptional(body, 'arg')
  const otherwise = lowerOptional(body, 'defresult')
  const arms = childNodes(body, 'args').map(arm => {
    if (arm.type !== 'CaseWhen') return unknownNode(arm.type)
    expectFields('CaseWhen', arm.body, CASE_WHEN)
    return {
      when: lowerExpression(requiredNode(arm.body, 'expr')),
      value: lowerExpression(requiredNode(arm.body, 'result')),
    }
  })
  return {
    type: 'case',
    arms,
    ...(subject === undefined ? {} : { subject }),
    ...(otherwise === undefined ? {} : { otherwise }),
  }
}

function composed(
  type: string,
  body: Body,
  fields: ReadonlySet<string>,
  list: string,
  form: string,
): Expression {
  expectFields(type, body, fields)
  return { type: 'compose', form, parts: lowerExpressions(childNodes(body, list)) }
}

function lowerCast(body: Body): Expression {
  expectFields('TypeCast', body, TYPE_CAST)
  return { type: 'cast', operand: lowerExpression(requiredNode(body, 'arg')), to: requiredType(body) }
}

function lowerCollate(body: Body): Expression {
  expectFields('CollateClause', body, COLLATE)
  return { type: 'compose', form: 'collate', parts: [lowerExpression(requiredNode(body, 'arg'))] }
}

function lowerIndirection(body: Body): Expression {
  expectFields('A_Indirection', body, INDIRECTION)
  const fields: string[] = []
  const subscripts: Expression[] = []
  let star = false
  for (const step of childNodes(body, 'indirection')) {
    if (step.type === 'String') fields.push(word(step.body, 'sval'))
    else if (step.type === 'A_Star') star = true
    else if (step.type === 'A_Indices') subscripts.push(...lowerIndices(step.body))
    else unknownNode(`A_Indirection.${step.type}`)
  }
  return { type: 'access', operand: lowerExpression(requiredNode(body, 'arg')), fields, star, subscripts }
}

export function lowerIndices(body: Body): readonly Expression[] {
  expectFields('A_Indices', body, INDICES)
  return ['lidx', 'uidx'].flatMap(field => lowerOptional(body, field) ?? [])
}

function lowerNamedArgument(body: Body): Expression {
  expectFields('NamedArgExpr', body, NAMED_ARG)
  return lowerExpression(requiredNode(body, 'arg'))
}

function lowerMergeAction(body: Body): Expression {
  expectFields('MergeSupportFunc', body, MERGE_SUPPORT)
  return { type: 'compose', form: 'merge_action', parts: [] }
}

function lowerDefault(body: Body): Expression {
  expectFields('SetToDefault', body, NOTHING)
  return { type: 'default' }
}

function lowerCursorPosition(body: Body): Expression {
  expectFields('CurrentOfExpr', body, CURRENT_OF)
  return { type: 'cursor-position' }
}
