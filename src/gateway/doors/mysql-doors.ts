/** The gateway's door for clients of MySQL and MariaDB, with the connections to servers behind it. */
import { mysqlPoint, type ServerAbout } from '../../enforcement/mysql/mysql-point.js'
import type { MysqlUpstreams } from '../../enforcement/upstream/mysql/upstream.js'
import { connectionFailed } from '../../enforcement/upstream/refusal.js'
import type { Clock } from '../../util/clock.js'
import type { GatewayConfig, MysqlConfig, TlsFiles } from '../config/gateway-config.js'
import { type Accounts, mysqlAccountsOf } from '../house/accounts.js'
import type { House } from '../house/houses.js'
import type { Doorkeeper } from '../house/identity.js'
import type { Calls } from '../operation/calls.js'
import type { Limiter } from '../operation/limiter.js'
import type { GatewayLog } from '../operation/log.js'
import type { Metrics } from '../operation/metrics.js'
import type { SignInRecords } from '../operation/sign-in-records.js'
import type { Roster } from '../sessions/roster.js'
import { wireEntrance } from './wire-entrance.js'
import { pem, type WireDoors, wireListener } from './wire-listener.js'

export interface MysqlDoorsOptions {
  readonly mysql: MysqlConfig
  readonly config: Pick<GatewayConfig, 'approval' | 'limits' | 'dataSources'>
  readonly keeper: Doorkeeper
  readonly houses: readonly [House, ...House[]]
  readonly calls: Calls
  readonly limiter: Limiter
  readonly roster: Roster
  readonly log: GatewayLog
  readonly metrics: Metrics
  readonly clock: Clock
  readonly signIns: SignInRecords
}

/** @throws ConfigurationError for the URL of a database that cannot be reached as it says. */
export function mysqlDoors(options: MysqlDoorsOptions): WireDoors {
  const { mysql, config, keeper, clock, metrics } = options
  const accounts = new Map<string, Accounts<MysqlUpstreams>>()
  for (const dataSource of config.dataSources) {
    const found = mysqlAccountsOf(dataSource, { packetBytes: mysql.maxRow, clock })
    if (found !== undefined) accounts.set(dataSource.id, found)
  }
  const { entrance, guests } = wireEntrance<MysqlUpstreams>({
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
  const point = mysqlPoint({
    entrance,
    about: aboutOf([...accounts.values()]),
    limits: {
      packetBytes: mysql.maxMessage,
      preparedBytes: mysql.maxMessage * 2,
      idleMs: mysql.idle,
      idleInTransactionMs: mysql.idleInTransaction,
    },
    clock,
    ...(mysql.tls === undefined ? {} : { tls: pem(mysql.tls) }),
    ...(mysql.cleartext === undefined ? {} : { cleartext: mysql.cleartext }),
  })
  return {
    listener: wireListener({
      name: 'mysql',
      config: mysql,
      connections: config.limits.connections,
      point: { accept: point.accept, setTls: (files: TlsFiles) => point.setTls(pem(files)) },
      guests,
      metrics,
      clock,
    }),
    connections: () => [...accounts].map(([dataSource, { used, idle }]) => ({ dataSource, used, idle })),
    async close() {
      await Promise.all([...accounts.values()].map(one => one.close()))
    },
  }
}

/**
 * Of the first data source: a client is told before it has said which one it wants. Asked once, and by one client at a
 * time: whoever connects is nobody yet.
 */
function aboutOf([first]: readonly Accounts<MysqlUpstreams>[]): () => Promise<ServerAbout> {
  let known: Promise<ServerAbout> | undefined
  const ask = async (): Promise<ServerAbout> => {
    if (first === undefined) throw connectionFailed('There is no MySQL data source.')
    const upstream = await first.own.acquire(AbortSignal.timeout(ASK_MS))
    const { version, extendedMetadata } = upstream
    await upstream.release()
    return { version, extendedMetadata }
  }
  return () => {
    known ??= ask().catch(error => {
      known = undefined
      throw error
    })
    return known
  }
}

const ASK_MS = 10_000
