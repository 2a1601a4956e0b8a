import type {
  Expr,
  FrameBound,
  FunctionCallExpr,
  FunctionCallOrder,
  FunctionCallStarExpr,
  FunctionTail,
  Over,
  SortedColumn,
  Window as WindowNode,
} from 'sqlite3-parser'
import type { CallExpression, Expression, SortKey, Window } from '../../relational.js'
import { lowerExpression, lowerExpressions, operator } from './lower-expression.js'
import { fold, nameOf } from './names.js'
import { withoutBrackets } from './naming.js'
import type { Reading } from './reading.js'
import { known, unknownNode } from './tree.js'

export function builtinCall(name: string, args: readonly Expression[]): CallExpression {
  return {
    type: 'call',
    name: { name },
    args,
    star: false,
    distinct: false,
    order: [],
    withinGroup: false,
  }
}

export function lowerCall(node: FunctionCallExpr, reading: Reading): Expression {
  const name = fold(known(node.name).name)
  const args = lowerExpressions(node.args, reading)
  const special = SPECIAL.get(name)
  const isBare =
    node.distinctness === undefined && node.orderBy === undefined && node.filterOver === undefined
  const said = isBare ? special?.(args) : undefined
  if (said !== undefined) return said
  const star = name === 'count' && args.length === 0
  return {
    ...builtinCall(name, args),
    ...tailOf(node.filterOver, reading),
    ...orderOf(node.orderBy, reading),
    star,
    distinct: node.distinctness === 'Distinct',
  }
}

export function lowerStarCall(node: FunctionCallStarExpr, reading: Reading): Expression {
  const call = builtinCall(fold(known(node.name).name), [])
  return { ...call, ...tailOf(node.filterOver, reading), star: true }
}

/** Functions that choose among their arguments, said as what they do. `undefined`: a call like any other. */
const SPECIAL: ReadonlyMap<string, (args: readonly Expression[]) => Expression | undefined> = new Map([
  ['coalesce', (args: readonly Expression[]) => composed('coalesce', args)],
  ['ifnull', (args: readonly Expression[]) => composed('coalesce', args)],
  // With one argument they are aggregates, with more the greatest or least of them.
  ['max', (args: readonly Expression[]) => composed('extreme', args)],
  ['min', (args: readonly Expression[]) => composed('extreme', args)],
  ['nullif', chosenUnlessEqual],
  ['iif', chosenByConditions],
  ['if', chosenByConditions],
])

function composed(form: string, parts: readonly Expression[]): Expression | undefined {
  return parts.length > 1 ? { type: 'compose', form, parts } : undefined
}

function chosenUnlessEqual(args: readonly Expression[]): Expression | undefined {
  if (args.length !== 2) return undefined
  return { type: 'compose', form: 'nullif', parts: [operator('=', 'equality', args)] }
}

function chosenByConditions(args: readonly Expression[]): Expression | undefined {
  if (args.length < 2) return undefined
  const arms = Array.from({ length: Math.floor(args.length / 2) }, (_, at) => ({
    when: args[at * 2] ?? unknownNode('iif'),
    value: args[at * 2 + 1] ?? unknownNode('iif'),
  }))
  const otherwise = args.length % 2 === 1 ? args[args.length - 1] : undefined
  return { type: 'case', arms, ...(otherwise === undefined ? {} : { otherwise }) }
}

function tailOf(
  node: FunctionTail | undefined,
  reading: Reading,
): { readonly filter?: Expression; readonly over?: Window } {
  if (node === undefined) return {}
  const { filterClause, overClause } = known(node)
  return {
    ...(filterClause === undefined ? {} : { filter: lowerExpression(filterClause, reading) }),
    ...(overClause === undefined ? {} : { over: lowerOver(overClause, reading) }),
  }
}

function lowerOver(node: Over, reading: Reading): Window {
  known(node)
  return node.type === 'WindowOver'
    ? lowerWindow(node.window, reading)
    : { base: nameOf(node.name), partition: [], order: [], bounds: [] }
}

function orderOf(
  node: FunctionCallOrder | undefined,
  reading: Reading,
): { readonly order?: readonly SortKey[]; readonly withinGroup?: boolean } {
  if (node === undefined) return {}
  known(node)
  if (node.type === 'SortListFunctionCallOrder') return { order: lowerSortKeys(node.columns, reading) }
  return { order: [{ expression: lowerExpression(node.expr, reading) }], withinGroup: true }
}

export function lowerWindow(node: WindowNode, reading: Reading): Window {
  const { base, partitionBy, orderBy, frameClause } = known(node)
  const frame = frameClause === undefined ? undefined : known(frameClause)
  const bounds = [frame?.start, frame?.end].flatMap(bound => boundOf(bound, reading))
  return {
    partition: lowerExpressions(partitionBy, reading),
    order: (orderBy ?? []).map(key => ({ expression: lowerExpression(known(key).expr, reading) })),
    bounds,
    ...(base === undefined ? {} : { base: nameOf(base) }),
  }
}

function boundOf(node: FrameBound | undefined, reading: Reading): readonly Expression[] {
  if (node === undefined) return []
  known(node)
  return 'expr' in node ? [lowerExpression(node.expr, reading)] : []
}

export function lowerSortKeys(
  nodes: readonly SortedColumn[] | undefined,
  reading: Reading,
): readonly SortKey[] {
  return (nodes ?? []).map(node => ({ expression: lowerSortTerm(known(node).expr, reading) }))
}

/**
 * A term of ORDER BY or GROUP BY. The engine looks through collations, brackets and signs for a column
 * number or an output name.
 */
export function lowerSortTerm(node: Expr, reading: Reading): Expression {
  let inner = withoutBrackets(node)
  while (inner.type === 'CollateExpr') inner = withoutBrackets(inner.expr)
  const number = wholeNumber(inner)
  if (number !== undefined) return { type: 'constant', value: number }
  const expression = lowerExpression(inner, reading)
  // Any other number is a value, and no column's number.
  const isValue = expression.type === 'constant' && typeof expression.value === 'number'
  return isValue ? { type: 'compose', form: 'collate', parts: [expression] } : expression
}

function wholeNumber(node: Expr): number | undefined {
  const inner = withoutBrackets(node)
  if (inner.type === 'UnaryExpr' && (inner.op === 'Positive' || inner.op === 'Negative')) {
    const number = wholeNumber(inner.expr)
    return number === undefined || inner.op === 'Positive' ? number : -number
  }
  if (inner.type !== 'NumericLiteral' || !/^(?:\d+|0x[\da-f]+)$/i.test(inner.value)) return undefined
  return Number(inner.value)
}
