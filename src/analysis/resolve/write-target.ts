/** The table that a write changes: what is assigned to its columns, and what RETURNING can show of them. */
import type { CatalogColumn, ColumnRef, Label } from '../../model/catalog.js'
import type { Assignment, Returning, TableSource } from '../relational.js'
import { AnalysisStop, quoted } from '../stop.js'
import { type Place, scopeAt } from './analysis.js'
import type { IndexedRelation } from './catalog-index.js'
import { evaluateAll } from './expressions.js'
import { type Frame, frameAt } from './frame.js'
import { derived, merged, NONE, type Provenance } from './provenance.js'
import { targetColumns } from './queries.js'
import { type Item, itemShape, type NamedColumn, type Shape } from './scope.js'
import { tableItem } from './sources.js'
import { isResolvable, resolveView } from './views.js'

export interface Target {
  readonly found: IndexedRelation
  readonly item: Item
  readonly place: Place
  /** Values given to columns, by folded column name. */
  readonly written: Map<string, Provenance[]>
  /** What does not fit is made to fit. */
  readonly lenient: boolean
}

export function openTarget(source: TableSource, place: Place, lenient = false): Target {
  const found = place.analysis.relation(source.name)
  return targetAt(found, tableItem(source, found, place), place, lenient)
}

/** @param item the relation as it stands in FROM. */
export function targetAt(found: IndexedRelation, item: Item, place: Place, lenient = false): Target {
  const { findings } = place.analysis
  findings.relation(found.relation, 'write')
  if (isResolvable(found.relation)) {
    for (const relation of resolveView(found, place.analysis).relations) findings.relation(relation, 'write')
  }
  return { found, item, place, written: new Map(), lenient }
}

export function nameOf(target: Target): { readonly schema: string; readonly relation: string } {
  const { schema, name } = target.found.relation
  return { schema, relation: name }
}

/** Those that an INSERT without a column list fills, in order. */
export function ownColumnNames({ found }: Target): readonly string[] {
  return found.relation.columns.filter(column => column.hidden !== true).map(column => column.name)
}

export function assignAll(assignments: readonly Assignment[], target: Target, frame: Frame): void {
  for (const { columns, values } of assignments) {
    const parts = evaluateAll(values, frame)
    if (columns.length === parts.length)
      columns.forEach((column, at) => void assign(target, column, parts[at] ?? NONE))
    else for (const column of columns) for (const part of parts) assign(target, column, part)
  }
}

export function assign(target: Target, name: string, given: Provenance): void {
  const { found, place, written } = target
  const { findings } = place.analysis
  const at = columnIndex(target, name)
  const value = target.lenient ? derived([given]) : given
  const { schema, relation } = nameOf(target)
  findings.consume(value, 'assignment')
  if (at === 'row-number') {
    findings.flow(value, `${schema}.${relation}.${name}`, [])
    return
  }
  const column = found.relation.columns[at]
  const reference = found.columns[at]
  const key = found.keys[at]
  if (column === undefined || reference === undefined || key === undefined) {
    throw new AnalysisStop(
      'unknown_column',
      `There is no column ${quoted(name)} to write in ${quoted(found.relation.name)}.`,
    )
  }
  if (found.relation.kind === 'other' && column.hidden === true) {
    throw new AnalysisStop(
      'unknown_node',
      'A hidden column of a virtual table takes commands, which are refused. Write its other columns.',
    )
  }
  const under = underlying(target, at)
  for (const each of [reference, ...under]) findings.column(each, 'assignment')
  findings.flow(value, `${schema}.${relation}.${column.name}`, labelsOf(column, under))
  const before = written.get(key)
  if (before === undefined) written.set(key, [value])
  else before.push(value)
}

/** A number below 0 where there is no such column. */
function columnIndex({ found, item, place }: Target, name: string): number | 'row-number' {
  const { fold, rowNumbers } = place.analysis.rules
  const key = fold(name)
  const at = found.keys.indexOf(key)
  if (at >= 0 || !rowNumbers.has(key) || item.rowNumber === undefined) return at
  const { rowNumber } = found.relation
  return rowNumber === undefined || rowNumber === null ? 'row-number' : found.keys.indexOf(fold(rowNumber))
}

/** The table columns that a view's column stands for. */
function underlying(target: Target, at: number): readonly ColumnRef[] {
  const provenance = target.item.columns[at]?.provenance
  return isResolvable(target.found.relation) && provenance !== undefined ? provenance.sources : []
}

function labelsOf(column: CatalogColumn, under: readonly ColumnRef[]): readonly Label[] {
  return [...column.labels, ...under.flatMap(source => source.labels)]
}

/** RETURNING sees the row as written: a column that was given another column's value shows that value. */
export function returned(returning: Returning, target: Target, all: Shape): readonly NamedColumn[] {
  if (returning.targets.length === 0) return []
  const { place } = target
  const { findings, rules } = place.analysis
  const shape = rules.nameScopes === 'sqlite' ? itemShape(target.item) : all
  const item = { ...target.item, columns: afterWrite(target) }
  const items = shape.items.map(each => (each === target.item ? item : each))
  const known = new Set(items.map(each => each.name))
  const rowItems = [...new Set(returning.rows.map(rules.fold))]
    .filter(name => !known.has(name))
    .map(name => ({ ...item, name, base: true }))
  const visible = shape.visible.map(column => {
    const at = target.item.columns.indexOf(column)
    return item.columns[at] ?? column
  })
  const frame = frameAt(place, scopeAt(place, { items: [...items, ...rowItems], visible }))
  const columns = returning.targets.flatMap(each => targetColumns(each, frame))
  for (const column of columns) findings.consume(column.provenance, 'returning')
  return columns
}

function afterWrite(target: Target): readonly NamedColumn[] {
  return target.item.columns.map((column, at) => {
    const written = target.written.get(target.found.keys[at] ?? column.key) ?? []
    const values = written.filter(value => value.kind !== 'none' && value.kind !== 'aggregate')
    const provenance = values.length === 0 ? column.provenance : merged([column.provenance, ...values])
    const given = written.some(value => value.kind === 'none') ? { given: true as const } : {}
    return written.length === 0 ? column : { ...column, provenance: { ...provenance, ...given } }
  })
}
