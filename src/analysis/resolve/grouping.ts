/** Columns in GROUP BY that neither part rows further nor move them, because a whole key of their table stands before them. */
import type { Expression, Select, Source } from '../relational.js'
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
  const kept = keptTables(select.from)
  const { dialect } = place.analysis.index.catalog
  const isWhole = (table: number): boolean => {
    const relation = tables[table]
    if (relation === undefined || table >= kept) return false
    const isFixed = (name: string): boolean =>
      seen[table]?.has(name) === true &&
      relation.columns.some(column => column.name === name && !column.nullable)
    // PostgreSQL leaves the other columns out only behind a primary key; else it groups by their hashes too.
    const keys = dialect === 'postgres' ? [relation.primaryKey ?? []] : relation.keys
    return keys.some(key => key.length > 0 && key.every(isFixed))
  }
  return member => {
    const found = columnOf(numbered(member, select))
    if (found === undefined) return false
    const depends = isWhole(found.table)
    seen[found.table]?.add(found.column.name)
    return depends
  }
}

/** How many tables at the beginning of FROM keep their rows whole: no outer join fills them with nulls. */
function keptTables(from: readonly Source[]): number {
  let kept = 0
  for (const source of from) {
    const own = keptIn(source)
    kept += own.count
    if (!own.all) return kept
  }
  return kept
}

function keptIn(source: Source): { readonly count: number; readonly all: boolean } {
  if (source.type === 'table') return { count: 1, all: true }
  if (source.type !== 'join' || source.alias.name !== undefined) return { count: 0, all: false }
  if (source.kind === 'right' || source.kind === 'full') return { count: 0, all: false }
  const left = keptIn(source.left)
  if (!left.all || source.kind === 'left') return { count: left.count, all: false }
  const right = keptIn(source.right)
  return { count: left.count + right.count, all: right.all }
}
