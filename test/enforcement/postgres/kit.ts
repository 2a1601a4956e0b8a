/** A governed PostgreSQL door for tests: a real database behind it, every user name let in without a password. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { runSession } from '../../../src/enforcement/postgres/session/run.js'
import type { PgSession } from '../../../src/enforcement/postgres/session/session.js'
import {
  authentication,
  backendKeyData,
  parameterStatus,
  readyForQuery,
} from '../../../src/enforcement/upstream/postgres/messages.js'
import { pgUpstreams } from '../../../src/enforcement/upstream/postgres/pool.js'
import { pgTarget } from '../../../src/enforcement/upstream/postgres/target.js'
import { fileTrail, type GovernanceOptions, GovernedConnection, parsePolicy } from '../../../src/index.js'
import { systemClock } from '../../../src/util/clock.js'
import { type Database, postgres } from '../../support/databases.js'

export const PAN = '4111111111111111'

export const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: '*.cards.pan', label: pan }
exceptions:
  - { id: see-cards, lifts: pci/pan-output, when: { column: '*.cards.pan' }, reason: the bot sees masked cards }
  - { id: settle, lifts: pci/write-approval, when: { kind: update, writes: public.payments }, reason: the bot settles payments }
`

export const TABLES = `
create table cards (id int primary key, pan text);
insert into cards values (1, '${PAN}'), (2, '5500005555555559');
create table payments (id int primary key, status text, amount int);
insert into payments select n, 'open', n from generate_series(1, 20) n;
`

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
}

const alice = Object.freeze({
  subject: 'alice',
  issuer: 'https://login.corp.example',
  roles: Object.freeze(['support']),
})

export async function openWire({ policy = POLICY, tables = TABLES, also }: WireOptions = {}): Promise<Wire> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-wire-'))
  const database = await postgres.database()
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
  const upstreams = pgUpstreams({
    target: pgTarget(database.url),
    connections: 20,
    messageBytes: 67_108_864,
    clock: systemClock,
  })
  const sessions = new Set<PgSession>()
  let number = 0
  const server = net.createServer(socket => {
    socket.setNoDelay(true)
    void welcome(socket).catch(() => socket.destroy())
  })
  const welcome = async (socket: net.Socket): Promise<void> => {
    const { parameters, rest } = await startUp(socket)
    const upstream = await upstreams.acquire(new Map(), new AbortController().signal)
    socket.write(
      Buffer.concat([
        authentication(0),
        ...[...upstream.parameters].map(([name, value]) => parameterStatus(name, value)),
        backendKeyData(upstream.pid, Buffer.alloc(4)),
        readyForQuery('I'),
      ]),
    )
    const signal = new AbortController().signal
    number += 1
    const session = runSession({
      client: socket,
      rest,
      upstream,
      clock: systemClock,
      limits: {
        messageBytes: 16_777_216,
        rowBytes: 67_108_864,
        idleMs: 600_000,
        idleInTransactionMs: 600_000,
      },
      admission: {
        id: `session-${number}`,
        governed: governed.session(alice, {
          point: 'postgres',
          session: 's1',
          agent: { framework: 'test', id: parameters.get('user') ?? 'unknown' },
        }),
        upstream: upstreams,
        enter: () => ({ signal, leave() {} }),
        leave() {},
      },
    })
    sessions.add(session)
    void session.ended.then(() => sessions.delete(session))
  }
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
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'bot', database: 'billing', ...config })
      client.on('error', () => {})
      await client.connect()
      return client
    },
    trail: () =>
      readdirSync(join(directory, 'audit'), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
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

/** The least of a start-up: no TLS, no password. */
function startUp(
  socket: net.Socket,
): Promise<{ readonly parameters: ReadonlyMap<string, string>; readonly rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let have = Buffer.alloc(0)
    const take = (chunk: Buffer): void => {
      have = Buffer.concat([have, chunk])
      while (have.length >= 8 && have.length >= have.readUInt32BE(0)) {
        const length = have.readUInt32BE(0)
        const packet = have.subarray(0, length)
        have = have.subarray(length)
        if (packet.readUInt32BE(4) !== 196_608) {
          socket.write('N')
          continue
        }
        const parts = packet.toString('utf8', 8).split('\0')
        const parameters = new Map<string, string>()
        for (let at = 0; at + 1 < parts.length; at += 2) parameters.set(parts[at] ?? '', parts[at + 1] ?? '')
        socket.off('data', take)
        socket.pause()
        resolve({ parameters, rest: have })
        return
      }
    }
    socket.on('data', take)
    socket.once('error', reject)
  })
}
