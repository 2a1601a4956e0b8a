import type { Catalog } from '../model/catalog.js'
import type { Dialect } from '../model/dialect.js'
import { assembleCatalog } from './assemble.js'
import type { CatalogSource } from './catalog-source.js'

/** A database without relations, so that every relation named is unknown and refused. For tests and dry runs. */
export function emptyCatalog(dialect: Dialect): CatalogSource {
  return fixedCatalog(assembleCatalog({ dialect, searchPath: [], relations: [], routines: [] }, []))
}

/** A picture that never changes: nothing to invalidate, nothing to compare it with. */
export function fixedCatalog(catalog: Catalog): CatalogSource {
  return Object.freeze({
    current: () => catalog,
    invalidate: () => {},
    revalidate: async () => catalog,
  } satisfies CatalogSource)
}
