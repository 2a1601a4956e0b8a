/** Columns in GROUP BY that neither part rows further nor move them, because a whole key of their table stands before them. */
import type { Expression, Select } from '../relational.js'
import type { Place } from './analysis.js'
import { sightOf } from './row-sight.js'
import type { Scope } from './scope.js'

/** To be asked of the members of GROUP BY in their order: engines sort groups by the first of them. */
export function groupMembers(select: Select, scope: Scope, place: Place): (member: Expression) => boolean {
  const [item] = scope.shape.items
  if (item === undefined || select.groupingSets) return () => false
  const { columnOf, tables } = sightOf(item, [], scope, place)
  const seen = tables.map(() => new Set<string>())
  const isWhole = (table: number): boolean => {
    const relation = tables[table]
    const isFixed = (name: string): boolean =>
      seen[table]?.has(name) === true &&
      relation?.columns.some(column => column.name === name && !column.nullable) === true
    return relation?.keys.some(key => key.length > 0 && key.every(isFixed)) === true
  }
  return member => {
    const found = columnOf(member)
    if (found === undefined) return false
    const depends = isWhole(found.table)
    seen[found.table]?.add(found.column.name)
    return depends
  }
}
