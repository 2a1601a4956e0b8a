/** Fetches what a valid configuration names, and checks what its text alone cannot tell. */
import { availableParallelism } from 'node:os'
import { createSecureContext } from 'node:tls'
import { databaseConfig } from '../../connect/database-config.js'
import { ConfigurationError } from '../../errors.js'
import { publicKey } from '../../identity/agent-tokens/keys.js'
import type { Problem } from '../../policy/cross-checks.js'
import { loadPolicy } from '../../policy/load.js'
import type { Policy } from '../../policy/policy.js'
import { auditAnchorsOf } from './audit-anchors.js'
import { auditKeysOf } from './audit-keys.js'
import { auditSinksOf } from './audit-sinks.js'
import type { Surroundings } from './files.js'
import type {
  AccountConfig,
  ApprovalConfig,
  DataSourceConfig,
  GatewayConfig,
  HttpConfig,
  IdentityConfig,
  MysqlConfig,
  OidcConfig,
  PostgresConfig,
  TlsFiles,
} from './gateway-config.js'
import { maskingOf, requireKey } from './masking.js'
import { Trouble } from './problems.js'
import type { ConfigBody } from './schema.js'
import { Secret } from './secret.js'
import type { SecretPlace } from './secret-place.js'
import { sound } from './sound.js'
import {
  checkAccounts,
  checkServed,
  checkTarget,
  holdsCertificates,
  isMysql,
  isPostgres,
  type Served,
} from './wire-targets.js'

type Path = Problem['path']
type Resolved = Omit<GatewayConfig, 'file' | 'hash'>

/** @throws AggregateError with one `Trouble` for each mistake. */
export async function resolveConfig(body: ConfigBody, around: Surroundings): Promise<Resolved> {
  const [dataSources, keys, sinks, anchors, masking, identity, store, approval, tls, postgresTls, mysqlTls] =
    await every([
      dataSourcesOf(body, around),
      auditKeysOf(body, around),
      auditSinksOf(body.audit.sinks, around),
      auditAnchorsOf(body.audit.anchors, around),
      maskingOf(body, around),
      identityOf(body, around),
      storeOf(body, around),
      approvalOf(body, around),
      tlsOf(body.http?.tls, ['http', 'tls'], around),
      tlsOf(body.postgres?.tls, ['postgres', 'tls'], around),
      tlsOf(body.mysql?.tls, ['mysql', 'tls'], around),
      sound(body),
    ])
  const { operator } = body
  return {
    dataSources,
    audit: {
      directory: around.path(body.audit.directory),
      ...(keys === undefined ? {} : { keys }),
      sinks,
      anchors,
    },
    identity,
    ...(masking === undefined ? {} : { masking }),
    store,
    approval,
    ...doorsOf(body, { tls, postgresTls, mysqlTls }),
    ...(operator === undefined ? {} : { operator: { host: operator.host, port: operator.port } }),
    limits: body.limits,
    workers: body.workers === 'auto' ? availableParallelism() : body.workers,
    drainMs: body.drain,
    logLevel: body.log.level,
  }
}

function doorsOf(
  body: ConfigBody,
  files: Readonly<Record<'tls' | 'postgresTls' | 'mysqlTls', TlsFiles | undefined>>,
): Pick<Resolved, 'http' | 'postgres' | 'mysql'> {
  const { tls, postgresTls, mysqlTls } = files
  const doors: { http?: HttpConfig; postgres?: PostgresConfig; mysql?: MysqlConfig } = {}
  if (body.http !== undefined) {
    const { tls: _, insecure: __, ...http } = body.http
    doors.http = { ...http, ...(tls === undefined ? {} : { tls }) }
  }
  if (body.postgres !== undefined) {
    const { tls: _, ...postgres } = body.postgres
    doors.postgres = { ...postgres, ...(postgresTls === undefined ? {} : { tls: postgresTls }) }
  }
  if (body.mysql !== undefined) {
    const { tls: _, ...mysql } = body.mysql
    doors.mysql = { ...mysql, ...(mysqlTls === undefined ? {} : { tls: mysqlTls }) }
  }
  return doors
}

