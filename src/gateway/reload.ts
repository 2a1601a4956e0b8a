/** A changed configuration is taken over as a whole or not at all, and either is put on record. */
import { CardeaError, ConfigurationError } from '../errors.js'
import type { Policy } from '../policy/policy.js'
import { differences } from './config/differences.js'
import type { GatewayConfig, TlsFiles } from './config/gateway-config.js'
import { type House, replacePolicies } from './house/houses.js'
import type { Limits } from './operation/limiter.js'
import { errorFields, type GatewayLog, type LogLevel } from './operation/log.js'

export type Reloaded =
  | { readonly applied: true; readonly changed: readonly string[] }
  | { readonly applied: false; readonly why: string }

export interface ReloadParts {
  readonly houses: readonly House[]
  readonly log: GatewayLog
  read(): Promise<GatewayConfig>
  setTls(files: {
    readonly http: TlsFiles | undefined
    readonly postgres: TlsFiles | undefined
    readonly mysql: TlsFiles | undefined
    readonly approvals: TlsFiles | undefined
  }): void
  setLimits(limits: Limits): void
  setLevel(level: LogLevel): void
  /** Not all of it could be taken back: only a restart knows what is in force. */
  distrust(): void
}

export interface Applied {
  readonly config: GatewayConfig
  readonly result: Reloaded
}

/** @param asked who or what wanted it, for the record, for example `'SIGHUP'`. */
export async function reload(before: GatewayConfig, asked: string, parts: ReloadParts): Promise<Applied> {
  try {
    const after = await parts.read()
    const changed = await apply(before, after, parts)
    await record(parts, ({ id }) => ({
      result: 'applied',
      asked,
      changed,
      config: { before: before.hash, after: after.hash },
      policy: { before: policies(before).get(id)?.hash, after: policies(after).get(id)?.hash },
    }))
    parts.log.info('configuration reloaded', { asked, changed: changed.join(' '), config: after.hash })
    return { config: after, result: { applied: true, changed } }
  } catch (error) {
    if (error instanceof AggregateError) parts.distrust()
    const why = error instanceof CardeaError ? error.message : 'It could not be put into force.'
    parts.log.error('configuration not reloaded; the old one stays', { asked, ...errorFields(error) })
    await record(parts, () => ({ result: 'refused', asked, why, config: { before: before.hash } }))
    return { config: before, result: { applied: false, why } }
  }
}

async function apply(
  before: GatewayConfig,
  after: GatewayConfig,
  { houses, setTls, setLimits, setLevel }: ReloadParts,
): Promise<readonly string[]> {
  const { fixed, reloadable } = differences(before, after)
  if (fixed.length > 0) {
    throw new ConfigurationError(
      `Only a restart can change ${fixed.map(key => key.replace(/\.presence$/, '')).join(', ')}. Nothing was changed.`,
    )
  }
  await replacePolicies(houses, policies(before), policies(after))
  setTls({
    http: after.http?.tls,
    postgres: after.postgres?.tls,
    mysql: after.mysql?.tls,
    approvals: after.approval.listen?.tls,
  })
  setLimits(after.limits)
  setLevel(after.logLevel)
  return reloadable
}

function policies({ dataSources }: GatewayConfig): ReadonlyMap<string, Policy> {
  return new Map(dataSources.map(({ id, policy }) => [id, policy]))
}

/** A trail that cannot take it stops the next statement by itself. */
async function record(
  { houses, log }: ReloadParts,
  detail: (house: House) => Readonly<Record<string, unknown>>,
): Promise<void> {
  for (const house of houses) {
    await house.connection.note('config.reload', detail(house)).catch((error: unknown) => {
      log.error('a reload could not be put on record', { dataSource: house.id, ...errorFields(error) })
    })
  }
}
