/** What functions, operators and types may be called, and what calling them amounts to. */
import type { CatalogRoutine } from '../../model/catalog.js'
import type { FunctionUse } from '../../model/facts.js'
import type { BuiltinFunction } from '../dialects/dialect.js'
import type { Expression, QualifiedName, TypeReference } from '../relational.js'
import type { Analysis } from './analysis.js'
import type { Frame } from './frame.js'
import { canMean, type Operand } from './overloads.js'

export interface ResolvedFunction {
  readonly use: FunctionUse
  /** Present for a built-in, listed or volatile, that no user routine shadows. */
  readonly builtin?: BuiltinFunction
  /** User-defined: all its overloads are immutable, so its result depends on its arguments only. */
  readonly pure: boolean
  readonly aggregate: boolean
}

export function resolveFunction(
  name: QualifiedName,
  analysis: Analysis,
  operands?: readonly Operand[],
  args?: readonly Expression[],
): ResolvedFunction {
  const { rules, index } = analysis
  const routines = index.userRoutines(name, false).filter(routine => canMean(routine, operands))
  const shown = shownName(name, rules.systemSchema)
  if (routines.length > 0) {
    return {
      use: { name: shown, standing: 'user' },
      pure: isPure(routines),
      aggregate: routines.some(routine => routine.kind === 'aggregate'),
    }
  }
  const reachable = name.schema === undefined || name.schema === rules.systemSchema
  const found = reachable ? rules.functions.get(name.name) : undefined
  const builtin = args === undefined || found?.accepts?.(args) !== false ? found : undefined
  const why = reachable && builtin?.standing !== 'listed' ? rules.refusal(name.name) : undefined
  const because = why === undefined ? {} : { because: why }
  if (builtin === undefined)
    return { use: { name: shown, standing: 'unlisted', ...because }, pure: false, aggregate: false }
  const aggregate = builtin.shape === 'aggregate' || builtin.shape === 'count'
  return {
    use: { name: shown, standing: builtin.standing, ...because },
    builtin,
    pure: builtin.standing === 'listed',
    aggregate,
  }
}

/**
 * Records an operator that is not a built-in one. `pure`: the user's own, but its result depends on its
 * operands only. `opaque`: its result may depend on anything.
 */
export function noteOperator(
  name: QualifiedName,
  frame: Frame,
  operands?: readonly Operand[],
): 'built-in' | 'pure' | 'opaque' {
  const { analysis } = frame.place
  const { rules, index, findings } = analysis
  const foreign = name.schema !== undefined && name.schema !== rules.systemSchema
  const routines = index.userRoutines(name, true).filter(routine => canMean(routine, operands))
  if (routines.length === 0 && !foreign && rules.operators.has(name.name)) return 'built-in'
  const standing = routines.length > 0 || foreign ? 'user' : 'unlisted'
  findings.function({ name: `operator ${shownName(name, rules.systemSchema)}`, standing })
  return routines.length > 0 && isPure(routines) ? 'pure' : 'opaque'
}

/** Records a cast to a type that brings code of its own, or that reads the catalogue, and says whether it is one. */
export function noteType(type: TypeReference, frame: Frame): 'own' | 'plain' {
  const { rules, index, findings } = frame.place.analysis
  const reachable = type.schema === undefined || type.schema === rules.systemSchema
  if ((reachable && rules.types.has(type.name)) || index.hasPlainType(type)) return 'plain'
  findings.cast(shownName(type, rules.systemSchema))
  return 'own'
}

function shownName(name: QualifiedName, systemSchema: string): string {
  const schema = name.schema === undefined || name.schema === systemSchema ? '' : `${name.schema}.`
  return `${schema}${name.name}`.toLowerCase()
}

function isPure(routines: readonly CatalogRoutine[]): boolean {
  return routines.every(routine => routine.volatility === 'immutable')
}
