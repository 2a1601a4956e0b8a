import type { Catalog } from '../model/catalog.js'

/** Port: the live (or dumped) picture of one database, labels applied. */
export interface CatalogSource {
  /** The current picture; cached until invalidated. Throws CardeaError CARDEA_CATALOG_UNAVAILABLE. */
  current(): Catalog | Promise<Catalog>
  /** Forget the cached picture: DDL ran, or a result did not have the shape that the picture promised. */
  invalidate(): void
  /** Compares the cached picture with the database and reloads it if they differ. */
  revalidate(): Promise<Catalog>
}
