import type { Expression, Select } from '../relational.js'
import type { Place } from './analysis.js'
import type { IndexedRelation } from './catalog-index.js'
import { findCommonTable } from './common-tables.js'
import { reachOf, type TargetTable } from './row-scope.js'
import type { Item, Scope } from './scope.js'

/** The rows that a SELECT of one table by its key can return. */
export function keyedRows(select: Select, scope: Scope, place: Place): number | undefined {
  const [source] = select.from
  if (source?.type !== 'table' || select.from.length !== 1) return undefined
  if (source.name.schema === undefined && findCommonTable(source.name.name, place) !== undefined)
    return undefined
  const [item] = scope.shape.items
  const found = place.analysis.index.find(source.name)
  if (item === undefined || found === undefined) return undefined
  const { scope: reached, maxRows } = reachOf(select.where, targetTable(found, item, scope))
  return reached === 'keyed' || maxRows === 0 ? maxRows : undefined
}

/** Tells which expressions are plainly columns of the one table that `item` stands for. */
export function targetTable(found: IndexedRelation, item: Item, scope: Scope): TargetTable {
  const columnAt = (name: string): string | undefined => {
    const at = item.columns.findIndex(column => column.name === name)
    return at < 0 ? undefined : found.relation.columns[at]?.name
  }
  return {
    relation: found.relation,
    columnOf(expression: Expression): string | undefined {
      if (expression.type !== 'column' || expression.star) return undefined
      const { path } = expression
      const name = path[path.length - 1] ?? ''
      const isQualified = path.length > 1 && path[path.length - 2] === item.name
      const isAlone =
        path.length === 1 && scope.shape.visible.filter(column => column.name === name).length === 1
      return isQualified || isAlone ? columnAt(name) : undefined
    },
  }
}
