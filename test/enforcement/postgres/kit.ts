/** A governed PostgreSQL door for tests: a real database behind it, every user name let in with any password; `mallory` is somebody else's. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { postgresPoint } from '../../../src/enforcement/postgres/postgres-point.js'
import { runSession } from '../../../src/enforcement/postgres/session/run.js'
import type { PgSession, SessionLimits } from '../../../src/enforcement/postgres/session/session.js'
import { pgUpstreams } from '../../../src/enforcement/upstream/postgres/pool.js'
import { pgTarget } from '../../../src/enforcement/upstream/postgres/target.js'
import { fileTrail, type GovernanceOptions, GovernedConnection, parsePolicy } from '../../../src/index.js'
import { systemClock } from '../../../src/util/clock.js'
import { POLICY, TABLES } from '../../support/billing.js'
import { type Database, postgres } from '../../support/databases.js'

export interface Wire {
  readonly database: Database
  readonly governed: GovernedConnection
  readonly port: number
  readonly sessions: ReadonlySet<PgSession>
  /** A client that is connected; to be ended by the caller. */
  connect(config?: pg.ClientConfig): Promise<pg.Client>
  /** Straight to the database. */
  sql(text: string): Promise<readonly Record<string, unknown>[]>
  /** Everything that the trail has written. */
  trail(): string
  close(): Promise<void>
}

export interface WireOptions {
  readonly policy?: string
  readonly tables?: string
  readonly also?: Partial<GovernanceOptions>
  readonly limits?: Partial<SessionLimits>
  /** Default: of the test server, in UTF-8. */
  readonly database?: () => Promise<Database>
  /** What stands between the door and the database. */
  readonly through?: (database: Database) => Promise<{ readonly port: number }>
}

const alice = Object.freeze({
  subject: 'alice',
  issuer: 'https://login.corp.example',
  roles: Object.freeze(['support']),
})

export async function openWire({
  policy = POLICY,
  tables = TABLES,
  also,
  limits,
  database: make = postgres.database,
  through,
}: WireOptions = {}): Promise<Wire> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-wire-'))
  const database = await make()
  const sql = async (text: string) => {
    const client = new pg.Client(database.url)
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }
  await sql(tables)
  const { host, port: databasePort, user, password } = database
  const governed = await GovernedConnection.open(
    {
      client: 'pg',
      connection: { host, port: databasePort, user, password, database: database.database },
      pool: { min: 0, max: 4 },
    },
    {
      policy: parsePolicy(policy, { file: 'policy.yaml' }),
      audit: fileTrail({ directory: join(directory, 'audit'), durability: 'os' }),
      dataSource: { id: 'billing', environment: 'production' },
      ...also,
    },
  )
  const url = new URL(database.url)
  if (through !== undefined) {
    url.hostname = '127.0.0.1'
    url.port = String((await through(database)).port)
  }
  const upstreams = pgUpstreams({
    target: pgTarget(url.href),
    connections: 20,
    messageBytes: 67_108_864,
    clock: systemClock,
  })
  const sessions = new Set<PgSession>()
  let number = 0
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
    entrance: {
      identify: async credentials => {
        const name = credentials.kind === 'token' ? credentials.token : ''
        return name === 'mallory' ? { ...alice, subject: name } : alice
      },
      admit: ({ principal, agent, conversation, origination }) => {
        number += 1
        // One for each session, as the gateway has it.
        const { signal } = new AbortController()
        return {
          id: `session-${number}`,
          governed: governed.session(principal, {
            point: 'postgres',
            session: conversation ?? 's1',
            origination,
            ...(agent === undefined ? {} : { agent }),
          }),
          upstream: upstreams,
          enter: () => ({ signal, leave() {} }),
          leave() {},
        }
      },
    },
    run(parts) {
      const session = runSession(parts)
      sessions.add(session)
      void session.ended.then(() => sessions.delete(session))
      return session
    },
  })
  const server = net.createServer(socket => point.accept(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    database,
    governed,
    port,
    sessions,
    sql,
    connect: async config => {
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        user: 'bot',
        password: 'any',
        database: 'billing',
        ...config,
      })
      client.on('error', () => {})
      await client.connect()
      return client
    },
    trail: () =>
      readdirSync(join(directory, 'audit'), { recursive: true, withFileTypes: true })
        // What is being written anew is not there yet.
        .filter(entry => entry.isFile() && !entry.name.endsWith('.draft'))
        .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
        .join('\n'),
    async close() {
      for (const session of sessions) session.end('drain', true)
      await Promise.all([...sessions].map(({ ended }) => ended))
      server.close()
      await upstreams.close()
      await governed.close()
      await database.drop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
