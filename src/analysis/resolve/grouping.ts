/** Columns in GROUP BY that neither part rows further nor move them, because a whole key of their table stands before them. */
import type { Expression, Select } from '../relational.js'
import type { Place } from './analysis.js'
import { sightOf } from './row-sight.js'
import type { Scope } from './scope.js'

/** `group by 2` is the second target, unless a `*` before it makes more than one column. */
function numbered(member: Expression, { targets }: Select): Expression {
  if (member.type !== 'constant' || typeof member.value !== 'number') return member
  const before = targets.slice(0, member.value).map(target => target.expression)
  const spreads = before.some(each => (each.type === 'column' || each.type === 'access') && each.star)
  return spreads ? member : (targets[member.value - 1]?.expression ?? member)
}

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
    const found = columnOf(numbered(member, select))
    if (found === undefined) return false
    const depends = isWhole(found.table)
    seen[found.table]?.add(found.column.name)
    return depends
  }
}
