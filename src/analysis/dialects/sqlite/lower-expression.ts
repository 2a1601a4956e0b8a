import type { Expr, Id, LikeExpr, Literal, Operator, Select, UnaryExpr, VariableExpr } from 'sqlite3-parser'
import type { Expression, OperatorExpression, OperatorRole, SubqueryExpression } from '../../relational.js'
import { affinityOf } from './affinity.js'
import { blobLiteral, numberLiteral } from './literals.js'
import { builtinCall, lowerCall, lowerStarCall } from './lower-call.js'
import { lowerSelect, rowsOf } from './lower-query.js'
import { column, isTruthName, nameOf } from './names.js'
import { withoutBrackets } from './naming.js'
import type { Reading } from './reading.js'
import { known, unknownNode } from './tree.js'

export function lowerExpressions(
  nodes: readonly Expr[] | undefined,
  reading: Reading,
): readonly Expression[] {
  return (nodes ?? []).map(node => lowerExpression(node, reading))
}

export function lowerExpression(node: Expr, reading: Reading): Expression {
  known(node)
  const lower = (inner: Expr): Expression => lowerExpression(inner, reading)
  switch (node.type) {
    case 'Id':
      return lowerId(node, reading)
    case 'QualifiedExpr':
      return lowerQualified(node)
    case 'NumericLiteral':
    case 'StringLiteral':
    case 'BlobLiteral':
    case 'NullLiteral':
    case 'CurrentDateLiteral':
    case 'CurrentTimeLiteral':
    case 'CurrentTimestampLiteral':
    case 'KeywordLiteral':
      return lowerLiteral(node)
    case 'VariableExpr':
      return lowerParameter(node, reading)
    case 'ParenthesizedExpr':
      return lowerRow(node.exprs, reading)
    case 'UnaryExpr':
      return lowerUnary(node, reading)
    case 'BinaryExpr':
      return node.op === 'And' || node.op === 'Or'
        ? lowerLogic(node, node.op, reading)
        : lowerBinary(node, reading)
    case 'BetweenExpr':
      return lowerBetween(node, reading)
    case 'LikeExpr':
      return lowerLike(node, reading)
    case 'IsNullExpr':
      return { type: 'null-test', operand: lower(node.expr), negated: false }
    case 'NotNullExpr':
      return { type: 'null-test', operand: lower(node.expr), negated: true }
    case 'InListExpr':
    case 'InSelectExpr':
    case 'InTableExpr':
      return lowerIn(node, reading)
    case 'ExistsExpr':
    case 'SubqueryExpr':
      return subquery(node.type === 'ExistsExpr' ? 'exists' : 'scalar', node.select, reading)
    case 'CaseExpr':
      return lowerCase(node, reading)
    case 'CastExpr':
      return lowerCast(node, reading)
    case 'CollateExpr':
      return { type: 'compose', form: 'collate', parts: [lower(node.expr)] }
    case 'FunctionCallExpr':
      return lowerCall(node, reading)
    case 'FunctionCallStarExpr':
      return lowerStarCall(node, reading)
    case 'RaiseExpr':
      return builtinCall('raise', node.message === undefined ? [] : [lower(node.message)])
    case 'NameExpr':
      return unknownNode(node.type)
    default:
      return unsaid(node)
  }
}

function lowerLiteral(node: Literal): Expression {
  switch (node.type) {
    case 'NumericLiteral':
      return numberLiteral(node.value)
    case 'StringLiteral':
      return { type: 'constant', value: node.value }
    case 'BlobLiteral':
      return blobLiteral(node.bytes)
    case 'NullLiteral':
      return { type: 'constant', value: null }
    case 'CurrentDateLiteral':
      return builtinCall('current_date', [])
    case 'CurrentTimeLiteral':
      return builtinCall('current_time', [])
    case 'CurrentTimestampLiteral':
      return builtinCall('current_timestamp', [])
    case 'KeywordLiteral':
      return unknownNode(node.type)
  }
}

/** A node that the switch above does not name is a type error there, and a refusal in a parser that is newer. */
function unsaid(node: never): never {
  return unknownNode((node as Expr).type)
}

