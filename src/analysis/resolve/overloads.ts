/**
 * Which user-defined routines of a name a call can mean. Types are not computed here: a routine is ruled
 * out only where an operand plainly cannot be what it takes, whatever else the statement says.
 */

import type { CatalogRoutine, RoutineArgument } from '../../model/catalog.js'
import { constantKind } from '../observed-constant.js'
import type { Expression } from '../relational.js'
import type { Provenance } from './provenance.js'

export interface Operand {
  /** A quoted literal or a binding: the server gives it whatever type the call wants. */
  readonly untyped: boolean
  /** May be of a type that brings code of its own. */
  readonly ownType: boolean
  /** A number, a truth value or a point in time, none of which turns into text by itself. */
  readonly notText: boolean
}

const NOT_TEXT: ReadonlySet<string> = new Set([
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'boolean',
  'date',
  'timestamp without time zone',
  'timestamp with time zone',
  'interval',
])

export function operandOf(expression: Expression | undefined, value: Provenance): Operand {
  const constant = expression?.type === 'constant' ? constantKind(expression) : undefined
  return {
    untyped: expression !== undefined && isUntyped(expression),
    ownType: value.ownType === true || value.kind === 'unknown',
    notText:
      constant === 'number' ||
      constant === 'boolean' ||
      (value.type !== undefined && NOT_TEXT.has(value.type)),
  }
}

/** Several operands in one place, as the members of an IN list. */
export function together(operands: readonly Operand[]): Operand {
  return {
    untyped: operands.some(operand => operand.untyped),
    ownType: operands.some(operand => operand.ownType),
    notText: operands.length > 0 && operands.every(operand => operand.notText),
  }
}

/** @param operands undefined: nothing is known about them, not even their number. */
export function canMean(
  { arguments: taken }: CatalogRoutine,
  operands: readonly Operand[] | undefined,
): boolean {
  if (taken === undefined || operands === undefined) return true
  return (
    taken.length === operands.length &&
    operands.every((operand, at) => accepts(taken[at] ?? 'other', operand))
  )
}

function accepts(taken: RoutineArgument, { untyped, ownType, notText }: Operand): boolean {
  if (taken === 'own-type') return untyped || ownType
  return taken === 'other' || !notText
}

function isUntyped(expression: Expression): boolean {
  switch (expression.type) {
    case 'constant':
      return constantKind(expression) === 'string' || constantKind(expression) === 'null'
    case 'parameter':
    case 'default':
    case 'cursor-position':
      return true
    case 'access':
      return isUntyped(expression.operand)
    default:
      return false
  }
}
