/** The MySQL door on a loopback socket, without the gateway around it: everybody is let in. */
import { mysqlPoint } from '../../src/enforcement/mysql/mysql-point.js'
import { mysqlUpstreams } from '../../src/enforcement/upstream/mysql/pool.js'
import { mysqlTarget } from '../../src/enforcement/upstream/mysql/target.js'
import type { TlsIdentity } from '../../src/enforcement/wire/tls-door.js'
import { GovernedConnection } from '../../src/index.js'
import { systemClock } from '../../src/util/clock.js'
import {
  everybody,
  type LoopbackDoor,
  type LoopbackDoorOptions,
  listenOnLoopback,
  MIB,
} from './loopback-door.js'

export interface MysqlDoorOptions extends LoopbackDoorOptions {
  /** For clients that want it; who is on this machine may come without. Absent: nobody has it. */
  readonly tls?: TlsIdentity
}

/** @param options what is behind it. */
export async function openMysqlDoor({ url, governance, tls }: MysqlDoorOptions): Promise<LoopbackDoor> {
  const target = mysqlTarget(url)
  const governed = await GovernedConnection.open(
    { client: 'mysql2', connection: url, pool: { min: 0, max: 4 } },
    { ...governance, dataSource: { id: target.database, environment: 'production' } },
  )
  const upstreams = mysqlUpstreams({ target, connections: 150, packetBytes: 128 * MIB, clock: systemClock })
  const point = mysqlPoint({
    entrance: everybody('mysql', governed, () => upstreams),
    about: async () => {
      const upstream = await upstreams.acquire(new AbortController().signal)
      await upstream.release()
      return upstream
    },
    ...(tls === undefined ? {} : { tls }),
    cleartext: 'loopback',
    limits: {
      packetBytes: 64 * MIB,
      preparedBytes: 64 * MIB,
      idleMs: 3_600_000,
      idleInTransactionMs: 600_000,
    },
    clock: systemClock,
  })
  return listenOnLoopback(
    socket => point.accept(socket),
    async () => {
      await upstreams.close()
      await governed.close()
    },
  )
}
