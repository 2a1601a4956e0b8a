import { ConnectionPool, type PoolOptions } from '../pool.js'
import { UpstreamRefusal } from '../refusal.js'
import { PgConnection } from './connection.js'
import { discard, freshState, settle } from './housekeeping.js'
import { Loan } from './loan.js'
import type { PgTarget } from './target.js'
import type { PgUpstreams } from './upstream.js'

export interface PgUpstreamsOptions extends PoolOptions {
  readonly target: PgTarget
  /** Bytes of one message of the server at most; a longer one ends the connection. */
  readonly messageBytes: number
}

/**
 * Connections under one account, each lent to one client at a time for as long as it stays.
 *
 * @example
 * const upstreams = pgUpstreams({ target: pgTarget(url), connections: 20, messageBytes: 67_108_864, clock })
 * const upstream = await upstreams.acquire(new Map([['timezone', 'UTC']]), signal)
 */
export function pgUpstreams(options: PgUpstreamsOptions): PgUpstreams {
  const { target, messageBytes } = options
  const fresh = new WeakMap<PgConnection, string>()
  /** Undefined until a server has been asked. */
  let watched: boolean | undefined
  const pool = new ConnectionPool<PgConnection, ReadonlyMap<string, string>>(options, {
    open: signal => PgConnection.open(target, messageBytes, signal),
    async opened(connection) {
      fresh.set(connection, await freshState(connection))
      watched ??= await isWatched(connection)
    },
    settle: (connection, settings) => settle(connection, settings, watched === true),
    clean: connection => discard(connection, fresh.get(connection) ?? ''),
  })
  return Object.freeze<PgUpstreams>({
    async acquire(settings, signal) {
      const { connection, giveBack } = await pool.acquire(settings, signal)
      return new Loan(connection, giveBack)
    },
    get used() {
      return pool.used
    },
    get idle() {
      return pool.idle
    },
    close: () => pool.close(),
  })
}

async function isWatched(connection: PgConnection): Promise<boolean> {
  try {
    await settle(connection, new Map(), true)
    return true
  } catch (error) {
    if (error instanceof UpstreamRefusal && connection.isOpen) return false
    throw error
  }
}
