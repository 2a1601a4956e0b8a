import type { Expression, OperatorExpression } from '../relational.js'

/** `x is not distinct from y`, as the comparison for equality that it is; undefined for anything else. */
export function nullSafeEquality(expression: Expression): OperatorExpression | undefined {
  if (expression.type !== 'logic' || expression.operator !== 'not') return undefined
  const [operand] = expression.operands
  if (operand?.type !== 'operator' || operand.form !== 'distinct') return undefined
  return { ...operand, role: 'equality' }
}
