import type { Catalog, LabelRule } from '../model/catalog.js'
import type { CatalogSource } from './catalog-source.js'
import { unmatchedLabels } from './labels.js'

/**
 * Tells when a label rule stops matching any column: a migration that renames the column takes its
 * protection away, and nothing else would say so.
 *
 * @param lost called once for each new picture in which rules match nothing that matched in the one before.
 */
export function watchLabels(
  source: CatalogSource,
  labels: readonly LabelRule[],
  lost: (rules: readonly LabelRule[], catalog: Catalog) => void,
): CatalogSource {
  let seen: string | undefined
  let unmatched: readonly LabelRule[] = []

  function look(catalog: Catalog): Catalog {
    if (catalog.version === seen) return catalog
    const before = unmatched.map(({ column, label }) => `${column} ${label}`)
    unmatched = unmatchedLabels(catalog, labels)
    const fresh = unmatched.filter(({ column, label }) => !before.includes(`${column} ${label}`))
    if (seen !== undefined && fresh.length > 0) lost(fresh, catalog)
    seen = catalog.version
    return catalog
  }

  return Object.freeze({
    current() {
      const found = source.current()
      return found instanceof Promise ? found.then(look) : look(found)
    },
    invalidate: () => source.invalidate(),
    revalidate: async () => look(await source.revalidate()),
  } satisfies CatalogSource)
}