/**
 * TRUE and FALSE are names like any other, and constants only where no column has them. A double-quoted name
 * that means no column is a string to some builds of SQLite and an error to others: here it is refused.
 */
function lowerId(node: Id, reading: Reading): Expression {
  const path = [node.name]
  const isTruth = reading.isPlain(node.span) && isTruthName(node.name)
  return isTruth ? { type: 'column', path, star: false, orText: true } : column(...path)
}

function lowerQualified({
  schema,
  table,
  column: own,
}: Extract<Expr, { type: 'QualifiedExpr' }>): Expression {
  return column(...(schema === undefined ? [] : [nameOf(schema)]), nameOf(table), nameOf(own))
}

function lowerBetween(node: Extract<Expr, { type: 'BetweenExpr' }>, reading: Reading): Expression {
  const operands = lowerExpressions([node.lhs, node.start, node.end], reading)
  return operator(node.not ? '<' : '>=', 'range', operands, 'between')
}

function lowerParameter({ span }: VariableExpr, reading: Reading): Expression {
  const at = reading.parameterAt(span)
  return at === undefined ? { type: 'parameter' } : { type: 'parameter', at }
}

function lowerRow(nodes: readonly Expr[], reading: Reading): Expression {
  const [only, ...more] = lowerExpressions(nodes, reading)
  if (only === undefined) return unknownNode('ParenthesizedExpr.exprs')
  return more.length === 0 ? only : { type: 'compose', form: 'row', parts: [only, ...more] }
}

export function operator(
  name: string,
  role: OperatorRole,
  operands: readonly Expression[],
  form: OperatorExpression['form'] = 'plain',
): OperatorExpression {
  return { type: 'operator', name: { name }, role, form, operands }
}

function negatedIf(negated: boolean, operand: Expression): Expression {
  return negated ? { type: 'logic', operator: 'not', operands: [operand] } : operand
}

function lowerUnary({ op, expr }: UnaryExpr, reading: Reading): Expression {
  const operand = lowerExpression(expr, reading)
  switch (op) {
    case 'Not':
      return { type: 'logic', operator: 'not', operands: [operand] }
    case 'Negative':
      return operand.type === 'constant' && typeof operand.value === 'number'
        ? { type: 'constant', value: -operand.value }
        : operator('-', 'none', [operand])
    case 'Positive':
      return operator('+', 'none', [operand])
    case 'BitwiseNot':
      return operator('~', 'none', [operand])
    default:
      return unknownNode('UnaryExpr.op')
  }
}

type Binary = Extract<Expr, { type: 'BinaryExpr' }>

/** `a and b and c` is one list, however long: the tree leans to the left. */
function lowerLogic(node: Binary, op: 'And' | 'Or', reading: Reading): Expression {
  const right: Expr[] = []
  let left: Expr = node
  while (left.type === 'BinaryExpr' && left.op === op) {
    right.push(known(left).right)
    left = left.left
  }
  const operands = lowerExpressions([left, ...right.reverse()], reading)
  return { type: 'logic', operator: op === 'And' ? 'and' : 'or', operands }
}

const COMPUTING: Readonly<Partial<Record<Operator, string>>> = {
  Add: '+',
  ArrowRight: '->',
  ArrowRightShift: '->>',
  BitwiseAnd: '&',
  BitwiseOr: '|',
  Concat: '||',
  Divide: '/',
  LeftShift: '<<',
  Modulus: '%',
  Multiply: '*',
  RightShift: '>>',
  Subtract: '-',
}

const COMPARING: Readonly<Partial<Record<Operator, readonly [string, OperatorRole]>>> = {
  Equals: ['=', 'equality'],
  NotEquals: ['<>', 'inequality'],
  Less: ['<', 'range'],
  LessEquals: ['<=', 'range'],
  Greater: ['>', 'range'],
  GreaterEquals: ['>=', 'range'],
}

