import type { BuiltinFunction, DialectRules } from '../dialects/dialect.js'
import type { CallExpression, SortKey, Window } from '../relational.js'
import { AnalysisStop, quoted } from '../stop.js'
import { noteExtreme } from './bare-columns.js'
import { evaluate, evaluateAll, evaluateCondition } from './expressions.js'
import type { Frame } from './frame.js'
import { noteOperator, type ResolvedFunction, resolveFunction } from './names.js'
import { operandOf } from './overloads.js'
import {
  COUNT,
  computedFrom,
  counted,
  derived,
  NONE,
  type Provenance,
  rowOfFields,
  typed,
  unknown,
} from './provenance.js'
import { mixedFields } from './rows.js'

export function evaluateCall(call: CallExpression, frame: Frame): Provenance {
  const { findings, rules, index } = frame.place.analysis
  const chosen = rules.choice?.(call)
  if (chosen !== undefined && resolveFunction(call.name, frame.place.analysis).builtin !== undefined)
    return evaluate(chosen, frame)
  const args = evaluateAll(call.args, frame)
  const operands = call.withinGroup ? undefined : args.map((arg, at) => operandOf(call.args[at], arg))
  const resolved = resolveFunction(call.name, frame.place.analysis, operands, call.args)
  findings.function(resolved.use)
  if (call.distinct) for (const arg of args) findings.consume(arg, 'distinct')
  if (call.filter !== undefined) evaluateCondition(call.filter, { ...frame, use: 'predicate' })
  const order = evaluateSort(call.order, frame)
  for (const part of order) findings.consume(part, 'order')
  const sorted = call.withinGroup ? order : []
  const window = call.over === undefined ? NONE : evaluateWindow(call.over, frame)
  const aggregates = resolved.aggregate || call.withinGroup || call.star
  if (aggregates && call.over === undefined) frame.seen.aggregates = true
  if (resolved.aggregate) noteExtreme(call, args, frame)
  if (resolved.builtin !== undefined) noteArguments(call, resolved.builtin, args, frame)
  noteCalled(resolved, args, frame)
  // Which table the INSERT wrote is not known here.
  if (resolved.builtin !== undefined && rules.showsRowNumbers?.has(call.name.name) === true)
    return computedFrom(index.rowNumbers)
  return result(call, resolved, [...args, ...sorted], window, rules)
}

function result(
  call: CallExpression,
  resolved: ResolvedFunction,
  args: readonly Provenance[],
  window: Provenance,
  rules: DialectRules,
): Provenance {
  const { builtin } = resolved
  if (builtin?.shape === 'count') {
    const [arg] = args
    return derived([arg === undefined || call.star ? COUNT : counted(arg), window])
  }
  const inputs = [...args, window]
  if (builtin !== undefined) {
    const value = derived(inputs)
    if (rules.keepsRows?.has(call.name.name) === true)
      return rowOfFields(value, mixedFields(args[0]?.fields, inputs.slice(1)))
    const { columns = [] } = builtin
    return columns.length < 2
      ? value
      : rowOfFields(
          value,
          columns.map(name => ({ name, provenance: value })),
        )
  }
  if (resolved.pure) return typed(derived(inputs), true)
  return unknown(`the function ${resolved.use.name} is not reviewed`, inputs)
}

/** What calling a function amounts to, whatever the call looks like. */
export function noteCalled(resolved: ResolvedFunction, args: readonly Provenance[], frame: Frame): void {
  // A user's function may return a set too.
  if (resolved.builtin === undefined || resolved.builtin.shape === 'set') frame.seen.sets = true
  if (!resolved.pure) flowInto(resolved, args, frame)
}

/** Arguments decide how many rows a set has, and some on whether there is a result at all. */
function noteArguments(
  call: CallExpression,
  { shape }: BuiltinFunction,
  args: readonly Provenance[],
  frame: Frame,
): void {
  const { findings, rules } = frame.place.analysis
  args.forEach((arg, at) => {
    if (shape === 'set') findings.compare(arg, 'predicate', 'other')
    else if (rules.mayFail(call.name.name, call.args, at)) findings.risk(arg)
  })
}

/** What a function that acts is given has left the statement. */
function flowInto(resolved: ResolvedFunction, args: readonly Provenance[], frame: Frame): void {
  const to =
    resolved.use.name === 'set_config' || resolved.use.name === 'pg_notify'
      ? 'session'
      : `function ${resolved.use.name}`
  for (const arg of args) frame.place.analysis.findings.flow(arg, to, [])
}

export function evaluateSort(keys: readonly SortKey[], frame: Frame): readonly Provenance[] {
  return keys.map(key => {
    if (key.operator !== undefined) noteOperator(key.operator, frame)
    return evaluate(key.expression, frame)
  })
}

/** What the rows of a window depend on; all of it is a window use. */
export function evaluateWindow(window: Window, frame: Frame): Provenance {
  const { findings } = frame.place.analysis
  const parts = [
    ...evaluateAll(window.partition, frame),
    ...evaluateSort(window.order, frame),
    ...evaluateAll(window.bounds, frame),
  ]
  for (const part of parts) findings.consume(part, 'window')
  if (window.base === undefined) return derived(parts)
  const base = frame.windows.get(window.base)
  if (base === undefined) {
    throw new AnalysisStop(
      'unknown_column',
      `There is no window ${quoted(window.base)}. Define it in WINDOW.`,
    )
  }
  return derived([...parts, base])
}
