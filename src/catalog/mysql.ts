import type { LabelRule } from '../model/catalog.js'
import type { Clock } from '../util/clock.js'
import type { CatalogSource } from './catalog-source.js'
import { type CatalogQuery, liveCatalog } from './live-catalog.js'
import { readMysqlContent, readMysqlState } from './read-mysql.js'

export interface MysqlCatalogOptions {
  /**
   * Runs one statement as the account whose statements are judged, in its current database and without
   * ANSI_QUOTES: information_schema shows an account what it has privileges on, and no more.
   */
  readonly query: CatalogQuery
  readonly labels: readonly LabelRule[]
  readonly clock: Clock
  /** Milliseconds that a picture may go uncompared. Default 60,000. */
  readonly maxAgeMs?: number
}

/**
 * The catalog of a live MySQL (8.0 and later) or MariaDB (10.6 and later) server, cached as `liveCatalog`
 * says: every database that the account sees. A view needs SHOW VIEW and some privilege on what it reads,
 * or it cannot be judged; without TRIGGER on a table, writes to it count as setting off triggers. What no
 * account is shown, and no comparison notices: temporary tables, loadable functions, and foreign keys that
 * cascade into tables on which the account has no privilege.
 *
 * @throws ConfigurationError for options that cannot be honoured; CardeaError CARDEA_CATALOG_UNAVAILABLE
 *   from `current` and `revalidate` when the database cannot be read.
 * @example
 * const catalog = mysqlCatalog({
 *   query: async sql => (await pool.query(sql))[0],
 *   labels: [{ column: 'cards.pan', label: 'pan' }],
 *   clock: systemClock,
 * })
 */
export function mysqlCatalog({ query, ...options }: MysqlCatalogOptions): CatalogSource {
  return liveCatalog(
    {
      readState: () => readMysqlState(query),
      readContent: state => readMysqlContent(query, state),
      advice: 'Check that the database is up and that the account may connect to it.',
    },
    options,
  )
}
