import type { LabelRule } from '../model/catalog.js'
import type { Clock } from '../util/clock.js'
import type { CatalogSource } from './catalog-source.js'
import { type CatalogQuery, liveCatalog } from './live-catalog.js'
import { readPostgresContent, readPostgresState } from './read-postgres.js'

export interface PostgresCatalogOptions {
  /**
   * Runs one statement in a transaction of its own (autocommit), as the role whose statements are
   * judged: its search path is part of the picture. Any role may read what is read here.
   */
  readonly query: CatalogQuery
  readonly labels: readonly LabelRule[]
  readonly clock: Clock
  /** Milliseconds that a picture may go uncompared. Default 60,000. */
  readonly maxAgeMs?: number
}

/**
 * The catalog of a live PostgreSQL database, versions 12 to 18, cached as `liveCatalog` says.
 *
 * @throws ConfigurationError for options that cannot be honoured; CardeaError CARDEA_CATALOG_UNAVAILABLE
 *   from `current` and `revalidate` when the database cannot be read.
 * @example
 * const catalog = postgresCatalog({
 *   query: async (sql, params) => (await pool.query(sql, [...params])).rows,
 *   labels: [{ column: 'cards.pan', label: 'pan' }],
 *   clock: systemClock,
 * })
 */
export function postgresCatalog({ query, ...options }: PostgresCatalogOptions): CatalogSource {
  return liveCatalog(
    {
      readState: () => readPostgresState(query),
      readContent: state => readPostgresContent(query, state.searchPath),
      advice: 'Check that the database is up and that its role may read pg_catalog.',
    },
    options,
  )
}
