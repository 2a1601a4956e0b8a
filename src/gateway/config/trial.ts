/** The configuration of a gateway that is tried out: one database, one caller, this machine, nothing to set up. */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { databaseConfig } from '../../connect/database-config.js'
import { ConfigurationError } from '../../errors.js'
import { loadPolicy } from '../../policy/load.js'
import { canonicalJson } from '../../util/canonical-json.js'
import type { GatewayConfig } from './gateway-config.js'
import { configSchema } from './schema.js'
import { Secret } from './secret.js'
import { LOOPBACK } from './sound.js'
import { isPostgres } from './wire-targets.js'

export interface TrialOptions {
  /** `postgres://…` or `mysql://…`; a password that is not in it comes from `PGPASSWORD` or `MYSQL_PWD`. */
  readonly upstream: string
  /** Path of a policy. */
  readonly policy: string
  /** Address and port on this machine. */
  readonly listen: string
  /** Directory of the trail. */
  readonly audit: string
  /** Who the caller is on record. */
  readonly subject: string
  readonly roles: readonly string[]
  /** Base64url. Whoever has it is the caller. */
  readonly token: Secret
  /** Base64, 32 bytes: masked values can be compared as long as it is the same. */
  readonly maskingKey: Secret
}

/**
 * @throws ConfigurationError for a database that is neither PostgreSQL nor MySQL or an address beyond this machine;
 *   PolicyInvalidError.
 */
export async function trialConfig(
  options: TrialOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<GatewayConfig> {
  const { policy: path, subject, roles, token, maskingKey } = options
  const url = upstreamUrl(options.upstream, env)
  const policy = await loadPolicy(path)
  const id = dataSourceOf(url)
  const { limits, approval, log } = configSchema.shape
  const { mode, inbox } = approval.parse(undefined)
  return Object.freeze<GatewayConfig>({
    file: resolve(path),
    hash: createHash('sha256')
      .update(canonicalJson({ trial: id, policy: policy.hash, subject, roles }))
      .digest('hex'),
    dataSources: [
      {
        id,
        environment: 'trial',
        url: new Secret(url.href),
        connections: 10,
        sessions: 100,
        accounts: [],
        policy,
      },
    ],
    audit: { directory: resolve(options.audit), sinks: [], anchors: [] },
    identity: { oidc: [], trial: { subject, roles, token } },
    masking: { key: maskingKey },
    store: 'memory',
    approval: { mode, inbox },
    ...doorOf(url, options.listen),
    limits: limits.parse(undefined),
    workers: 1,
    drainMs: 5_000,
    logLevel: log.parse(undefined).level,
  })
}

/** Of the database's own protocol. */
function doorOf(url: URL, listen: string): Pick<GatewayConfig, 'postgres' | 'mysql'> {
  const given = { ...addressOf(listen), cleartext: 'loopback' as const }
  const { postgres, mysql } = configSchema.shape
  if (isPostgres(new Secret(url.href))) {
    const { tls: _, ...door } = postgres.unwrap().parse(given)
    return { postgres: door }
  }
  const { tls: _, ...door } = mysql.unwrap().parse(given)
  return { mysql: door }
}

function upstreamUrl(text: string, env: NodeJS.ProcessEnv): URL {
  if (!URL.canParse(text) || !/^(postgres(ql)?|mysql|mariadb):$/.test(new URL(text).protocol)) {
    throw new ConfigurationError(
      '--upstream must look like postgres://user@host:5432/database or mysql://user@host:3306/database.',
    )
  }
  databaseConfig(text, 1)
  const url = new URL(text)
  const password = isPostgres(new Secret(text)) ? env['PGPASSWORD'] : env['MYSQL_PWD']
  if (url.password === '' && password !== undefined) url.password = encodeURIComponent(password)
  return url
}

/** Clients name it as their database, so it has the database's own name where that can be an id. */
function dataSourceOf({ pathname }: URL): string {
  const name = decodeURIComponent(pathname.slice(1))
  return /^[a-z0-9][a-z0-9._-]{0,99}$/i.test(name) ? name : 'trial'
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || Number(port) > 65_535) {
    throw new ConfigurationError('--listen must be an address and a port, for example 127.0.0.1:6432.')
  }
  if (!LOOPBACK.test(host)) {
    throw new ConfigurationError(
      'A trial listens on this machine only: its token travels in clear text. For others, write a configuration with tls.',
    )
  }
  return { host, port: Number(port) }
}
