import { createServer, type Socket } from 'node:net'
import type { Clock } from '../../util/clock.js'
import type { TlsFiles } from '../config/gateway-config.js'
import type { Listener } from '../listener.js'
import type { Metrics } from '../operation/metrics.js'
import { type Address, bindSockets } from '../server.js'
import { Crowd, type Placed } from './crowd.js'
import type { WireGuests } from './guests.js'

/** What stands behind the socket: start-up, and whatever a client then says. */
export interface WirePoint {
  accept(socket: Socket, placed: Placed): void
  setTls(files: TlsFiles): void
}

export interface WireListenerOptions {
  /** What the door is called. */
  readonly name: 'postgres' | 'mysql'
  readonly config: { readonly host: string; readonly port: number }
  readonly connections: number
  readonly point: WirePoint
  readonly guests: WireGuests
  readonly metrics: Metrics
  readonly clock: Clock
}

export interface WireListener extends Listener {
  /** Null before it is bound. */
  readonly address: () => Address | null
  /** New connections get the new certificate; those that are open go on. */
  setTls(files: TlsFiles): void
}

/** Milliseconds that a stopped statement gets to be rolled back. */
const ROLL_BACK_MS = 10_000

/** A database's own protocol on a socket of its own. */
export function wireListener(options: WireListenerOptions): WireListener {
  const { name, config, connections, point, guests, metrics, clock } = options
  const crowd = new Crowd(connections, clock, () => metrics.limited.inc({ limit: 'connections' }))
  const server = createServer({ noDelay: true, keepAlive: true }, socket => {
    const placed = crowd.take(socket)
    if (placed !== undefined) point.accept(socket, placed)
  })
  let bound: Address | null = null
  return Object.freeze<WireListener>({
    name,
    address: () => bound,
    async start() {
      bound = await bindSockets(server, config.host, config.port, connections)
      return bound
    },
    setTls: files => point.setTls(files),
    async drain(deadline) {
      // It goes on listening, so that whoever comes is told why there is nothing here.
      await emptied(guests, deadline)
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      crowd.destroy()
      await closed
    },
  })
}

async function emptied(guests: WireGuests, deadline: AbortSignal): Promise<void> {
  guests.endAll(false)
  await guests.empty(deadline)
  if (guests.size === 0) return
  guests.endAll(true)
  const rolledBack = new AbortController()
  const timer = setTimeout(() => rolledBack.abort(), ROLL_BACK_MS)
  await guests.empty(rolledBack.signal)
  clearTimeout(timer)
}
