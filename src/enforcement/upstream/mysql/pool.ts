import { ConnectionPool, type PoolOptions } from '../pool.js'
import { MysqlConnection } from './connection.js'
import { pin, ping, reset } from './housekeeping.js'
import { Loan } from './loan.js'
import type { MysqlTarget } from './target.js'
import type { MysqlUpstreams } from './upstream.js'

export interface MysqlUpstreamsOptions extends PoolOptions {
  readonly target: MysqlTarget
  /** Bytes of one packet of the server at most; a longer one ends the connection. */
  readonly packetBytes: number
}

/**
 * Connections under one account, each lent to one client at a time for as long as it stays.
 *
 * @example
 * const upstreams = mysqlUpstreams({ target: mysqlTarget(url), connections: 20, packetBytes: 67_108_864, clock })
 * const upstream = await upstreams.acquire(signal)
 */
export function mysqlUpstreams(options: MysqlUpstreamsOptions): MysqlUpstreams {
  const { target, packetBytes } = options
  const fresh = new WeakMap<MysqlConnection, string>()
  const clean = (connection: MysqlConnection): Promise<boolean> =>
    reset(connection, fresh.get(connection) ?? '')
  const pool = new ConnectionPool<MysqlConnection, undefined>(options, {
    open: signal => MysqlConnection.open(target, packetBytes, signal),
    async opened(connection) {
      fresh.set(connection, await pin(connection))
    },
    settle: ping,
    clean,
  })
  return Object.freeze<MysqlUpstreams>({
    async acquire(signal) {
      const { connection, giveBack } = await pool.acquire(undefined, signal)
      return new Loan(connection, giveBack, () => clean(connection))
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
