import knex, { type Knex } from 'knex'
import type { Governor } from '../../model/governor.js'
import type { Agent, Credentials } from '../../model/principal.js'
import type { ApprovalWish, DataSource, Submission } from '../../model/submission.js'
import { governedClientClass } from './client.js'
import type { Host } from './host.js'
import type { ClientConfig, KnexClient } from './knex-internals.js'
import { leases } from './lease.js'
import type { Enforcement } from './statement.js'
import { controls } from './transaction.js'

export { isGoverned } from './mark.js'

/** A Knex whose every statement is governed. A function that must not run ungoverned can ask for this type. */
export type GovernedKnex<K extends Knex = Knex> = K & { readonly [governed]: true }
declare const governed: unique symbol

/** What a handle is bound to. */
export interface HandleOptions {
  readonly client: KnexClient
  readonly host: Host
  readonly governor: Governor
  readonly credentials: Credentials
  readonly agent?: Agent
  readonly session: string
  readonly dataSource: DataSource
  readonly origination: string
  readonly approval?: ApprovalWish
  readonly signal?: AbortSignal
}

export function governedHandle<K extends Knex>(options: HandleOptions): GovernedKnex<K> {
  const { client, host, governor } = options
  const enforcement: Enforcement = {
    host,
    governor,
    leases: leases(host),
    passes: new WeakMap(),
    controls: controls(),
    submission: submissions(options),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }
  const Client = governedClientClass({ client, enforcement, config: shaping(client.config) })
  return knex({ client: Client as unknown as typeof Knex.Client }) as unknown as GovernedKnex<K>
}

function submissions({
  host,
  credentials,
  agent,
  session,
  dataSource,
  origination,
  approval,
}: HandleOptions): Enforcement['submission'] {
  const { dialect } = host.driver
  const known = {
    ...(agent === undefined ? {} : { agent }),
    ...(approval === undefined ? {} : { approval }),
  }
  return ({ sql, bindings }, issuer): Submission =>
    Object.freeze({
      statement: sql,
      bindings,
      dialect,
      credentials,
      ...known,
      session,
      dataSource,
      origination,
      point: 'knex',
      issuer,
    })
}

const shapingKeys = [
  'useNullAsDefault',
  'postProcessResponse',
  'wrapIdentifier',
  'asyncStackTraces',
  'migrations',
  'seeds',
  'version',
  'returning',
  'defaultDateTimePrecision',
  'jsonbSupport',
  'formatting',
  'acquireConnectionTimeout',
] as const

/** The settings that make SQL and rows what they are; nothing that reaches or describes a connection. */
function shaping(config: ClientConfig): ClientConfig {
  const kept: ClientConfig = { compileSqlOnError: false, log: quietLog(config['log']) }
  for (const key of shapingKeys) if (config[key] !== undefined) kept[key] = config[key]
  return kept
}

/** The host's logger without `debug`, which Knex feeds with bindings. */
function quietLog(log: unknown): object {
  const given = typeof log === 'object' && log !== null ? log : {}
  const pick = (name: string) => {
    const value: unknown = Reflect.get(given, name)
    return value === undefined ? {} : { [name]: value }
  }
  return { ...pick('warn'), ...pick('error'), ...pick('deprecate'), debug: () => {} }
}
