/** Whether everything that a configuration names is there and answers. Changes nothing. */
import type { Knex } from 'knex'
import { approvalMigrations, migrationStatus } from '../approval/stores/knex/migrations.js'
import { errorCode } from '../audit/error-code.js'
import { budgetMigrations } from '../budget/stores/knex/migrations.js'
import { unmatchedLabels } from '../catalog/labels.js'
import { withCatalog } from '../connect/catalog-connection.js'
import { openStoreConnection } from '../connect/store-connection.js'
import { ledgerMigrations } from '../enforcement/ledger/knex/migrations.js'
import { mysqlUpstreams } from '../enforcement/upstream/mysql/pool.js'
import { pgUpstreams } from '../enforcement/upstream/postgres/pool.js'
import { CardeaError } from '../errors.js'
import { identityMigrations } from '../identity/stores/migrations.js'
import type { Clock } from '../util/clock.js'
import type { DataSourceConfig, GatewayConfig } from './config/gateway-config.js'
import type { Secret } from './config/secret.js'
import { isMysql, isPostgres } from './config/wire-targets.js'
import { mysqlTargetOf, targetOf } from './house/accounts.js'
import { doorkeeper } from './house/identity.js'
import { sessionMigrations } from './sessions/migrations.js'

export interface Finding {
  /** For example `'database billing'`. */
  readonly part: string
  readonly ok: boolean
  /** What is wrong, or worth knowing. */
  readonly why?: string
}

/** Never rejects, and says nothing that a database or a provider has answered. */
export async function reach(config: GatewayConfig, clock: Clock): Promise<readonly Finding[]> {
  const store = config.store === 'memory' ? undefined : await openStoreConnection(config.store.url.reveal())
  try {
    const keeper = doorkeeper(config, store, clock)
    return await Promise.all([
      ...config.dataSources.map(dataSource => databaseFinding(dataSource, clock)),
      ...config.dataSources.flatMap(dataSource => [
        ...(config.postgres === undefined ? [] : postgresFindings(dataSource, clock)),
        ...(config.mysql === undefined ? [] : mysqlFindings(dataSource, clock)),
      ]),
      ...(store === undefined ? [] : [storeFinding(store)]),
      ...keeper.checks.map(({ name, probe }) =>
        finding(name, async () => {
          await probe()
          return undefined
        }),
      ),
    ])
  } finally {
    await store?.destroy()
  }
}

async function databaseFinding({ id, url, policy }: DataSourceConfig, clock: Clock): Promise<Finding> {
  return finding(`database ${id}`, () =>
    withCatalog({ url: url.reveal() }, policy.labels, clock, async source => {
      const unmatched = unmatchedLabels(await source.current(), policy.labels)
      if (unmatched.length === 0) return undefined
      return `labels that match no column: ${unmatched.map(({ column }) => column).join(', ')}`
    }),
  )
}

/** As sessions of a wire door reach it, and under each of its accounts. */
function sessionFindings<Upstreams extends { close(): Promise<void> }>(
  { id, url, accounts }: DataSourceConfig,
  open: (at: Secret) => Upstreams,
  acquire: (upstreams: Upstreams, signal: AbortSignal) => Promise<{ destroy(): void }>,
): readonly Promise<Finding>[] {
  const sessions = (part: string, at: Secret): Promise<Finding> =>
    finding(part, async () => {
      const upstreams = open(at)
      const upstream = await acquire(upstreams, AbortSignal.timeout(PATIENCE_MS))
      upstream.destroy()
      await upstreams.close()
      return undefined
    })
  return [
    sessions(`sessions of ${id}`, url),
    ...accounts.map(({ roles, url: at }) => sessions(`sessions of ${id} for ${roles.join(', ')}`, at)),
  ]
}

function postgresFindings(dataSource: DataSourceConfig, clock: Clock): readonly Promise<Finding>[] {
  if (!isPostgres(dataSource.url)) return []
  return sessionFindings(
    dataSource,
    at => pgUpstreams({ target: targetOf(at), connections: 1, messageBytes: MESSAGE_BYTES, clock }),
    (upstreams, signal) => upstreams.acquire(new Map(), signal),
  )
}

function mysqlFindings(dataSource: DataSourceConfig, clock: Clock): readonly Promise<Finding>[] {
  if (!isMysql(dataSource.url)) return []
  return sessionFindings(
    dataSource,
    at => mysqlUpstreams({ target: mysqlTargetOf(at), connections: 1, packetBytes: MESSAGE_BYTES, clock }),
    (upstreams, signal) => upstreams.acquire(signal),
  )
}

const PATIENCE_MS = 10_000
/** Of what a server says at a sign-in. */
const MESSAGE_BYTES = 1_048_576

const MIGRATIONS = [
  approvalMigrations,
  identityMigrations,
  ledgerMigrations,
  sessionMigrations,
  budgetMigrations,
]

async function storeFinding(knex: Knex): Promise<Finding> {
  return finding('store', async () => {
    for (const migrations of MIGRATIONS) {
      const { missing, unknown } = await migrationStatus(knex, migrations)
      if (missing.length > 0) throw new CardeaError('CARDEA_STORE_UNAVAILABLE', 'Run cardea store migrate.')
      if (unknown.length > 0)
        throw new CardeaError('CARDEA_STORE_UNAVAILABLE', 'A newer Cardea made the tables. Update this one.')
    }
    return undefined
  })
}

async function finding(part: string, look: () => Promise<string | undefined>): Promise<Finding> {
  try {
    const why = await look()
    return { part, ok: true, ...(why === undefined ? {} : { why }) }
  } catch (error) {
    const why = error instanceof CardeaError ? error.message : `no answer (${errorCode(error) ?? 'unknown'})`
    return { part, ok: false, why }
  }
}
