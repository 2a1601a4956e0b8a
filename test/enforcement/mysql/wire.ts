/** A governed MySQL door for tests: a real database behind it, every user name let in with any password; `mallory` is somebody else's. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { mysqlPoint } from '../../../src/enforcement/mysql/mysql-point.js'
import type { SessionLimits } from '../../../src/enforcement/mysql/session/session.js'
import { mysqlUpstreams } from '../../../src/enforcement/upstream/mysql/pool.js'
import { mysqlTarget } from '../../../src/enforcement/upstream/mysql/target.js'
import type { WireDoor } from '../../../src/enforcement/wire/entrance.js'
import type { TlsIdentity } from '../../../src/enforcement/wire/tls-door.js'
import { fileTrail, type GovernanceOptions, GovernedConnection, parsePolicy } from '../../../src/index.js'
import { systemClock } from '../../../src/util/clock.js'
import { PAN } from '../../support/billing.js'
import { type Database, mariadb } from '../../support/databases.js'

export const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: '*.cards.pan', label: pan }
exceptions:
  - { id: see-cards, lifts: pci/pan-output, when: { column: '*.cards.pan' }, reason: the bot sees masked cards }
  - { id: settle, lifts: pci/write-approval, when: { kind: update, writes: '*.payments' }, reason: the bot settles payments }
`

const TABLES = `
create table cards (id int primary key, pan varchar(32), number bigint, note text);
insert into cards values (1, '${PAN}', ${PAN}, 'paid with ${PAN} today'), (2, '5500005555555559', 7, 'nothing');
create table payments (id int primary key, status varchar(20), amount int);
insert into payments select seq, 'open', seq from seq_1_to_20;
create table numbers (n int primary key, name varchar(40));
insert into numbers select seq, concat('name ', seq) from seq_1_to_50000;
`

export interface Wire {
  readonly database: Database
  readonly governed: GovernedConnection
  readonly port: number
  readonly doors: ReadonlySet<WireDoor>
  /** Connections to the server that are lent. */
  used(): number
  /** A client that is connected; ended with the wire. */
  connect(config?: mysql.ConnectionOptions): Promise<mysql.Connection>
  /** Straight to the database. */
  sql(text: string): Promise<readonly Record<string, unknown>[]>
  /** The records of the trail. */
  records(): readonly Record<string, unknown>[]
  close(): Promise<void>
}

export interface WireOptions {
  readonly policy?: string
  readonly tables?: string
  readonly also?: Partial<GovernanceOptions>
  readonly limits?: Partial<SessionLimits>
  readonly tls?: TlsIdentity
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
  tls,
}: WireOptions = {}): Promise<Wire> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-mysql-'))
  const database = await mariadb.database()
  const sql = async (text: string) => {
    const client = await mysql.createConnection({ uri: database.url, multipleStatements: true })
    try {
      return (await client.query(text))[0] as unknown as readonly Record<string, unknown>[]
    } finally {
      await client.end()
    }
  }
  await sql(tables)
  const governed = await GovernedConnection.open(
    { client: 'mysql2', connection: database.url, pool: { min: 0, max: 4 } },
    {
      policy: parsePolicy(policy, { file: 'policy.yaml' }),
      audit: fileTrail({ directory: join(directory, 'audit'), durability: 'os' }),
      dataSource: { id: 'billing', environment: 'production' },
      ...also,
    },
  )
  const upstreams = mysqlUpstreams({
    target: mysqlTarget(database.url),
    connections: 20,
    packetBytes: 67_108_864,
    clock: systemClock,
  })
  const doors = new Set<WireDoor>()
  const leaving = new Set<Promise<void>>()
  const clients: mysql.Connection[] = []
  const point = mysqlPoint({
    about: async () => {
      const upstream = await upstreams.acquire(new AbortController().signal)
      await upstream.release()
      return upstream
    },
    cleartext: 'loopback',
    ...(tls === undefined ? {} : { tls }),
    limits: {
      packetBytes: 33_554_432,
      preparedBytes: 33_554_432,
      idleMs: 600_000,
      idleInTransactionMs: 600_000,
      ...limits,
    },
    clock: systemClock,
    entrance: {
      identify: async credentials => {
        const name = credentials.kind === 'token' ? credentials.token : ''
        if (name === 'wrong') return null
        return name === 'mallory' ? { ...alice, subject: name } : alice
      },
      admit: ({ principal, agent, conversation, origination }, door) => {
        doors.add(door)
        let left = (): void => {}
        leaving.add(
          new Promise(resolve => {
            left = resolve
          }),
        )
        // One for each session, as the gateway has it.
        const { signal } = new AbortController()
        return {
          id: `session-${doors.size}`,
          governed: governed.session(principal, {
            point: 'mysql',
            session: conversation ?? 's1',
            origination,
            ...(agent === undefined ? {} : { agent }),
          }),
          upstream: upstreams,
          enter: () => ({ signal, leave() {} }),
          leave() {
            doors.delete(door)
            left()
          },
        }
      },
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
    doors,
    used: () => upstreams.used,
    sql,
    connect: async config => {
      const client = await mysql.createConnection({
        host: '127.0.0.1',
        port,
        user: 'bot',
        password: 'any',
        database: 'billing',
        ...config,
      })
      client.on('error', () => {})
      clients.push(client)
      return client
    },
    records: () =>
      readdirSync(join(directory, 'audit'))
        .filter(name => name.endsWith('.jsonl'))
        .flatMap(name => readFileSync(join(directory, 'audit', name), 'utf8').split('\n'))
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as Record<string, unknown>),
    async close() {
      for (const client of clients) client.destroy()
      for (const door of doors) door.end('drain', true)
      await Promise.all(leaving)
      server.close()
      await upstreams.close()
      await governed.close()
      await database.drop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
