/** The PostgreSQL door on a loopback socket, without the gateway around it: everybody is let in. */
import { postgresPoint } from '../../src/enforcement/postgres/postgres-point.js'
import { pgUpstreams } from '../../src/enforcement/upstream/postgres/pool.js'
import { pgTarget } from '../../src/enforcement/upstream/postgres/target.js'
import type { PgUpstreams } from '../../src/enforcement/upstream/postgres/upstream.js'
import { GovernedConnection } from '../../src/index.js'
import { systemClock } from '../../src/util/clock.js'
import {
  everybody,
  type LoopbackDoor,
  type LoopbackDoorOptions,
  listenOnLoopback,
  MIB,
} from './loopback-door.js'

export interface PostgresDoorOptions extends LoopbackDoorOptions {
  /**
   * `asked`: connections to the server are made under the name that the client gives, and to the database that it
   * gives; for a server that trusts everybody. `own`: as the URL says.
   */
  readonly account: 'asked' | 'own'
}

const LIMITS = {
  messageBytes: 64 * MIB,
  rowBytes: 128 * MIB,
  idleMs: 3_600_000,
  idleInTransactionMs: 600_000,
}

/** @param options what is behind it. */
export async function openPostgresDoor({
  url,
  governance,
  account,
}: PostgresDoorOptions): Promise<LoopbackDoor> {
  const target = pgTarget(url)
  const governed = await GovernedConnection.open(
    { client: 'pg', connection: url, pool: { min: 0, max: 4 } },
    { ...governance, dataSource: { id: target.database, environment: 'production' } },
  )
  const pools = new Pools(url, account)
  const point = postgresPoint({
    entrance: everybody('postgres', governed, ({ agent, dataSource }) => pools.of(agent?.id, dataSource)),
    clock: systemClock,
    auth: 'password',
    cleartext: 'loopback',
    limits: LIMITS,
  })
  return listenOnLoopback(
    socket => point.accept(socket),
    async () => {
      await pools.close()
      await governed.close()
    },
  )
}

class Pools {
  readonly #target
  readonly #account: PostgresDoorOptions['account']
  readonly #pools = new Map<string, PgUpstreams>()

  constructor(url: string, account: PostgresDoorOptions['account']) {
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
