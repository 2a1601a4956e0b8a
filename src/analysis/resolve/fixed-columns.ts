/**
 * Columns that a conjunction fixes to given values, across the tables of one statement. A table one of
 * whose keys is fixed has one row for each combination of the key's values, so its other columns are fixed
 * too; a column equal to a fixed one is fixed.
 */
import type { CatalogRelation } from '../../model/catalog.js'
import type { Expression } from '../relational.js'
import { elementCount, isGiven } from './given.js'
import { nullSafeEquality } from './null-safe.js'
import { type PlainColumn, ROW_NUMBER, type RowSight } from './row-sight.js'

/** How many values there can be; `undefined` where the text does not tell. */
type Count = number | undefined

interface Fixed {
  readonly count: Count
}

export class FixedColumns {
  private readonly columns: Map<string, Fixed>[]
  private readonly links: (readonly [PlainColumn, PlainColumn])[] = []
  /** Tables whose rows are all fixed, by one of their keys. */
  private readonly rows = new Map<number, Fixed>()

  constructor(private readonly sight: RowSight) {
    this.columns = sight.tables.map(() => new Map())
  }

  /** `column = value`, `column in (…)`, `column = any(…)`, `(a, b) = (1, 2)`, `column = column`. */
  take(expression: Expression): void {
    const same = nullSafeEquality(expression)
    if (same !== undefined) this.takeNullSafe(same.operands)
    if (expression.type !== 'operator' || expression.role !== 'equality' || expression.name.name !== '=')
      return
    const [left, ...right] = expression.operands
    const [first] = right
    if (left === undefined || first === undefined) return
    if (expression.form === 'any') this.fix(left, elementCount(first), [first])
    else if (expression.form === 'in' && right.every(isGiven)) this.fixList(left, right)
    else if (expression.form === 'plain') this.takeEquality(left, first)
  }

  /** The rows of a table that can satisfy the conjunction, where a key of it is fixed. */
  keyed(table: number): { readonly rows: Count } | undefined {
    this.propagate()
    const fixed = this.rows.get(table)
    return fixed === undefined ? undefined : { rows: fixed.count }
  }

  hasAny(table: number): boolean {
    return (this.columns[table]?.size ?? 0) > 0
  }

  private takeEquality(left: Expression, right: Expression): void {
    if (isRow(left) && isRow(right)) {
      if (left.parts.length !== right.parts.length) return
      left.parts.forEach((part, at) => {
        const other = right.parts[at]
        if (other !== undefined) this.takeEquality(part, other)
      })
      return
    }
    this.fixTo(left, right)
    this.fixTo(right, left)
    const one = this.sight.columnOf(left)
    const other = this.sight.columnOf(right)
    if (one !== undefined && other !== undefined && one.column.type === other.column.type)
      this.links.push([one, other])
  }

  /** NULL is a value here, and a unique key may hold many. */
  private takeNullSafe([left, right]: readonly Expression[]): void {
    for (const side of [left, right]) {
      const other = side === left ? right : left
      const found = side === undefined ? undefined : this.sight.columnOf(side)
      if (found?.column.nullable === false && side !== undefined && other !== undefined)
        this.fix(side, 1, [other])
    }
  }

  /** A single value, or a column whose values are all given. */
  private fixTo(column: Expression, value: Expression): void {
    const { values, count } = this.sight.givenOf(value) ?? { values: [value], count: 1 }
    this.fix(column, count, values)
  }

  private fix(column: Expression, count: Count, values: readonly Expression[]): void {
    const found = this.sight.columnOf(column)
    if (found === undefined || !values.every(isGiven)) return
    if (values.every(value => this.sight.pins(found.column, value))) this.set(found, count)
  }

  /** A row among several fixes all its columns together: the count belongs to one of them. */
  private fixList(left: Expression, values: readonly Expression[]): void {
    if (!isRow(left)) {
      this.fix(left, values.length, values)
      return
    }
    left.parts.forEach((part, at) => {
      const members = values.flatMap(value => (isRow(value) ? (value.parts[at] ?? []) : []))
      if (members.length === values.length) this.fix(part, at === 0 ? values.length : 1, members)
    })
  }

  private set({ table, column }: PlainColumn, count: Count): boolean {
    const known = this.columns[table]?.get(column.name)
    if (known !== undefined && !(count !== undefined && (known.count === undefined || count < known.count)))
      return false
    this.columns[table]?.set(column.name, { count })
    return true
  }

  private get({ table, column }: PlainColumn): Fixed | undefined {
    return this.columns[table]?.get(column.name) ?? this.rows.get(table)
  }

  private propagate(): void {
    for (let changed = true; changed; ) {
      changed = false
      this.sight.tables.forEach((relation, table) => {
        const rows = this.rows.has(table) ? undefined : this.rowsByKey(relation, table)
        if (rows === undefined) return
        this.rows.set(table, rows)
        changed = true
      })
      for (const [one, other] of this.links)
        changed = this.carry(one, other) || this.carry(other, one) || changed
    }
  }

  private carry(from: PlainColumn, to: PlainColumn): boolean {
    const fixed = this.get(from)
    return fixed !== undefined && this.get(to) === undefined && this.set(to, fixed.count)
  }

  private rowsByKey(relation: CatalogRelation, table: number): Fixed | undefined {
    const columns = this.columns[table]
    const keys = [...relation.keys, [ROW_NUMBER.name]]
    const key = keys.find(names => names.length > 0 && names.every(name => columns?.has(name)))
    return key === undefined ? undefined : { count: product(key.map(name => columns?.get(name)?.count)) }
  }
}

function isRow(expression: Expression): expression is Extract<Expression, { type: 'compose' }> {
  return expression.type === 'compose' && expression.form === 'row'
}

function product(counts: readonly Count[]): Count {
  return counts.reduce<Count>(
    (total, count) => (total === undefined || count === undefined ? undefined : total * count),
    1,
  )
}
