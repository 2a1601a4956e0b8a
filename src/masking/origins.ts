/**
 * The engine's word on where a result column comes from, as a second witness beside static lineage. It
 * can only add masking, or refuse the result.
 *
 * PostgreSQL names a relation by OID and a column by `attnum`, which counts dropped columns; the catalog
 * lists columns without them. The n-th column of the catalog is therefore `attnum` n or more. A view has
 * no dropped columns, so there the number is exact. For a table, lineage that names a column of the same
 * relation settles it, if that column can be meant; otherwise every column that can be meant counts.
 */
import type { Catalog, CatalogColumn, CatalogRelation, ColumnRef, Label } from '../model/catalog.js'
import type { ColumnMask, Maskers } from '../model/decision.js'
import type { Facts } from '../model/facts.js'
import type { Lineage } from '../model/lineage.js'
import { showsNothing, stricter } from '../model/mask-order.js'
import type { Field, FieldOrigin } from '../model/result.js'

/** Nothing may show this column: its result is refused. */
export const FORBIDDEN = 'forbidden'

/** A column of the result, as analysis and the engine have it. */
export interface Witnessed {
  readonly field: Field
  readonly lineage: Lineage | undefined
  readonly catalog: Catalog
  /** How the policy shows columns by their label. */
  readonly maskers: Maskers | undefined
}

/** The mask that also satisfies the origin, or `FORBIDDEN` for sensitive authentication data in the clear. */
export function withOrigin(
  mask: ColumnMask,
  { field, lineage, catalog, maskers }: Witnessed,
): ColumnMask | typeof FORBIDDEN {
  if (field.origin === undefined) return mask
  const found = originColumns(field.origin, lineage, catalog)
  const labels = new Set(found.flatMap(({ column }) => column.labels))
  // Sensitive authentication data stays in only where nothing of it is shown.
  if (labels.has('sad') && !showsNothing(mask)) return FORBIDDEN
  // The policy has spoken about these very columns, with all of their labels before it.
  if (lineage?.kind === 'direct' && found.every(({ relation, column }) => knows(lineage, relation, column)))
    return mask
  let result = mask
  for (const label of labels) {
    // Or about this very label: masked or unmasked, that is its decision.
    if (label === mask.label) continue
    result = stricter(result, demanded(label, maskers))
  }
  return result
}

/**
 * Whether PostgreSQL took the column from another relation than any that was analysed: a temporary table
 * of the same name, a search path that changed, a table made anew. Then no lineage of the result holds.
 */
export function isFromElsewhere(field: Field, facts: Facts, catalog: Catalog): boolean {
  const id = field.origin?.tableId
  if (id === undefined || !facts.analyzable) return false
  if (catalog.relations.every(relation => relation.id === undefined)) return false
  const relation = catalog.relations.find(candidate => candidate.id === id)
  return !facts.relations.some(use => use.schema === relation?.schema && use.relation === relation.name)
}

function demanded(label: Label, maskers: Maskers | undefined): ColumnMask {
  return maskers?.get(label) ?? { method: label === 'pan' ? 'partial' : 'redact', label }
}

interface Found {
  readonly relation: CatalogRelation
  readonly column: CatalogColumn
}

/** Columns that the engine may mean. */
function originColumns(
  origin: FieldOrigin,
  lineage: Lineage | undefined,
  catalog: Catalog,
): readonly Found[] {
  return origin.tableId === undefined ? named(origin, catalog) : numbered(origin, lineage, catalog)
}

function numbered(origin: FieldOrigin, lineage: Lineage | undefined, catalog: Catalog): readonly Found[] {
  const relation = catalog.relations.find(({ id }) => id !== undefined && id === origin.tableId)
  if (relation === undefined || relation.columns.every(column => column.labels.length === 0)) return []
  const number = origin.columnNumber ?? 0
  if (number < 0) return []
  return meant(relation, number, lineage).map(column => ({ relation, column }))
}

function meant(
  relation: CatalogRelation,
  number: number,
  lineage: Lineage | undefined,
): readonly CatalogColumn[] {
  // A whole row.
  if (number === 0) return relation.columns
  if (relation.kind === 'view' || relation.kind === 'materialized-view') {
    return relation.columns.slice(number - 1, number)
  }
  const possible = relation.columns.slice(0, number)
  const sources = possible.filter(column => sourceOf(lineage, relation, column) !== undefined)
  return sources.length > 0 ? sources : possible
}

function sourceOf(
  lineage: Lineage | undefined,
  relation: CatalogRelation,
  { name }: CatalogColumn,
): ColumnRef | undefined {
  if (lineage === undefined || lineage.kind === 'none' || lineage.kind === 'unknown') return undefined
  return lineage.sources.find(
    source =>
      source.schema === relation.schema && source.relation === relation.name && source.column === name,
  )
}

/** Whether analysis found the column with all the labels that it has. */
function knows(lineage: Lineage, relation: CatalogRelation, column: CatalogColumn): boolean {
  const source = sourceOf(lineage, relation, column)
  return source !== undefined && column.labels.every(label => source.labels.includes(label))
}

function named(origin: FieldOrigin, catalog: Catalog): readonly Found[] {
  if (origin.relation === undefined || origin.column === undefined) return []
  return catalog.relations
    .filter(({ name, schema }) => same(name, origin.relation) && schemaFits(schema, origin.schema))
    .flatMap(relation =>
      relation.columns.filter(({ name }) => same(name, origin.column)).map(column => ({ relation, column })),
    )
}

function schemaFits(schema: string, reported: string | undefined): boolean {
  return reported === undefined || reported === '' || same(schema, reported)
}

function same(a: string, b: string | undefined): boolean {
  return a.toLowerCase() === b?.toLowerCase()
}
