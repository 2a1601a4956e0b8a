import type { LabelRule } from '../model/catalog.js'
import type { Clock } from '../util/clock.js'
import type { CatalogSource } from './catalog-source.js'
import { type CatalogQuery, liveCatalog } from './live-catalog.js'
import { readSqliteContent, readSqliteState } from './read-sqlite.js'

export interface SqliteCatalogOptions {
  /**
   * Runs one statement outside any transaction, on the connection whose statements are judged: attached
   * databases and temporary tables are its own.
   */
  readonly query: CatalogQuery
  readonly labels: readonly LabelRule[]
  readonly clock: Clock
  /** Milliseconds that a picture may go uncompared. Default 60,000. */
  readonly maxAgeMs?: number
}

/**
 * The catalog of a live SQLite database, version 3.37 or later, cached as `liveCatalog` says. Shadow tables
 * of virtual tables are left out, so statements that name them are refused.
 *
 * @throws ConfigurationError for options that cannot be honoured; CardeaError CARDEA_CATALOG_UNAVAILABLE
 *   from `current` and `revalidate` when the database cannot be read.
 * @example
 * const catalog = sqliteCatalog({
 *   query: async (sql, params) => database.prepare(sql).all(...params),
 *   labels: [{ column: 'cards.pan', label: 'pan' }],
 *   clock: systemClock,
 * })
 */
export function sqliteCatalog({ query, ...options }: SqliteCatalogOptions): CatalogSource {
  return liveCatalog(
    {
      readState: () => readSqliteState(query),
      readContent: state => readSqliteContent(query, state),
      advice: 'Check that the file is there, that it is a SQLite database and that it may be read.',
    },
    options,
  )
}
