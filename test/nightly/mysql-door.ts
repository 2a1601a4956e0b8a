/** The MySQL door on a loopback socket, without the gateway around it: everybody is let in. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { mysqlPoint } from '../../src/enforcement/mysql/mysql-point.js'
import { mysqlUpstreams } from '../../src/enforcement/upstream/mysql/pool.js'
import { mysqlTarget } from '../../src/enforcement/upstream/mysql/target.js'
import type { TlsIdentity } from '../../src/enforcement/wire/tls-door.js'
import { type GovernanceOptions, GovernedConnection } from '../../src/index.js'
import { systemClock } from '../../src/util/clock.js'
import { ulids } from '../../src/util/ids.js'
import type { Door } from './postgres-door.js'

export interface MysqlDoorOptions {
  /** Of the database. */
  readonly url: string
  readonly governance: Pick<GovernanceOptions, 'policy' | 'audit' | 'catalog'>
  /** For clients that want it; who is on this machine may come without. Absent: nobody has it. */
  readonly tls?: TlsIdentity
}

const MIB = 1024 ** 2

/** @param options what is behind it. */
export async function openMysqlDoor({ url, governance, tls }: MysqlDoorOptions): Promise<Door> {
  const target = mysqlTarget(url)
  const governed = await GovernedConnection.open(
    { client: 'mysql2', connection: url, pool: { min: 0, max: 4 } },
    { ...governance, dataSource: { id: target.database, environment: 'production' } },
  )
  const upstreams = mysqlUpstreams({ target, connections: 150, packetBytes: 128 * MIB, clock: systemClock })
  const ids = ulids(systemClock)
  const entry = { signal: new AbortController().signal, leave: () => {} }
  const point = mysqlPoint({
    entrance: {
      identify: async () => ({ subject: 'suite', issuer: 'nightly' }),
      admit: ({ principal, agent, origination, conversation }) => {
        const id = ids.next()
        const context = {
          origination,
          session: conversation ?? id,
          ...(agent === undefined ? {} : { agent }),
        }
        return {
          id,
          governed: governed.session(principal, { point: 'mysql', ...context }),
          upstream: upstreams,
          enter: () => entry,
          leave: () => {},
        }
      },
    },
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
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true, keepAlive: true }, socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    point.accept(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await upstreams.close()
      await governed.close()
    },
  }
}
