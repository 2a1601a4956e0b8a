/** Values that are rows: what their fields come from. */
import type { CatalogField } from '../../model/catalog.js'
import type { QualifiedName } from '../relational.js'
import type { CatalogIndex } from './catalog-index.js'
import { derived, type Provenance, type RowField, rowOfFields } from './provenance.js'
import { typeNamed } from './user-types.js'

/** Rows in rows. */
const MAX_DEPTH = 8

/** A value of a type, or an array of it, with its fields where the type is composite. */
export function ofType(value: Provenance, type: QualifiedName, index: CatalogIndex, depth = 0): Provenance {
  const fields = depth > MAX_DEPTH ? undefined : index.types.fieldsOf(type)
  if (fields === undefined) return value
  const part = derived([value])
  const rows = fields.map(field => {
    const name = typeNamed(field.type)
    return { name: field.name, provenance: name === undefined ? part : ofType(part, name, index, depth + 1) }
  })
  return rowOfFields(value, rows)
}

/** The value of a column, with its fields where its type is composite. */
export function ofColumnType(value: Provenance, type: string, index: CatalogIndex): Provenance {
  const name = typeNamed(type)
  return name === undefined ? value : ofType(value, name, index)
}

/** Whether the value is a row of just these fields. */
export function isRowOf(value: Provenance, fields: readonly CatalogField[] | undefined): boolean {
  if (fields === undefined || value.row !== true || value.fields?.length !== fields.length) return false
  return value.fields.every(
    ({ name, provenance }, at) => name === fields[at]?.name && provenance.type === fields[at]?.type,
  )
}

/** Fields of a row into each of which more than the field's own value flows. */
export function mixedFields(
  fields: readonly RowField[] | undefined,
  others: readonly Provenance[],
): readonly RowField[] | undefined {
  return fields?.map(({ name, provenance }) => ({
    name,
    provenance: rowOfFields(derived([provenance, ...others]), mixedFields(provenance.fields, others)),
  }))
}
