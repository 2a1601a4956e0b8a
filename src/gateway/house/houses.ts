/** Every data source of the configuration under governance, each with a pool, a pipeline and a trail of its own. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { AnchorLag } from '../../audit/anchors/anchoring.js'
import { fileTrail } from '../../audit/file-trail.js'
import { pemRootSigner } from '../../audit/keys/root-signer.js'
import type { RemoteSink } from '../../audit/sinks/remote.js'
import type { BudgetOptions, MaskingOptions } from '../../config.js'
import { databaseConfig } from '../../connect/database-config.js'
import { GovernedConnection } from '../../governed-connection.js'
import type { IdentityProvider } from '../../identity/identity-provider.js'
import type { Policy } from '../../policy/policy.js'
import type { Clock } from '../../util/clock.js'
import type { Ids } from '../../util/ids.js'
import type { DataSourceConfig, GatewayConfig } from '../config/gateway-config.js'
import { errorFields, type GatewayLog } from '../operation/log.js'
import type { Metrics } from '../operation/metrics.js'
import { recordMetrics } from '../operation/record-metrics.js'
import type { ApprovalOffice } from './approvals.js'
import { auditAnchors } from './audit-anchors.js'
import { auditSinks } from './audit-sinks.js'
import { watchedTrail } from './watched-trail.js'

export interface House {
  readonly id: string
  readonly connection: GovernedConnection
  /** False for good once its trail has failed. */
  readonly sound: () => boolean
  /** How far the anchors of its trail are behind. */
  readonly anchorLag: () => readonly AnchorLag[]
  /** Peers that get copies of its trail. */
  readonly sinks: readonly RemoteSink[]
}

export interface HouseSurroundings {
  readonly identity: IdentityProvider
  readonly office: ApprovalOffice
  /** One store, shared by all data sources. */
  readonly budgets: BudgetOptions
  readonly metrics: Metrics
  readonly log: GatewayLog
  readonly clock: Clock
  readonly ids: Ids
  /** Where several processes serve together: each has a trail of its own, in a directory of this name. */
  readonly worker?: string
}

/** Opens all or none. @throws what opening one throws, after the others are closed. */
export async function openHouses(
  config: Pick<GatewayConfig, 'dataSources' | 'audit' | 'approval' | 'masking'>,
  around: HouseSurroundings,
): Promise<readonly [House, ...House[]]> {
  const opened: House[] = []
  try {
    for (const dataSource of config.dataSources) opened.push(await openHouse(dataSource, config, around))
    const [first, ...others] = opened
    if (first === undefined) throw new RangeError('no data source')
    return [first, ...others]
  } catch (error) {
    await closeHouses(opened)
    throw error
  }
}

async function openHouse(
  { id, environment, url, connections, policy }: DataSourceConfig,
  { audit, approval, masking }: Pick<GatewayConfig, 'audit' | 'approval' | 'masking'>,
  { identity, office, budgets, metrics, log, clock, ids, worker = '' }: HouseSurroundings,
): Promise<House> {
  const anchors = auditAnchors(audit, id, { metrics, log, clock })
  const parts = [id, worker].filter(part => part !== '')
  const file = fileTrail({
    directory: join(audit.directory, ...parts),
    // Anchors, which several trails share, show it.
    origin: [hostname(), ...parts].join('/'),
    ...(audit.keys === undefined ? {} : { keys: { root: pemRootSigner(audit.keys.root.reveal()) } }),
    anchors,
    clock,
    ids,
  })
  const { sink, sound } = watchedTrail(file, error => {
    metrics.trailFailures.inc({ data_source: id })
    log.error('the audit trail failed; nothing runs until a restart', {
      dataSource: id,
      ...errorFields(error),
    })
  })
  const sinks = await auditSinks(audit, [id, worker], clock)
  const { store, key, channels } = office
  const connection = await GovernedConnection.open(databaseConfig(url.reveal(), connections), {
    policy,
    audit: [sink, recordMetrics(id, metrics), ...sinks],
    identity,
    approval: channels,
    queue: { store, key, mode: approval.mode },
    budgets,
    dataSource: { id, environment },
    ...(masking === undefined ? {} : { masking: keyOf(masking) }),
    clock,
    ids,
  })
  return { id, connection, sound, sinks, anchorLag: file.anchorLag }
}

function keyOf({ key, id }: NonNullable<GatewayConfig['masking']>): MaskingOptions {
  const bytes = Buffer.from(key.reveal(), 'base64')
  return id === undefined ? { key: bytes } : { key: bytes, id }
}

/** Closes every one, whatever becomes of the others. @throws the first error. */
export async function closeHouses(houses: readonly House[]): Promise<void> {
  const ends = await Promise.allSettled(houses.map(({ connection }) => connection.close()))
  const failed = ends.find(end => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/**
 * Puts policies in the place of those in force, in all houses or, where one rejects, in none.
 *
 * @throws what the first failure was; `AggregateError` where not all could go back, which leaves different
 *   policies in force than before and is for a restart to settle.
 */
export async function replacePolicies(
  houses: readonly House[],
  before: ReadonlyMap<string, Policy>,
  after: ReadonlyMap<string, Policy>,
): Promise<void> {
  const replaced: House[] = []
  try {
    for (const house of houses) {
      const next = after.get(house.id)
      if (next === undefined || next.hash === before.get(house.id)?.hash) continue
      await house.connection.replacePolicy(next)
      replaced.push(house)
    }
  } catch (error) {
    const returns = await Promise.allSettled(
      replaced.map(async ({ id, connection }) => {
        const old = before.get(id)
        if (old !== undefined) await connection.replacePolicy(old)
      }),
    )
    const lost = returns.filter(({ status }) => status === 'rejected')
    throw lost.length === 0 ? error : new AggregateError([error], 'Not every policy could be put back.')
  }
}
