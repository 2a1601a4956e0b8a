/** Puts the parts of a gateway together around one configuration; what was opened before a failure is closed. */
import type { Knex } from 'knex'
import { knexBudgetStore } from '../budget/stores/knex/store.js'
import { memoryBudgetStore } from '../budget/stores/memory.js'
import type { BudgetOptions } from '../config.js'
import { openStoreConnection } from '../connect/store-connection.js'
import type { CallLedger } from '../enforcement/call-ledger.js'
import { knexLedgerStore } from '../enforcement/ledger/knex/store.js'
import { callLedger } from '../enforcement/ledger/ledger.js'
import type { Clock } from '../util/clock.js'
import type { Ids } from '../util/ids.js'
import type { GatewayConfig } from './config/gateway-config.js'
import { type ApprovalListener, approvalListener } from './doors/approval-listener.js'
import { httpDoors } from './doors/http-doors.js'
import type { HttpListener } from './doors/http-listener.js'
import { mysqlDoors } from './doors/mysql-doors.js'
import { type PostgresDoors, postgresDoors } from './doors/postgres-doors.js'
import type { WireDoors } from './doors/wire-room.js'
import { type ApprovalOffice, approvalOffice } from './house/approvals.js'
import { closeHouses, type House, openHouses } from './house/houses.js'
import { type Doorkeeper, doorkeeper } from './house/identity.js'
import { noteIn } from './house/note-in.js'
import type { Listener } from './listener.js'
import { type Calls, calls } from './operation/calls.js'
import { type Limiter, limiter } from './operation/limiter.js'
import type { GatewayLog } from './operation/log.js'
import type { Metrics } from './operation/metrics.js'
import { observe } from './operation/observed.js'
import { operatorListener } from './operation/operator-listener.js'
import { type Check, type Readiness, readiness } from './operation/readiness.js'
import { SignInRecords } from './operation/sign-in-records.js'
import { gatewayRoster } from './sessions/gateway-roster.js'
import type { Roster } from './sessions/roster.js'
import type { WorkerSeat } from './workers/seat.js'

export interface RoomOptions {
  readonly config: GatewayConfig
  readonly version: string
  readonly log: GatewayLog
  readonly metrics: Metrics
  readonly clock: Clock
  readonly ids: Ids
  /** Where this process is one of several that serve together. */
  readonly seat?: WorkerSeat
}

/** What does not listen: databases, people, memory. */
export interface Rooms {
  readonly houses: readonly [House, ...House[]]
  readonly calls: Calls
  readonly limiter: Limiter
  readonly readiness: Readiness
  /** Whether the process is worth keeping. */
  sound(): boolean
  readonly http: HttpListener | undefined
  readonly postgres: PostgresDoors | undefined
  readonly mysql: WireDoors | undefined
  /** Through which callers come. */
  readonly doors: readonly Listener[]
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
  const { config, log, metrics, clock, ids, seat } = options
  const store =
    config.store === 'memory'
      ? undefined
      : await openStoreConnection(config.store.url.reveal(), { connections: STORE_CONNECTIONS })
  try {
    const keeper = doorkeeper(config, store, clock)
    const office = approvalOffice(config, {
      knex: store,
      authenticate: token => keeper.provider.verify(token),
      clock,
      sharers: config.dataSources.length,
    })
    const identity = keeper.provider
    const worker = seat === undefined ? {} : { worker: seat.name }
    const budgets = budgetsOf(store, office, clock)
    const houses = await openHouses(config, {
      identity,
      office,
      budgets,
      metrics,
      log,
      clock,
      ids,
      ...worker,
    })
    try {
      const roster = gatewayRoster({ store, houses, log, clock, ids })
      await roster.start()
      return furnished(options, { store, keeper, office, houses, roster })
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
  readonly roster: Roster
}

function furnished(options: RoomOptions, built: Built): Rooms {
  const { config, log, metrics, clock, ids } = options
  const { store, keeper, office, houses, roster } = built
  const ledger = ledgerOf(store, office, clock, ids)
  let trusted = true
  const underWay = calls()
  const limits = limiter(config.limits, clock)
  const note = noteIn(houses, log)
  const signIns = new SignInRecords(note, clock)
  const ready = readiness(checksOf(houses, keeper, store), clock, (name, ok) => {
    if (ok) log.info('a part works again', { part: name })
    else log.warn('a part does not work', { part: name })
    note('control.fail', { control: name, state: ok ? 'works again' : 'failed' })
  })
  const common = { ...options, ...built, ledger, calls: underWay, limiter: limits, signIns }
  const http = config.http === undefined ? undefined : httpDoors({ ...common, http: config.http })
  const postgres =
    config.postgres === undefined ? undefined : postgresDoors({ ...common, postgres: config.postgres })
  const mysql = config.mysql === undefined ? undefined : mysqlDoors({ ...common, mysql: config.mysql })
  const wires = [postgres, mysql].filter(door => door !== undefined)
  const { listen } = config.approval
  const approvals = listen === undefined ? undefined : approvalListener(listen, office.answering)
  const sound = (): boolean => trusted && houses.every(house => house.sound())
  const operator =
    config.operator === undefined
      ? undefined
      : operatorListener({ ...config.operator, readiness: ready, sound, metrics: metrics.registry })
  observe(metrics, { houses, office, roster, wires })
  const doors = [http, ...wires.map(({ listener }) => listener)].filter(door => door !== undefined)
  return {
    distrust: () => {
      trusted = false
    },
    houses,
    calls: underWay,
    limiter: limits,
    readiness: ready,
    sound,
    http,
    postgres,
    mysql,
    doors,
    approvals,
    listeners: [operator, approvals, ...doors].filter(listener => listener !== undefined),
    close: () => {
      signIns.close()
      return closeRooms({ ...built, ledger, wires })
    },
  }
}

/** Each whatever becomes of the others. */
async function closeRooms({
  ledger,
  wires,
  roster,
  houses,
  store,
}: Built & { readonly ledger: CallLedger; readonly wires: readonly WireDoors[] }): Promise<void> {
  try {
    await ledger.close()
  } finally {
    await Promise.allSettled(wires.map(door => door.close()))
    await roster.close()
    await closeHouses(houses).finally(() => store?.destroy())
  }
}

/** Whoever shares the store shares its key. */
function budgetsOf(store: Knex | undefined, { key }: ApprovalOffice, clock: Clock): BudgetOptions {
  return {
    store: store === undefined ? memoryBudgetStore({ clock }) : knexBudgetStore({ knex: store, clock }),
    key,
  }
}

function ledgerOf(store: Knex | undefined, { key }: ApprovalOffice, clock: Clock, ids: Ids): CallLedger {
  const kept = store === undefined ? {} : { store: knexLedgerStore(store) }
  return callLedger({ ...kept, key, clock, ids })
}

function checksOf(houses: readonly House[], keeper: Doorkeeper, store: Knex | undefined): readonly Check[] {
  return [
    ...houses.map(({ id, connection }) => ({ name: `database ${id}`, probe: () => connection.ping() })),
    ...houses.map(({ id, sound }) => ({ name: `trail ${id}`, probe: async () => sound() })),
    ...(store === undefined ? [] : [{ name: 'store', probe: async () => store.raw('select 1') }]),
    ...keeper.checks,
  ]
}
