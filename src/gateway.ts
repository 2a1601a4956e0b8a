/**
 * Composition root, network: puts doors, pipeline and operation together around one configuration. Cardea alone
 * has the databases' credentials here, so this process is the boundary (docs/threat-model.md).
 */

import type { GatewayConfig } from './gateway/config/gateway-config.js'
import { loadGatewayConfig } from './gateway/config/load.js'
import { type GatewayLog, gatewayLog, type LogDestination } from './gateway/operation/log.js'
import { gatewayMetrics } from './gateway/operation/metrics.js'
import { type Reloaded, reload } from './gateway/reload.js'
import { openRooms, type Rooms } from './gateway/rooms.js'
import type { Address } from './gateway/server.js'
import { createScrubber } from './masking/scrubber.js'
import { type Clock, systemClock } from './util/clock.js'
import { type Ids, ulids } from './util/ids.js'

export type { GatewayConfig } from './gateway/config/gateway-config.js'
export { loadGatewayConfig } from './gateway/config/load.js'
export type { Listener } from './gateway/listener.js'
export type { LogDestination } from './gateway/operation/log.js'
export type { Reloaded } from './gateway/reload.js'

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
  /** Where each listener is bound: `http`, and `approvals` and `operator` where they are configured. */
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

/**
 * Opens every database, trail and listener of a configuration, or none.
 *
 * @throws ConfigurationError where an address is taken or an option cannot be honoured; what opening a trail, a
 *   store or a database throws.
 * @example
 * const gateway = await openGateway({ config: await loadGatewayConfig('cardea.yaml') })
 * process.once('SIGTERM', () => gateway.close())
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, version = 'unknown', clock = systemClock } = options
  const ids = options.ids ?? ulids(clock)
  const destination = options.log ?? process.stdout
  const log = gatewayLog(config.logLevel, { scrubber: createScrubber(), clock, destination })
  const metrics = gatewayMetrics(version)
  const rooms = await openRooms({ config, version, log, metrics, clock, ids })
  const addresses = await started(rooms)
  for (const [listener, { host, port }] of Object.entries(addresses)) {
    log.info('listening', { listener, host, port })
  }
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
          setTls: (files, ofApprovals) => {
            if (files !== undefined) rooms.http.setTls(files)
            if (ofApprovals !== undefined) rooms.approvals?.setTls(ofApprovals)
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
function warnOf({ store, approval }: GatewayConfig, log: GatewayLog): void {
  const { inbox, webhook, slack, teams } = approval
  if (store === 'memory')
    log.warn('approvals are kept in memory: a restart forgets them, and no other process sees them')
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
  const { readiness, calls, http, listeners } = rooms
  readiness.leave()
  const over = new AbortController()
  const cut = new AbortController()
  const end = (): void => over.abort()
  const finishing = finished(rooms, over.signal)
  over.signal.addEventListener('abort', () => {
    void finishing.then(() => setTimeout(() => cut.abort(), ANSWER_MS))
  })
  const timer = setTimeout(end, patienceMs)
  if (atOnce?.aborted === true) end()
  atOnce?.addEventListener('abort', end, { once: true })
  try {
    await Promise.all([http.drain(cut.signal), finishing])
    calls.abort()
  } finally {
    clearTimeout(timer)
    atOnce?.removeEventListener('abort', end)
  }
  // People may answer until the last call has ended; the operator may look until everything has.
  const others = listeners.filter(listener => listener !== http)
  await rooms.close().finally(() => Promise.allSettled(others.map(listener => listener.drain(cut.signal))))
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
