/** A PostgreSQL point with its whole start-up in front of a real database: tokens from a list, certificates made here. */
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type PostgresPoint,
  type PostgresPointOptions,
  postgresPoint,
} from '../../../../src/enforcement/postgres/postgres-point.js'
import { pgUpstreams } from '../../../../src/enforcement/upstream/postgres/pool.js'
import { pgTarget } from '../../../../src/enforcement/upstream/postgres/target.js'
import type { PgUpstreams } from '../../../../src/enforcement/upstream/postgres/upstream.js'
import type { WireDoor, WireVisitor } from '../../../../src/enforcement/wire/entrance.js'
import { CardeaError } from '../../../../src/errors.js'
import { fileTrail, GovernedConnection, parsePolicy } from '../../../../src/index.js'
import type { Credentials, Principal } from '../../../../src/model/principal.js'
import { systemClock } from '../../../../src/util/clock.js'
import { type Database, postgres } from '../../../support/databases.js'
import { type Authority, certificateAuthority } from '../../../support/issuer/certificates.js'

/** As long as a token with many groups. */
export const TOKEN = `eyJ${'a'.repeat(7_997)}`
export const ALICE: Principal = Object.freeze({
  subject: 'alice',
  issuer: 'https://login.corp.example',
  roles: Object.freeze(['support']),
})

export interface Door {
  readonly port: number
  readonly database: Database
  readonly authority: Authority
  readonly upstreams: PgUpstreams
  readonly point: PostgresPoint
  /** Who came in, and has not left. */
  readonly inside: ReadonlyMap<WireVisitor, WireDoor>
  readonly visitors: readonly WireVisitor[]
  readonly presented: readonly Credentials[]
  /** Sockets that are open at the gateway. */
  readonly sockets: ReadonlySet<net.Socket>
  close(): Promise<void>
}

export interface DoorOptions extends Partial<Omit<PostgresPointOptions, 'tls'>> {
  readonly tls?: boolean
  readonly identify?: (credentials: Credentials) => Promise<Principal | null>
  readonly refuse?: CardeaError
  readonly connections?: number
}

const POLICY = 'version: 1\nrules:\n  - { id: all, effect: allow }\n'

/** A database, governed. */
export interface House {
  readonly database: Database
  readonly governed: GovernedConnection
  close(): Promise<void>
}

export async function openHouse(): Promise<House> {
  const database = await postgres.database()
  const directory = mkdtempSync(join(tmpdir(), 'cardea-door-'))
  const { host, port, user, password } = database
  const governed = await GovernedConnection.open(
    {
      client: 'pg',
      connection: { host, port, user, password, database: database.database },
      pool: { min: 0, max: 2 },
    },
    {
      policy: parsePolicy(POLICY, { file: 'policy.yaml' }),
      audit: fileTrail({ directory, durability: 'os' }),
      dataSource: { id: 'billing', environment: 'test' },
    },
  )
  return {
    database,
    governed,
    async close() {
      await governed.close()
      await database.drop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** @param house to stand in; absent: one of its own. */
export async function openDoor(options: DoorOptions = {}, house?: House): Promise<Door> {
  const { tls = true, identify, refuse, connections = 10, ...more } = options
  const own = house ?? (await openHouse())
  const { database, governed } = own
  const upstreams = pgUpstreams({
    target: pgTarget(database.url),
    connections,
    messageBytes: 67_108_864,
    clock: systemClock,
  })
  const authority = certificateAuthority()
  const shown = authority.issue('gateway')
  const inside = new Map<WireVisitor, WireDoor>()
  const visitors: WireVisitor[] = []
  const presented: Credentials[] = []
  const point = postgresPoint({
    auth: 'password',
    clock: systemClock,
    limits: { messageBytes: 16_777_216, rowBytes: 67_108_864, idleMs: 60_000, idleInTransactionMs: 60_000 },
    ...(tls ? { tls: { cert: shown.cert, key: shown.key, clientCa: authority.cert } } : {}),
    ...more,
    entrance: {
      async identify(credentials) {
        presented.push(credentials)
        if (identify !== undefined) return identify(credentials)
        return credentials.kind === 'token' && credentials.token === TOKEN ? ALICE : null
      },
      admit(visitor, door) {
        if (refuse !== undefined) throw refuse
        if (visitor.dataSource !== 'billing') {
          throw new CardeaError('CARDEA_DATA_SOURCE_UNKNOWN', 'There is no such data source here.')
        }
        inside.set(visitor, door)
        visitors.push(visitor)
        const { signal } = new AbortController()
        return {
          id: 'session-1',
          governed: governed.session(visitor.principal, { point: 'postgres', session: 's1' }),
          upstream: upstreams,
          enter: () => ({ signal, leave() {} }),
          leave: () => {
            inside.delete(visitor)
          },
        }
      },
    },
  })
  const sockets = new Set<net.Socket>()
  const server = net.createServer(socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    point.accept(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    database,
    authority,
    upstreams,
    point,
    inside,
    visitors,
    presented,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
      await upstreams.close()
      if (house === undefined) await own.close()
    },
  }
}

/** Resolves once it is so; fails with the last answer when it never is. */
export async function eventually(check: () => void): Promise<void> {
  const until = performance.now() + 5_000
  for (;;) {
    try {
      check()
      return
    } catch (error) {
      if (performance.now() > until) throw error
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
}
