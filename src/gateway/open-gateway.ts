/** One process of a gateway, from opening to closing. */

import { createScrubber } from '../masking/scrubber.js'
import { type Clock, systemClock } from '../util/clock.js'
import { type Ids, ulids } from '../util/ids.js'
import type { GatewayConfig } from './config/gateway-config.js'
import { loadGatewayConfig } from './config/load.js'
import { type GatewayLog, gatewayLog, type LogDestination } from './operation/log.js'
import { gatewayMetrics } from './operation/metrics.js'
import { type Reloaded, reload } from './reload.js'
import { openRooms, type Rooms } from './rooms.js'
import type { Address } from './server.js'
import type { WorkerSeat } from './workers/seat.js'

export interface GatewayOptions {
  /** From `loadGatewayConfig`. */
  readonly config: GatewayConfig
  /** Of the program, for clients and figures. Default `'unknown'`. */
  readonly version?: string
  /** Where log lines go. Default: `process.stdout`. */
  readonly log?: LogDestination
  /** Reads the configuration anew for a reload. Default: the same file again. */
  readonly read?: () => Promise<GatewayConfig>
  readonly clock?: Clock
  readonly ids?: Ids
}

export interface Gateway {
  /** Where each listener is bound: `http`, `postgres`, `mysql`, `approvals` and `operator`, where they are configured. */
  readonly addresses: Readonly<Record<string, Address>>
  /**
   * Reads the configuration again and takes it over as a whole, or leaves everything as it is. Either is put on
   * record. Never rejects.
   *
   * @param asked who or what wanted it, for the record, for example `'SIGHUP'`.
   */
  reload(asked: string): Promise<Reloaded>
  /**
   * Takes nothing new, lets what is under way finish, then closes. At the configured end of patience, or at the
   * signal, what is left is stopped and rolled back. Called again, it is the same closing.
   */
  close(atOnce?: AbortSignal): Promise<void>
}

/** @param seat where the process is one of several that serve together. */
export async function openWorker(options: GatewayOptions, seat: WorkerSeat | undefined): Promise<Gateway> {
  const { config, version = 'unknown', clock = systemClock } = options
  const ids = options.ids ?? ulids(clock)
  const destination = options.log ?? process.stdout
  const log = gatewayLog(config.logLevel, { scrubber: createScrubber(), clock, destination })
  const metrics = gatewayMetrics(version)
  const among = seat === undefined ? {} : { seat }
  const rooms = await openRooms({ config, version, log, metrics, clock, ids, ...among })
  const addresses = await started(rooms)
  for (const [listener, { host, port }] of Object.entries(addresses)) {
    log.info('listening', { listener, host, port })
  }
  seat?.seated({
    registry: metrics.registry,
    sound: rooms.sound,
    standing: () => rooms.readiness.current(),
    cancel: key => rooms.postgres?.cancel(key),
  })
  warnOf(config, log)
  log.info('gateway open', { version, config: config.hash })
  let inForce = config
  let reloading: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | undefined
  return Object.freeze<Gateway>({
    addresses,
    reload(asked) {
      const next = reloading.then(async () => {
        const applied = await reload(inForce, asked, {
          houses: rooms.houses,
          log,
          read: options.read ?? (() => loadGatewayConfig(config.file)),
          setTls: ({ http, postgres, mysql, approvals }) => {
            if (http !== undefined) rooms.http?.setTls(http)
            if (postgres !== undefined) rooms.postgres?.listener.setTls(postgres)
            if (mysql !== undefined) rooms.mysql?.listener.setTls(mysql)
            if (approvals !== undefined) rooms.approvals?.setTls(approvals)
          },
          setLimits: rooms.limiter.setLimits,
          setLevel: log.setLevel,
          distrust: rooms.distrust,
        })
        inForce = applied.config
        metrics.reloads.inc({ result: applied.result.applied ? 'applied' : 'refused' })
        return applied.result
      })
      reloading = next
      return next
    },
    close(atOnce) {
      closing ??= reloading.then(async () => {
        log.info('gateway closing', { underWay: rooms.calls.underWay })
        await drain(rooms, config.drainMs, atOnce)
        log.info('gateway closed')
      })
      return closing
    },
  })
}

/** What is allowed, but hardly meant for good. */
function warnOf({ store, approval, audit, identity }: GatewayConfig, log: GatewayLog): void {
  const { inbox, webhook, slack, teams } = approval
  if (store === 'memory')
    log.warn('approvals are kept in memory: a restart forgets them, and no other process sees them')
  if (audit.anchors.length === 0 && identity.trial === undefined) {
    log.warn('the audit trail is not anchored: who owns this host can roll it back or rewrite it unseen')
  }
  if (!inbox && webhook === undefined && slack === undefined && teams === undefined) {
    log.warn('nobody can be asked: whatever needs an approval is refused')
  }
}

/** All or none. */
async function started(rooms: Rooms): Promise<Readonly<Record<string, Address>>> {
  const addresses: Record<string, Address> = {}
  try {
    for (const listener of rooms.listeners) addresses[listener.name] = await listener.start()
    return Object.freeze(addresses)
  } catch (error) {
    const now = AbortSignal.abort()
    await Promise.allSettled(rooms.listeners.map(listener => listener.drain(now)))
    await rooms.close().catch(() => {})
    throw error
  }
}

/** Milliseconds that a stopped statement gets to be rolled back, and its answer to leave. */
const ROLL_BACK_MS = 10_000
const ANSWER_MS = 500

async function drain(rooms: Rooms, patienceMs: number, atOnce: AbortSignal | undefined): Promise<void> {
  const { readiness, calls, doors, listeners } = rooms
  readiness.leave()
  const over = new AbortController()
  const cut = new AbortController()
  let cutting: NodeJS.Timeout | undefined
  const end = (): void => over.abort()
  const finishing = finished(rooms, over.signal)
  over.signal.addEventListener('abort', () => {
    void finishing.then(() => {
      cutting = setTimeout(() => cut.abort(), ANSWER_MS)
    })
  })
  const timer = setTimeout(end, patienceMs)
  if (atOnce?.aborted === true) end()
  atOnce?.addEventListener('abort', end, { once: true })
  try {
    const { http, postgres, mysql } = rooms
    await Promise.all([
      http?.drain(cut.signal),
      postgres?.listener.drain(over.signal),
      mysql?.listener.drain(over.signal),
      finishing,
    ])
    calls.abort()
  } finally {
    clearTimeout(timer)
    atOnce?.removeEventListener('abort', end)
  }
  // People may answer until the last call has ended; the operator may look until everything has.
  const others = listeners.filter(listener => !doors.includes(listener))
  try {
    await rooms.close()
  } finally {
    await Promise.allSettled(others.map(listener => listener.drain(cut.signal)))
    clearTimeout(cutting)
  }
}

/** Resolves when nothing is under way: by itself, or stopped when patience is over. */
async function finished({ calls }: Rooms, over: AbortSignal): Promise<void> {
  await calls.settled(over)
  if (calls.underWay === 0) return
  calls.abort()
  const rolledBack = new AbortController()
  const timer = setTimeout(() => rolledBack.abort(), ROLL_BACK_MS)
  await calls.settled(rolledBack.signal)
  clearTimeout(timer)
}
