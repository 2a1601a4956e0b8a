import { createHash } from 'node:crypto'
import type { Catalog, CatalogRelation, LabelRule } from '../model/catalog.js'
import { canonicalJson } from '../util/canonical-json.js'
import { applyLabels } from './labels.js'

/**
 * Content plus labels to a catalog. The same content gives the same version, whatever order it was
 * read in and wherever it was read from.
 */
export function assembleCatalog(content: Omit<Catalog, 'version'>, labels: readonly LabelRule[]): Catalog {
  const { dialect, searchPath, foldsNames } = content
  const relations = sortBy(applyLabels(content.relations, labels).map(ordered), ({ schema, name }) => [
    schema,
    name,
  ])
  const routines = sortBy(content.routines, routine => routine)
  const types = sortBy(content.types ?? [], type => type)
  const version = createHash('sha256')
    .update(canonicalJson({ dialect, foldsNames, searchPath, relations, routines, types }))
    .digest('hex')
  const folding = foldsNames === undefined ? {} : { foldsNames }
  return deepFreeze({
    dialect,
    version,
    ...folding,
    searchPath: [...searchPath],
    relations,
    routines,
    types,
  })
}

/** Columns keep the engine's order; everything else has none of its own. */
function ordered(relation: CatalogRelation): CatalogRelation {
  return {
    ...relation,
    keys: sortBy(relation.keys, key => key),
    ...(relation.parents === undefined ? {} : { parents: sortBy(relation.parents, parent => parent) }),
  }
}

function sortBy<T>(items: readonly T[], identity: (item: T) => unknown): readonly T[] {
  return items
    .map(item => ({ item, by: canonicalJson(identity(item)) }))
    .sort((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0))
    .map(({ item }) => item)
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)) deepFreeze(inner)
  }
  return Object.freeze(value)
}
