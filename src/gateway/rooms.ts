/** Puts the parts of a gateway together around one configuration; what was opened before a failure is closed. */
import type { Knex } from 'knex'
import { openStoreConnection } from '../connect/store-connection.js'
import type { CallLedger } from '../enforcement/call-ledger.js'
import { httpPoint } from '../enforcement/http/http-point.js'
import { knexLedgerStore } from '../enforcement/ledger/knex/store.js'
import { callLedger } from '../enforcement/ledger/ledger.js'
import { mcpPoint } from '../enforcement/mcp/mcp-point.js'
import type { Clock } from '../util/clock.js'
import type { Ids } from '../util/ids.js'
import type { GatewayConfig } from './config/gateway-config.js'
import { type ApprovalListener, approvalListener } from './doors/approval-listener.js'
import { entrance } from './doors/entrance.js'
import { gate } from './doors/gate.js'
import { type HttpListener, httpListener } from './doors/http-listener.js'
import { type ApprovalOffice, approvalOffice } from './house/approvals.js'
import { closeHouses, type House, openHouses } from './house/houses.js'
import { type Doorkeeper, doorkeeper } from './house/identity.js'
import type { Listener } from './listener.js'
import { type Calls, calls } from './operation/calls.js'
import { type Limiter, limiter } from './operation/limiter.js'
import type { GatewayLog } from './operation/log.js'
import { type Metrics, observed } from './operation/metrics.js'
import { operatorListener } from './operation/operator-listener.js'
import { type Check, type Readiness, readiness } from './operation/readiness.js'

export interface RoomOptions {
  readonly config: GatewayConfig
  readonly version: string
  readonly log: GatewayLog
  readonly metrics: Metrics
  readonly clock: Clock
  readonly ids: Ids
}

/** What does not listen: databases, people, memory. */
export interface Rooms {
  readonly houses: readonly [House, ...House[]]
  readonly calls: Calls
  readonly limiter: Limiter
  readonly readiness: Readiness
  readonly http: HttpListener
  readonly approvals: ApprovalListener | undefined
  /** In the order in which they start. */
  readonly listeners: readonly Listener[]
  /** From here on the process says that it needs a restart. */
  distrust(): void
  /** Everything that does not listen, in good order. */
  close(): Promise<void>
}

/** Each write of a caller needs one for a moment, twice. */
const STORE_CONNECTIONS = 10

export async function openRooms(options: RoomOptions): Promise<Rooms> {
  const { config, log, metrics, clock, ids } = options
  const store =
    config.store === 'memory'
      ? undefined
      : await openStoreConnection(config.store.url.reveal(), { connections: STORE_CONNECTIONS })
  try {
    const keeper = doorkeeper(config.identity, store, clock)
    const office = approvalOffice(config, {
      knex: store,
      authenticate: token => keeper.provider.verify(token),
      clock,
      sharers: config.dataSources.length,
    })
    const identity = keeper.provider
    const houses = await openHouses(config, { identity, office, metrics, log, clock, ids })
    try {
      return furnished(options, { store, keeper, office, houses })
    } catch (error) {
      await closeHouses(houses).catch(() => {})
      throw error
    }
  } catch (error) {
    await store?.destroy()
    throw error
  }
}

interface Built {
  readonly store: Knex | undefined
  readonly keeper: Doorkeeper
  readonly office: ApprovalOffice
  readonly houses: readonly [House, ...House[]]
}

