import type { OperatorRole } from '../../relational.js'

const ROLES: ReadonlyMap<string, OperatorRole> = new Map<string, OperatorRole>([
  ['=', 'equality'],
  ['<>', 'inequality'],
  ['!=', 'inequality'],
  ...(['<', '<=', '>', '>=', '~<~', '~<=~', '~>~', '~>=~'] as const).map(name => [name, 'range'] as const),
  ...(['~~', '~~*', '!~~', '!~~*', '~', '~*', '!~', '!~*', '^@'] as const).map(
    name => [name, 'pattern'] as const,
  ),
])

/** What PostgreSQL's built-in operators of this name do. */
export function operatorRole(name: string): OperatorRole {
  return ROLES.get(name) ?? 'none'
}
