/** What the statement or its bindings give, as opposed to what a table holds. */
import type { Expression } from '../relational.js'

/** A literal or a binding, cast or grouped, and nothing else. */
export function isGiven(expression: Expression): boolean {
  switch (expression.type) {
    case 'constant':
    case 'parameter':
      return true
    case 'cast':
      return isGiven(expression.operand)
    case 'compose':
      return (expression.form === 'row' || expression.form === 'array') && expression.parts.every(isGiven)
    case 'operator':
      return (
        expression.name.name === '-' && expression.operands.length === 1 && expression.operands.every(isGiven)
      )
    default:
      return false
  }
}

/** How many elements a given array has, or `undefined` where the text does not tell. */
export function elementCount(expression: Expression): number | undefined {
  if (expression.type === 'cast') return elementCount(expression.operand)
  const isList = expression.type === 'compose' && expression.form === 'array'
  // An array of arrays has more elements than parts.
  return isList && expression.parts.every(isElement) ? expression.parts.length : undefined
}

function isElement(expression: Expression): boolean {
  if (expression.type === 'cast') return isElement(expression.operand)
  return expression.type !== 'compose'
}