function lowerBinary({ left, op, right }: Binary, reading: Reading): Expression {
  if (op === 'Is' || op === 'IsNot') return lowerIs(left, op === 'IsNot', right, reading)
  const operands = lowerExpressions([left, right], reading)
  const comparing = COMPARING[op]
  if (comparing !== undefined) return operator(...comparing, operands)
  const computing = COMPUTING[op] ?? unknownNode('BinaryExpr.op')
  return operator(computing, 'none', operands)
}

/** `a is b` is `not (a is distinct from b)`. */
function lowerIs(left: Expr, negated: boolean, right: Expr, reading: Reading): Expression {
  const operand = lowerExpression(left, reading)
  if (withoutBrackets(right).type === 'NullLiteral') return { type: 'null-test', operand, negated }
  const distinct = operator('=', 'inequality', [operand, lowerExpression(right, reading)], 'distinct')
  return negatedIf(!negated, distinct)
}

function lowerLike(node: LikeExpr, reading: Reading): Expression {
  const left = lowerExpression(node.lhs, reading)
  const right = lowerExpression(node.rhs, reading)
  const more = node.escape === undefined ? [] : [lowerExpression(node.escape, reading)]
  const operands = [left, right, ...more]
  switch (node.op) {
    case 'Like':
      return operator(node.not ? '!~~' : '~~', 'pattern', operands)
    case 'Glob':
      return negatedIf(node.not, operator('glob', 'pattern', operands))
    case 'Match':
      return negatedIf(node.not, operator('match', 'pattern', operands))
    case 'Regexp':
      // SQLite has no such function of its own; whatever the application calls so runs.
      return negatedIf(node.not, builtinCall('regexp', [right, left, ...more]))
    default:
      return unknownNode('LikeExpr.op')
  }
}

function lowerIn(
  node: Extract<Expr, { type: 'InListExpr' | 'InSelectExpr' | 'InTableExpr' }>,
  reading: Reading,
): Expression {
  const needle = lowerExpression(node.lhs, reading)
  if (node.type === 'InListExpr') return lowerInList(needle, lowerExpressions(node.rhs, reading), node.not)
  const rows =
    node.type === 'InSelectExpr' ? lowerSelect(node.rhs, reading) : rowsOf(node.rhs, node.args, reading)
  return negatedIf(node.not, within(needle, rows))
}

/** Nothing is in an empty list, not even null; what stands before IN is read all the same. */
function lowerInList(needle: Expression, items: readonly Expression[], negated: boolean): Expression {
  if (items.length > 0) return negatedIf(negated, operator('=', 'equality', [needle, ...items], 'in'))
  const settled: Expression = { type: 'constant', value: negated }
  const read: Expression = { type: 'null-test', operand: needle, negated: false }
  return { type: 'logic', operator: negated ? 'or' : 'and', operands: [settled, read] }
}

function within(operand: Expression, query: SubqueryExpression['query']): Expression {
  const equality = { name: { name: '=' }, role: 'equality' as const }
  return { type: 'subquery', form: 'compare', query, operand, operator: equality }
}

function subquery(form: 'exists' | 'scalar', select: Select, reading: Reading): Expression {
  return { type: 'subquery', form, query: lowerSelect(select, reading) }
}

function lowerCase(node: Extract<Expr, { type: 'CaseExpr' }>, reading: Reading): Expression {
  const lower = (inner: Expr): Expression => lowerExpression(inner, reading)
  const arms = node.whenThenPairs.map(pair => {
    const { when, then } = known(pair)
    return { when: lower(when), value: lower(then) }
  })
  return {
    type: 'case',
    arms,
    ...(node.base === undefined ? {} : { subject: lower(node.base) }),
    ...(node.elseExpr === undefined ? {} : { otherwise: lower(node.elseExpr) }),
  }
}

/** A length in the type's name changes nothing. */
function lowerCast({ expr, typeName }: Extract<Expr, { type: 'CastExpr' }>, reading: Reading): Expression {
  const name = typeName === undefined ? '' : known(typeName).name
  const to = { name: affinityOf(name), array: false, modified: false }
  return { type: 'cast', operand: lowerExpression(expr, reading), to }
}
