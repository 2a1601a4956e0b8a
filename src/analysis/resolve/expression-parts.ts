import type { Expression } from '../relational.js'

/** The expressions right inside another, those of sub-queries in it too. */
export function partsOf(value: object): readonly Expression[] {
  return Object.values(value).flatMap(part => {
    if (typeof part !== 'object' || part === null) return []
    return isExpression(part) ? [part] : partsOf(part)
  })
}

function isExpression(value: object): value is Expression {
  return 'type' in value && typeof value.type === 'string' && EXPRESSIONS.has(value.type)
}

const EXPRESSIONS: ReadonlySet<string> = new Set<Expression['type']>([
  'column',
  'constant',
  'parameter',
  'call',
  'operator',
  'logic',
  'null-test',
  'truth-test',
  'case',
  'cast',
  'subquery',
  'compose',
  'access',
  'default',
  'cursor-position',
])
