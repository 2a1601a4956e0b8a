/** A governed PostgreSQL door for tests: a real database behind it, every user name let in with any password; `mallory` is somebody else's. */
import pg from 'pg'
import { postgresPoint } from '../../../src/enforcement/postgres/postgres-point.js'
import { runSession } from '../../../src/enforcement/postgres/session/run.js'
import type { SessionLimits } from '../../../src/enforcement/postgres/session/session.js'
import { pgUpstreams } from '../../../src/enforcement/upstream/postgres/pool.js'
import { pgTarget } from '../../../src/enforcement/upstream/postgres/target.js'
import type { WireSession } from '../../../src/enforcement/wire/session.js'
import { systemClock } from '../../../src/util/clock.js'
import { askPostgres } from '../../support/ask.js'
import { POLICY, TABLES } from '../../support/billing.js'
import { type Database, postgres } from '../../support/databases.js'
import {
  addressOf,
  CLIENT,
  type DoorPlace,
  type DoorPlaceOptions,
  listen,
  openEntrance,
  openPlace,
} from '../wire/place.js'

/** Its clients are to be ended by the caller. */
export interface Wire extends DoorPlace<pg.Client, pg.ClientConfig> {
  readonly sessions: ReadonlySet<WireSession>
}

export interface WireOptions extends DoorPlaceOptions<SessionLimits> {
  readonly tables?: string
  /** Default: of the test server, in UTF-8. */
  readonly database?: () => Promise<Database>
}

export async function openWire({
  policy = POLICY,
  tables = TABLES,
  also,
  limits,
  database: make = postgres.database,
  through,
}: WireOptions = {}): Promise<Wire> {
  const database = await make()
  const sql = (text: string) => askPostgres(database, text)
  await sql(tables)
  const { host, port: databasePort, user, password } = database
  const place = await openPlace(
    {
      client: 'pg',
      connection: { host, port: databasePort, user, password, database: database.database },
      pool: { min: 0, max: 4 },
    },
    policy,
    also,
  )
  const { governed } = place
  const upstreams = pgUpstreams({
    target: pgTarget(await addressOf(database, through)),
    connections: 20,
    messageBytes: 67_108_864,
    clock: systemClock,
  })
  const sessions = new Set<WireSession>()
  const point = postgresPoint({
    auth: 'password',
    cleartext: 'loopback',
    limits: {
      messageBytes: 16_777_216,
      rowBytes: 67_108_864,
      idleMs: 600_000,
      idleInTransactionMs: 600_000,
      ...limits,
    },
    clock: systemClock,
    entrance: openEntrance({ point: 'postgres', governed, upstream: upstreams }),
    run(parts) {
      const session = runSession(parts)
      sessions.add(session)
      void session.ended.then(() => sessions.delete(session))
      return session
    },
  })
  const server = await listen(socket => point.accept(socket))
  const { port } = server
  return {
    database,
    governed,
    port,
    sessions,
    sql,
    connect: async config => {
      const client = new pg.Client({
        ...CLIENT,
        port,
        ...config,
      })
      client.on('error', () => {})
      await client.connect()
      return client
    },
    trail: place.trail,
    records: place.records,
    async close() {
      for (const session of sessions) session.end('drain', true)
      await Promise.all([...sessions].map(({ ended }) => ended))
      server.close()
      await upstreams.close()
      await place.close()
      await database.drop()
    },
  }
}
