import type { Catalog, CatalogRelation, RelationKind } from '../../model/catalog.js'
import type { LeftOut } from '../report.js'

/** Relations that show what is stored elsewhere, and why they are not looked at. */
export const NOT_STORED = {
  view: 'a view',
  'foreign-table': 'a table of another server',
  other: 'no ordinary table',
} as const

/** Those that are not the engine's. */
export function own(catalog: Catalog): readonly CatalogRelation[] {
  return catalog.relations.filter(({ system }) => !system)
}

export function viewsOf(
  catalog: Catalog,
  kinds: Partial<Readonly<Record<RelationKind, string>>>,
): readonly LeftOut[] {
  return own(catalog).flatMap(({ schema, name, kind }) => {
    const why = kinds[kind]
    return why === undefined ? [] : [{ schema, relation: name, why }]
  })
}
