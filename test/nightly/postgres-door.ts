/** The PostgreSQL door on a loopback socket, without the gateway around it: everybody is let in. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { postgresPoint } from '../../src/enforcement/postgres/postgres-point.js'
import { pgUpstreams } from '../../src/enforcement/upstream/postgres/pool.js'
import { pgTarget } from '../../src/enforcement/upstream/postgres/target.js'
import type { PgUpstreams } from '../../src/enforcement/upstream/postgres/upstream.js'
import type { WireEntrance } from '../../src/enforcement/wire/entrance.js'
import { type GovernanceOptions, GovernedConnection } from '../../src/index.js'
import { systemClock } from '../../src/util/clock.js'
import { ulids } from '../../src/util/ids.js'

export interface DoorOptions {
  /** Of the database. */
  readonly url: string
  readonly governance: Pick<GovernanceOptions, 'policy' | 'audit' | 'catalog'>
  /**
   * `asked`: connections to the server are made under the name that the client gives, and to the database that it
   * gives; for a server that trusts everybody. `own`: as the URL says.
   */
  readonly account: 'asked' | 'own'
}

export interface Door {
  readonly port: number
  close(): Promise<void>
}

const MIB = 1024 ** 2
const LIMITS = {
  messageBytes: 64 * MIB,
  rowBytes: 128 * MIB,
  idleMs: 3_600_000,
  idleInTransactionMs: 600_000,
}

/** @param options what is behind it. */
export async function openPostgresDoor({ url, governance, account }: DoorOptions): Promise<Door> {
  const target = pgTarget(url)
  const governed = await GovernedConnection.open(
    { client: 'pg', connection: url, pool: { min: 0, max: 4 } },
    { ...governance, dataSource: { id: target.database, environment: 'production' } },
  )
  const pools = new Pools(url, account)
  const clock = systemClock
  const point = postgresPoint({
    entrance: everybody(governed, pools),
    clock,
    auth: 'password',
    cleartext: 'loopback',
    limits: LIMITS,
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
      await pools.close()
      await governed.close()
    },
  }
}

function everybody(governed: GovernedConnection, pools: Pools): WireEntrance<PgUpstreams> {
  const never = new AbortController().signal
  const ids = ulids(systemClock)
  const entry = { signal: never, leave: () => {} }
  return {
    identify: async () => ({ subject: 'suite', issuer: 'nightly' }),
    admit: ({ principal, agent, dataSource, origination, conversation }) => {
      const id = ids.next()
      const context = { origination, session: conversation ?? id, ...(agent === undefined ? {} : { agent }) }
      return {
        id,
        governed: governed.session(principal, context),
        upstream: pools.of(agent?.id, dataSource),
        enter: () => entry,
        leave: () => {},
      }
    },
  }
}

class Pools {
  readonly #target
  readonly #account: DoorOptions['account']
  readonly #pools = new Map<string, PgUpstreams>()

  constructor(url: string, account: DoorOptions['account']) {
    this.#target = pgTarget(url)
    this.#account = account
  }

  of(asked: string | undefined, database: string): PgUpstreams {
    const target = this.#target
    const user = this.#account === 'own' ? target.user : (asked ?? target.user)
    const key = JSON.stringify([user, database])
    const pool =
      this.#pools.get(key) ??
      pgUpstreams({
        target: { ...target, user, database },
        connections: 150,
        messageBytes: 1024 * MIB,
        clock: systemClock,
        // A suite drops the roles and databases that it made.
        ...(this.#account === 'own' ? {} : { idleMs: 1_000 }),
      })
    this.#pools.set(key, pool)
    return pool
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map(pool => pool.close()))
  }
}
