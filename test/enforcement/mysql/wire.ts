/** A governed MySQL door for tests: a real database behind it, every user name let in with any password; `mallory` is somebody else's. */
import mysql from 'mysql2/promise'
import { mysqlPoint } from '../../../src/enforcement/mysql/mysql-point.js'
import type { SessionLimits } from '../../../src/enforcement/mysql/session/session.js'
import { mysqlUpstreams } from '../../../src/enforcement/upstream/mysql/pool.js'
import { mysqlTarget } from '../../../src/enforcement/upstream/mysql/target.js'
import type { WireDoor } from '../../../src/enforcement/wire/entrance.js'
import type { TlsIdentity } from '../../../src/enforcement/wire/tls-door.js'
import { systemClock } from '../../../src/util/clock.js'
import { askMysql } from '../../support/ask.js'
import { PAN } from '../../support/billing.js'
import { mariadb } from '../../support/databases.js'
import { mysqlSequence } from '../../support/mysql-sequence.js'
import {
  addressOf,
  CLIENT,
  type DoorPlace,
  type DoorPlaceOptions,
  listen,
  openEntrance,
  openPlace,
} from '../wire/place.js'

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
insert into payments select seq, 'open', seq from ${mysqlSequence(20)};
create table numbers (n int primary key, name varchar(40));
insert into numbers select seq, concat('name ', seq) from ${mysqlSequence(50_000)};
`

/** Its clients are ended with it. */
export interface Wire extends DoorPlace<mysql.Connection, mysql.ConnectionOptions> {
  /** Connections to the server that are lent. */
  used(): number
}

export interface WireOptions extends DoorPlaceOptions<SessionLimits> {
  /** By the server's own name of the database, where it has to be known. */
  readonly tables?: string | ((database: string) => string)
  readonly tls?: TlsIdentity
  /** Bytes of one row at most. Default 64 MiB. */
  readonly rowBytes?: number
}

export async function openWire({
  policy = POLICY,
  tables = TABLES,
  also,
  limits,
  tls,
  rowBytes = 67_108_864,
  through,
}: WireOptions = {}): Promise<Wire> {
  const database = await mariadb.database()
  const sql = (text: string) => askMysql(database, text)
  await sql(typeof tables === 'string' ? tables : tables(database.database))
  const place = await openPlace(
    { client: 'mysql2', connection: database.url, pool: { min: 0, max: 4 } },
    policy,
    also,
  )
  const { governed } = place
  const upstreams = mysqlUpstreams({
    target: mysqlTarget(await addressOf(database, through)),
    connections: 20,
    packetBytes: rowBytes,
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
    entrance: openEntrance({
      point: 'mysql',
      governed,
      upstream: upstreams,
      entered(door) {
        doors.add(door)
        let left = (): void => {}
        leaving.add(
          new Promise(resolve => {
            left = resolve
          }),
        )
        return () => {
          doors.delete(door)
          left()
        }
      },
    }),
  })
  const server = await listen(socket => point.accept(socket))
  const { port } = server
  return {
    database,
    governed,
    port,
    used: () => upstreams.used,
    sql,
    connect: async config => {
      const client = await mysql.createConnection({
        ...CLIENT,
        port,
        ...config,
      })
      client.on('error', () => {})
      clients.push(client)
      return client
    },
    trail: place.trail,
    records: place.records,
    async close() {
      for (const client of clients) client.destroy()
      for (const door of doors) door.end('drain', true)
      await Promise.all(leaving)
      server.close()
      await upstreams.close()
      await place.close()
      await database.drop()
    },
  }
}
