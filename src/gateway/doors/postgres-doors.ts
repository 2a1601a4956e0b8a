/** The door that speaks PostgreSQL's protocol, with everything behind it. */
import { postgresPoint } from '../../enforcement/postgres/postgres-point.js'
import type { PgUpstreams } from '../../enforcement/upstream/postgres/upstream.js'
import type { Clock } from '../../util/clock.js'
import type { GatewayConfig, PostgresConfig } from '../config/gateway-config.js'
import { type Accounts, accountsOf } from '../house/accounts.js'
import type { House } from '../house/houses.js'
import type { Doorkeeper } from '../house/identity.js'
import type { Calls } from '../operation/calls.js'
import type { Limiter } from '../operation/limiter.js'
import type { GatewayLog } from '../operation/log.js'
import type { Metrics } from '../operation/metrics.js'
import type { SignInRecords } from '../operation/sign-in-records.js'
import type { Roster } from '../sessions/roster.js'
import type { CancelKey, WorkerSeat } from '../workers/seat.js'
import { wireEntrance } from './wire-entrance.js'
import { pem, type WireDoors, wireListener } from './wire-listener.js'

export interface PostgresDoorsOptions {
  readonly postgres: PostgresConfig
  readonly config: Pick<GatewayConfig, 'approval' | 'limits' | 'dataSources'>
  readonly keeper: Doorkeeper
  readonly houses: readonly [House, ...House[]]
  readonly calls: Calls
  readonly limiter: Limiter
  readonly signIns: SignInRecords
  readonly roster: Roster
  readonly log: GatewayLog
  readonly metrics: Metrics
  readonly clock: Clock
  readonly seat?: WorkerSeat
}

export interface PostgresDoors extends WireDoors {
  /** Cancels what the session of this process with the key runs, if there is one. */
  cancel(key: CancelKey): void
}

/** @throws ConfigurationError for the URL of a database that cannot be reached as it says. */
export function postgresDoors(options: PostgresDoorsOptions): PostgresDoors {
  const { postgres, config, keeper, clock, metrics, seat } = options
  const accounts = new Map<string, Accounts<PgUpstreams>>()
  for (const dataSource of config.dataSources) {
    const found = accountsOf(dataSource, { messageBytes: postgres.maxRow, clock })
    if (found !== undefined) accounts.set(dataSource.id, found)
  }
  const { entrance, guests } = wireEntrance<PgUpstreams>({
    ...options,
    houses: options.houses.map(({ id, connection }) => ({
      id,
      session: (principal, context) => connection.session(principal, context),
      upstream: principal => accounts.get(id)?.of(principal),
    })),
    identify: keeper.identify,
    agents: keeper.agents,
    approval: config.approval.mode,
  })
  const [issuer] = keeper.issuers
  const point = postgresPoint({
    entrance,
    auth: postgres.auth,
    certificate: keeper.certificates.credentials,
    limits: {
      messageBytes: postgres.maxMessage,
      rowBytes: postgres.maxRow,
      idleMs: postgres.idle,
      idleInTransactionMs: postgres.idleInTransaction,
    },
    clock,
    ...(issuer === undefined ? {} : { discovery: discoveryOf(issuer) }),
    ...(postgres.tls === undefined ? {} : { tls: pem(postgres.tls) }),
    ...(postgres.cleartext === undefined ? {} : { cleartext: postgres.cleartext }),
    ...(seat === undefined
      ? {}
      : {
          others: {
            family: seat.family,
            cancel: ({ pid, secret }) => seat.cancelElsewhere({ pid, secret: secret.toString('base64') }),
          },
        }),
  })
  return {
    listener: wireListener({
      name: 'postgres',
      config: postgres,
      connections: config.limits.connections,
      point: { accept: point.accept, setTls: files => point.setTls(pem(files)) },
      guests,
      metrics,
      clock,
    }),
    cancel: ({ pid, secret }) => point.cancel({ pid, secret: Buffer.from(secret, 'base64') }),
    connections: () => [...accounts].map(([dataSource, { used, idle }]) => ({ dataSource, used, idle })),
    async close() {
      await Promise.all([...accounts.values()].map(one => one.close()))
    },
  }
}

/** Where clients find the issuer's endpoints (OpenID Connect Discovery 4). */
function discoveryOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}