function furnished(options: RoomOptions, { store, keeper, office, houses }: Built): Rooms {
  const { config, log, metrics, clock, ids } = options
  const ledger = ledgerOf(store, office, clock, ids)
  let trusted = true
  const underWay = calls()
  const limits = limiter(config.limits, clock)
  const ready = readiness(checksOf(houses, keeper, store), clock, (name, ok) => {
    if (ok) log.info('a part works again', { part: name })
    else log.warn('a part does not work', { part: name })
  })
  const http = networkDoors(options, { keeper, houses, ledger, underWay, limits })
  const { listen } = config.approval
  const approvals = listen === undefined ? undefined : approvalListener(listen, office.answering)
  const operator =
    config.operator === undefined
      ? []
      : [
          operatorListener({
            ...config.operator,
            readiness: ready,
            sound: () => trusted && houses.every(house => house.sound()),
            metrics,
          }),
        ]
  watch(metrics, houses, office)
  return {
    distrust: () => {
      trusted = false
    },
    houses,
    calls: underWay,
    limiter: limits,
    readiness: ready,
    http,
    approvals,
    listeners: [...operator, ...(approvals === undefined ? [] : [approvals]), http],
    async close() {
      try {
        await ledger.close()
      } finally {
        await closeHouses(houses).finally(() => store?.destroy())
      }
    },
  }
}

function ledgerOf(store: Knex | undefined, { key }: ApprovalOffice, clock: Clock, ids: Ids): CallLedger {
  const kept = store === undefined ? {} : { store: knexLedgerStore(store) }
  return callLedger({ ...kept, key, clock, ids })
}

interface Behind {
  readonly keeper: Doorkeeper
  readonly houses: readonly [House, ...House[]]
  readonly ledger: CallLedger
  readonly underWay: Calls
  readonly limits: Limiter
}

function networkDoors(
  { config, version, log, metrics, clock, ids }: RoomOptions,
  { keeper, houses, ledger, underWay, limits }: Behind,
): HttpListener {
  const { publicUrl, allowedOrigins } = config.http
  const known: { listener?: HttpListener } = {}
  const guard = gate({
    identify: keeper.identify,
    limiter: limits,
    metrics,
    log,
    clock,
    origin: () => publicUrl ?? originOf(config, known.listener),
  })
  const way = entrance({ houses, config, identify: guard.identify, calls: underWay, metrics, clock })
  const common = { entrance: way, ledger, version, ...(publicUrl === undefined ? {} : { publicUrl }) }
  const hosts = publicUrl === undefined ? {} : { hosts: [new URL(publicUrl).hostname] }
  known.listener = httpListener({
    config: config.http,
    connections: config.limits.connections,
    gate: guard,
    doors: [
      mcpPoint({ ...common, ids, issuers: keeper.issuers, origins: allowedOrigins, ...hosts }),
      httpPoint(common),
    ],
    ids,
  })
  return known.listener
}

function originOf({ http }: GatewayConfig, listener: HttpListener | undefined): string {
  const host = http.host.includes(':') ? `[${http.host}]` : http.host
  return `${http.tls === undefined ? 'http' : 'https'}://${host}:${listener?.address()?.port ?? http.port}`
}

function checksOf(houses: readonly House[], keeper: Doorkeeper, store: Knex | undefined): readonly Check[] {
  return [
    ...houses.map(({ id, connection }) => ({ name: `database ${id}`, probe: () => connection.ping() })),
    ...houses.map(({ id, sound }) => ({ name: `trail ${id}`, probe: async () => sound() })),
    ...(store === undefined ? [] : [{ name: 'store', probe: async () => store.raw('select 1') }]),
    ...keeper.checks,
  ]
}

function watch(metrics: Metrics, houses: readonly House[], { store }: ApprovalOffice): void {
  observed(
    metrics,
    'approvals_pending',
    'Requests for approval that wait for people, at most 1000',
    [],
    async () => {
      const pending = await store.list({ states: ['pending'], limit: 1_000 })
      return [[{}, pending.length]]
    },
  )
  const names = ['data_source', 'state']
  observed(metrics, 'pool_connections', 'Connections of each pool', names, async () =>
    houses.flatMap(({ id, connection }) => {
      const { used, idle } = connection.pool
      return [
        [{ data_source: id, state: 'used' }, used] as const,
        [{ data_source: id, state: 'idle' }, idle] as const,
      ]
    }),
  )
  observed(metrics, 'pool_waiting', 'Statements that wait for a connection', ['data_source'], async () =>
    houses.map(({ id, connection }) => [{ data_source: id }, connection.pool.waiting] as const),
  )
}
