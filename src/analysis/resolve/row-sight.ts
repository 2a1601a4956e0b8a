/** Which expressions are plainly columns of which table, for `row-scope.ts` to tell the rows that a condition reaches. */
import type { CatalogColumn, CatalogRelation } from '../../model/catalog.js'
import type { DialectRules } from '../dialects/dialect.js'
import type { Expression, Source } from '../relational.js'
import type { Place } from './analysis.js'
import { type GivenCells, givenSources } from './given-cells.js'
import { findItem, type Item, type NamedColumn, type Scope } from './scope.js'

/** A column of one of the tables in sight. */
export interface PlainColumn {
  /** Its place in `RowSight.tables`. */
  readonly table: number
  readonly column: CatalogColumn
}

/** The table whose rows are asked for, and the others of the statement. */
export interface RowSight {
  readonly target: number
  readonly tables: readonly CatalogRelation[]
  /** Conditions that every row in question satisfies besides the where-clause. */
  readonly joins: readonly Expression[]
  readonly rules: DialectRules
  /** The column that an expression plainly is, or undefined. */
  readonly columnOf: (expression: Expression) => PlainColumn | undefined
  /** The values of a column of another source, where the statement gives them all. */
  readonly givenOf: (expression: Expression) => GivenCells | undefined
  /** Whether `column = value` holds for one value of the column at most. */
  readonly pins: (column: CatalogColumn, value: Expression) => boolean
}

/** Stands for the row number of a table that shows it in no column. */
export const ROW_NUMBER: CatalogColumn = Object.freeze({
  name: '\0row',
  type: 'integer',
  nullable: false,
  labels: Object.freeze([]),
})

/**
 * @param item the table whose rows are asked for.
 * @param sources all that stands beside it, for conditions of joins that every such row satisfies.
 */
export function sightOf(item: Item, sources: readonly Source[], scope: Scope, place: Place): RowSight {
  const { rules, bindings } = place.analysis
  const given = givenSources(sources, place)
  const tables = scope.shape.items.flatMap(each => (each.relation === undefined ? [] : [each]))
  return {
    target: tables.indexOf(item),
    tables: tables.flatMap(({ relation }) => (relation === undefined ? [] : [relation])),
    joins: sources.flatMap(conditionsOf),
    rules,
    columnOf(expression) {
      if (expression.type !== 'column' || expression.star) return undefined
      return plainColumn(expression.path, tables, scope)
    },
    givenOf(expression) {
      if (given.size === 0 || expression.type !== 'column' || expression.star) return undefined
      if (expression.path.length !== 2) return undefined
      const [qualifier = '', name = ''] = expression.path.map(part => rules.fold(part))
      const isSole = scope.shape.items.filter(each => each.name === qualifier).length === 1
      return isSole ? given.get(qualifier)?.get(name) : undefined
    },
    pins(column, value) {
      const binding = value.type === 'parameter' && value.at !== undefined ? bindings[value.at] : undefined
      return rules.pins(column.type, value, binding)
    },
  }
}

/** Conditions of inner joins: outer ones may leave rows that do not satisfy them. */
function conditionsOf(source: Source): readonly Expression[] {
  if (source.type !== 'join') return []
  const { kind, left, right, condition } = source
  const own = kind === 'inner' && condition !== undefined ? [condition] : []
  return [
    ...own,
    ...(kind === 'inner' || kind === 'left' ? conditionsOf(left) : []),
    ...(kind === 'inner' || kind === 'right' ? conditionsOf(right) : []),
  ]
}

function plainColumn(
  path: readonly string[],
  tables: readonly Item[],
  scope: Scope,
): PlainColumn | undefined {
  const key = scope.rules.fold(path[path.length - 1] ?? '')
  if (path.length > 1) {
    const item = findItem(scope, path.slice(0, -1))
    const named = item?.columns.filter(column => column.key === key) ?? []
    return item === undefined || named.length > 1 ? undefined : columnAt(item, named[0], key, tables, scope)
  }
  const visible = scope.shape.visible.filter(column => column.key === key)
  if (visible.length > 1) return undefined
  const owners = tables.filter(({ columns, rowNumber }) =>
    visible[0] === undefined ? rowNumber !== undefined : columns.includes(visible[0]),
  )
  const [owner] = owners
  return owner === undefined || owners.length > 1
    ? undefined
    : columnAt(owner, visible[0], key, tables, scope)
}

function columnAt(
  item: Item,
  column: NamedColumn | undefined,
  key: string,
  tables: readonly Item[],
  scope: Scope,
): PlainColumn | undefined {
  const table = tables.indexOf(item)
  const { relation } = item
  if (table < 0 || relation === undefined) return undefined
  if (column !== undefined) {
    const found = relation.columns[item.columns.indexOf(column)]
    return found === undefined ? undefined : { table, column: found }
  }
  const isNumber = scope.rules.rowNumbers.has(key) && item.rowNumber !== undefined
  return isNumber ? { table, column: rowNumberColumn(relation) } : undefined
}

function rowNumberColumn(relation: CatalogRelation): PlainColumn['column'] {
  return relation.columns.find(({ name }) => name === relation.rowNumber) ?? ROW_NUMBER
}
