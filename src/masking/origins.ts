/**
 * The engine's word on where a result column comes from, as a second witness beside static lineage. It
 * can only add masking, or refuse the result.
 *
 * PostgreSQL names a relation by OID and a column by `attnum`, which counts dropped columns; the catalog
 * lists columns without them. The n-th column of the catalog is therefore `attnum` n or more. A view has
 * no dropped columns, so there the number is exact. For a table, lineage that names a column of the same
 * relation settles it, if that column can be meant; otherwise every column that can be meant counts.
 */
import type { Catalog, CatalogColumn, CatalogRelation, Label } from '../model/catalog.js'
import type { ColumnMask, MaskMethod } from '../model/decision.js'
import type { Facts } from '../model/facts.js'
import type { Lineage } from '../model/lineage.js'
import { showsNothing, stricter } from '../model/mask-order.js'
import type { Field, FieldOrigin } from '../model/result.js'

/** Nothing may show this column: its result is refused. */
export const FORBIDDEN = 'forbidden'

/** The mask that also satisfies the origin, or `FORBIDDEN` for sensitive authentication data in the clear. */
export function withOrigin(
  mask: ColumnMask,
  field: Field,
  lineage: Lineage | undefined,
  catalog: Catalog,
): ColumnMask | typeof FORBIDDEN {
  if (field.origin === undefined) return mask
  let result = mask
  for (const label of originLabels(field.origin, lineage, catalog)) {
    // Sensitive authentication data stays in only where nothing of it is shown.
    if (label === 'sad' && !showsNothing(result)) return FORBIDDEN
    // The policy has spoken about this very label; a masked or unmasked column is its decision.
    if (label === mask.label) continue
    result = stricter(result, { method: demanded(label), label })
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

function demanded(label: Label): MaskMethod {
  return label === 'pan' ? 'partial' : 'redact'
}

function originLabels(origin: FieldOrigin, lineage: Lineage | undefined, catalog: Catalog): readonly Label[] {
  const columns = origin.tableId === undefined ? named(origin, catalog) : numbered(origin, lineage, catalog)
  return [...new Set(columns.flatMap(column => column.labels))]
}

function numbered(
  origin: FieldOrigin,
  lineage: Lineage | undefined,
  catalog: Catalog,
): readonly CatalogColumn[] {
  const relation = catalog.relations.find(({ id }) => id !== undefined && id === origin.tableId)
  if (relation === undefined || relation.columns.every(column => column.labels.length === 0)) return []
  const number = origin.columnNumber ?? 0
  if (number < 0) return []
  // A whole row.
  if (number === 0) return relation.columns
  if (relation.kind === 'view' || relation.kind === 'materialized-view') {
    return relation.columns.slice(number - 1, number)
  }
  const possible = relation.columns.slice(0, number)
  const meant = possible.filter(column => isSource(relation, column, lineage))
  return meant.length > 0 ? meant : possible
}

function isSource(relation: CatalogRelation, column: CatalogColumn, lineage: Lineage | undefined): boolean {
  if (lineage === undefined || lineage.kind === 'none' || lineage.kind === 'unknown') return false
  return lineage.sources.some(
    source =>
      source.schema === relation.schema && source.relation === relation.name && source.column === column.name,
  )
}

function named(origin: FieldOrigin, catalog: Catalog): readonly CatalogColumn[] {
  if (origin.relation === undefined || origin.column === undefined) return []
  return catalog.relations
    .filter(({ name, schema }) => same(name, origin.relation) && schemaFits(schema, origin.schema))
    .flatMap(({ columns }) => columns.filter(({ name }) => same(name, origin.column)))
}

function schemaFits(schema: string, reported: string | undefined): boolean {
  return reported === undefined || reported === '' || same(schema, reported)
}

function same(a: string, b: string | undefined): boolean {
  return a.toLowerCase() === b?.toLowerCase()
}