/** Like `Promise.all`, but tells everything that went wrong. @throws AggregateError of nothing but `Trouble`s. */
async function every<Works extends readonly unknown[]>(
  works: readonly [...{ [At in keyof Works]: Promise<Works[At]> }],
): Promise<Works> {
  const ends = await Promise.allSettled(works)
  const errors: unknown[] = ends.flatMap(end => {
    if (end.status === 'fulfilled') return []
    return end.reason instanceof AggregateError ? end.reason.errors : [end.reason]
  })
  const other = errors.find(error => !(error instanceof Trouble))
  if (other !== undefined) throw other
  if (errors.length > 0) throw new AggregateError(errors)
  return Promise.all(works) as unknown as Promise<Works>
}

async function dataSourcesOf(body: ConfigBody, around: Surroundings): Promise<GatewayConfig['dataSources']> {
  const loaded = new Map<string, Promise<Policy>>()
  const entries = Object.entries(body.dataSources).map(async ([id, given]): Promise<DataSourceConfig> => {
    const at = ['dataSources', id]
    const policyPath = given.policy === undefined ? ['policy'] : [...at, 'policy']
    const file = given.policy ?? body.policy
    if (file === undefined) throw new Trouble(at, 'has no policy: name one here, or one for all at the top')
    const known = loaded.get(around.path(file)) ?? policyOf(around.path(file), policyPath)
    loaded.set(around.path(file), known)
    const served = servedBy(body)
    const [url, policy, accounts] = await every([
      databaseOf(given.url, [...at, 'url'], around, served),
      known,
      accountsOf(given.accounts, at, around),
    ])
    requireKey(policy, body, policyPath)
    checkAccounts(url, accounts, at)
    const { max: connections, sessions } = given.pool
    return { id, environment: given.environment, url, connections, sessions, accounts, policy }
  })
  const [first, ...others] = await every<DataSourceConfig[]>(entries)
  if (first === undefined)
    throw new AggregateError([new Trouble(['dataSources'], 'needs at least one database')])
  checkServed(servedBy(body), [first, ...others])
  return [first, ...others]
}

const BOTH: Served = Object.freeze({ postgres: true, mysql: true })

function servedBy({ postgres, mysql }: ConfigBody): Served {
  return { postgres: postgres !== undefined, mysql: mysql !== undefined }
}

async function accountsOf(
  given: ConfigBody['dataSources'][string]['accounts'],
  at: Path,
  around: Surroundings,
): Promise<readonly AccountConfig[]> {
  return every<AccountConfig[]>(
    given.map(async ({ roles, url }, index) => {
      const place = [...at, 'accounts', index, 'url']
      const secret = await databaseOf(url, place, around, BOTH)
      if (!isPostgres(secret) && !isMysql(secret))
        throw new Trouble(place, 'must be postgres://… or mysql://…: accounts are for the doors of those')
      return { roles, url: secret }
    }),
  )
}

async function policyOf(path: string, at: Path): Promise<Policy> {
  return loadPolicy(path).catch((error: unknown) => {
    throw error instanceof Error ? new Trouble(at, error.message) : error
  })
}

async function databaseOf(
  url: string | SecretPlace,
  at: Path,
  around: Surroundings,
  served?: Served,
): Promise<Secret> {
  const found = typeof url === 'string' ? new Secret(url) : await around.secret(url, at)
  checked(at, () => databaseConfig(found.reveal(), 1))
  if (served !== undefined) checkTarget(found, at, served)
  return found
}

