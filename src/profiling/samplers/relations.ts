import type { Catalog, CatalogRelation, RelationKind } from '../../model/catalog.js'
import type { LeftOut } from '../report.js'

/** Relations that show what is stored elsewhere, and why they are not looked at. */
export const NOT_STORED: Partial<Readonly<Record<RelationKind, string>>> = {
  view: 'a view',
  'foreign-table': 'a table of another server',
  other: 'no ordinary table',
}

/** Those that are not the engine's. */
export function own(catalog: Catalog): readonly CatalogRelation[] {
  return catalog.relations.filter(({ system }) => !system)
}

export function viewsOf(catalog: Catalog, kinds: typeof NOT_STORED): readonly LeftOut[] {
  return own(catalog).flatMap(({ schema, name, kind }) => {
    const why = kinds[kind]
    return why === undefined ? [] : [{ schema, relation: name, why }]
  })
}
