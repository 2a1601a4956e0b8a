import type { CatalogSource } from '../catalog/catalog-source.js'
import { postgresCatalog } from '../catalog/postgres.js'
import { readSchemaFile } from '../catalog/schema-file.js'
import { ConfigurationError, PeerMissingError } from '../errors.js'
import type { LabelRule } from '../model/catalog.js'
import type { Clock } from '../util/clock.js'

const CONNECT_TIMEOUT_MS = 10_000

/** Where a command gets its catalog from: exactly one of the two. */
export interface CatalogOptions {
  readonly schema?: string
  readonly url?: string
}

/**
 * Opens the catalog that the options name, for as long as `use` works.
 *
 * @throws ConfigurationError, PeerMissingError, CardeaError CARDEA_CATALOG_UNAVAILABLE; none of them
 *   repeats the URL, which holds a password.
 */
export async function withCatalog<T>(
  options: CatalogOptions,
  labels: readonly LabelRule[],
  clock: Clock,
  use: (source: CatalogSource) => Promise<T>,
): Promise<T> {
  const { schema, url } = options
  if (schema !== undefined && url === undefined) return use(await readSchemaFile(schema, labels))
  if (url !== undefined && schema === undefined) return withPostgres(url, labels, clock, use)
  throw new ConfigurationError(
    'Say where the schema is: either --schema schema.json or --url postgres://user@host/database.',
  )
}

async function withPostgres<T>(
  url: string,
  labels: readonly LabelRule[],
  clock: Clock,
  use: (source: CatalogSource) => Promise<T>,
): Promise<T> {
  const protocol = URL.canParse(url) ? new URL(url).protocol : ''
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') {
    throw new ConfigurationError(
      '--url must look like postgres://user@host:5432/database; only PostgreSQL schemas are read from a live database.',
    )
  }
  const pool = await openPool(url)
  try {
    const query = async (sql: string, params: readonly unknown[]) => (await pool.query(sql, [...params])).rows
    return await use(postgresCatalog({ query, labels, clock }))
  } finally {
    await pool.end()
  }
}

async function openPool(url: string) {
  const { default: pg } = await import('pg').catch(() => {
    throw new PeerMissingError('pg', 'Reading the schema of a PostgreSQL database')
  })
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    application_name: 'cardea',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  // A connection that breaks while idle: the next query says so.
  pool.on('error', () => {})
  return pool
}