async function identityOf({ identity }: ConfigBody, around: Surroundings): Promise<IdentityConfig> {
  const { oidc, agentTokens } = identity
  const providers = (oidc ?? []).map(async (given, index): Promise<OidcConfig> => {
    const at = ['identity', 'oidc', index]
    const { ca, introspection, ...rest } = given
    return {
      ...rest,
      ...(ca === undefined ? {} : { ca: await around.text(ca, [...at, 'ca']) }),
      ...(introspection === undefined
        ? {}
        : {
            introspection: {
              clientId: introspection.clientId,
              clientSecret: await around.secret(introspection.clientSecret, [
                ...at,
                'introspection',
                'clientSecret',
              ]),
            },
          }),
    }
  })
  const keys = (agentTokens?.publicKeys ?? []).map(async (file, index) => {
    const at = ['identity', 'agentTokens', 'publicKeys', index]
    const pem = await around.text(file, at)
    checked(at, () => publicKey(pem))
    return pem
  })
  const publicKeys = await Promise.all(keys)
  return {
    oidc: await Promise.all(providers),
    ...(agentTokens === undefined
      ? {}
      : {
          agentTokens: {
            issuer: agentTokens.issuer,
            publicKeys,
            ...(agentTokens.audience === undefined ? {} : { audience: agentTokens.audience }),
          },
        }),
  }
}

async function storeOf({ store }: ConfigBody, around: Surroundings): Promise<GatewayConfig['store']> {
  if (store === 'memory') return store
  const key = await around.secret(store.key, ['store', 'key'])
  if (Buffer.from(key.reveal(), 'base64').length < 32) {
    throw new Trouble(['store', 'key'], 'must be base64 of 32 random bytes or more: openssl rand -base64 32')
  }
  return { url: await databaseOf(store.url, ['store', 'url'], around), key }
}

async function approvalOf({ approval }: ConfigBody, around: Surroundings): Promise<ApprovalConfig> {
  const { mode, budget, inbox, listen, webhook, slack, teams } = approval
  const secret = (place: SecretPlace, ...at: string[]) => around.secret(place, ['approval', ...at])
  const tls = await tlsOf(listen?.tls, ['approval', 'listen', 'tls'], around)
  return {
    mode,
    inbox,
    ...(budget === undefined ? {} : { budgetMs: budget }),
    ...(listen === undefined
      ? {}
      : { listen: { host: listen.host, port: listen.port, ...(tls === undefined ? {} : { tls }) } }),
    ...(webhook === undefined
      ? {}
      : {
          webhook: {
            url: webhook.url,
            approvers: webhook.approvers,
            secret: await secret(webhook.secret, 'webhook', 'secret'),
            answerSecret: await secret(webhook.answerSecret, 'webhook', 'answerSecret'),
          },
        }),
    ...(slack === undefined
      ? {}
      : {
          slack: {
            channel: slack.channel,
            people: slack.people,
            token: await secret(slack.token, 'slack', 'token'),
            signingSecret: await secret(slack.signingSecret, 'slack', 'signingSecret'),
          },
        }),
    ...(teams === undefined
      ? {}
      : {
          teams: {
            url: await secret(teams.url, 'teams', 'url'),
            ...(teams.console === undefined ? {} : { console: teams.console }),
          },
        }),
  }
}

async function tlsOf(
  given: { cert: string; key: string; clientCa?: string | undefined } | undefined,
  at: Path,
  around: Surroundings,
): Promise<TlsFiles | undefined> {
  if (given === undefined) return undefined
  const cert = await around.text(given.cert, [...at, 'cert'])
  const key = await around.secretFile(given.key, [...at, 'key'])
  const clientCa =
    given.clientCa === undefined ? {} : { clientCa: await around.text(given.clientCa, [...at, 'clientCa']) }
  if (clientCa.clientCa !== undefined && !holdsCertificates(clientCa.clientCa)) {
    throw new Trouble([...at, 'clientCa'], 'holds no certificate in PEM')
  }
  const files: TlsFiles = { cert, key, ...clientCa }
  try {
    createSecureContext({
      cert,
      key: key.reveal(),
      ...(clientCa.clientCa === undefined ? {} : { ca: clientCa.clientCa }),
    })
  } catch {
    throw new Trouble(at, 'certificate and key do not go together, or one of them is not PEM')
  }
  return files
}

function checked(at: Path, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (error instanceof ConfigurationError) throw new Trouble(at, error.message)
    throw error
  }
}
