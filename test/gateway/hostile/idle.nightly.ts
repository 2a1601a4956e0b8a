/**
 * Ten thousand connections that say nothing, or begin and never go on, against a gateway of its own process; and what a
 * connection costs in memory, before and after its sign-in. By `.ci/nightly`, which prints the lines that begin with IDLE.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import { CAPABILITY, int } from '../../../src/enforcement/upstream/mysql/wire.js'
import { startupMessage } from '../../../src/enforcement/upstream/postgres/messages.js'
import { type Program, program } from '../../cli/program.js'
import { POLICY } from '../../enforcement/mysql/wire.js'
import { query, rawClient, types } from '../../enforcement/postgres/raw-client.js'
import { type Database, describeMariadb, describePostgres, mariadb } from '../../support/databases.js'
import { certificateAuthority } from '../../support/issuer/certificates.js'
import { openPlace, type Place } from '../kit.js'

const CROWD = 10_000
/** So many wait to be accepted at one time: fewer than a listener's backlog. */
const AT_ONCE = 250
const SESSIONS = 40
/** Files that each of the two processes has open besides. */
const BESIDES = 500
/** Far more than a connection takes, and far less than one that holds a buffer of its own size. */
const MOST_KIB = 100

interface Session {
  ask(): Promise<void>
  end(): void
}

interface Door {
  readonly name: 'postgres' | 'mysql'
  /** Of the gateway, and what it needs. */
  open(place: Place): Promise<Readonly<Record<string, unknown>>>
  close(): Promise<void>
  /** What clients say that say no more. */
  readonly words: readonly Buffer[]
  /** Whether the gateway answers that. */
  answers(says: Buffer): boolean
  signIn(port: number, token: string): Promise<Session>
}

const STARTS = startupMessage(
  new Map([
    ['user', 'bot'],
    ['database', 'billing'],
  ]),
)

const postgresDoor: Door = {
  name: 'postgres',
  open: async () => ({ postgres: { port: 0, cleartext: 'loopback' } }),
  close: async () => {},
  // Nothing; a start-up packet that never ends; one after which the token is waited for.
  words: [Buffer.alloc(0), STARTS.subarray(0, 9), STARTS],
  answers: says => says === STARTS,
  async signIn(port, password) {
    const client = await rawClient(port, { password })
    return {
      async ask() {
        client.send(query('select id from payments where id = 1'))
        expect(types(await client.ready())).toBe('TDCZ')
      },
      end: () => client.socket.end(),
    }
  },
}

function mysqlDoor(): Door {
  const authority = certificateAuthority()
  let database: Database | undefined
  const asksForTls = Buffer.concat([
    Buffer.from([32, 0, 0, 1]),
    int(
      (CAPABILITY.protocol41 | CAPABILITY.ssl | CAPABILITY.pluginAuth | CAPABILITY.secureConnection) >>> 0,
      4,
    ),
    int(0x100_0000, 4),
    Buffer.from([45]),
    Buffer.alloc(23),
  ])
  return {
    name: 'mysql',
    async open(place) {
      database = await mariadb.database()
      const admin = await mysql.createConnection(database.url)
      await admin.query('create table payments (id int primary key)')
      await admin.query('insert into payments values (1)')
      await admin.end()
      const { cert, key } = authority.issue('localhost')
      for (const [name, text] of Object.entries({ cert, key })) place.write(`${name}.pem`, text)
      place.write('mysql.url', database.url)
      place.write('mysql.yaml', POLICY)
      const billing = { url: { file: 'mysql.url' }, environment: 'test', policy: 'mysql.yaml' }
      return {
        dataSources: { billing },
        mysql: { port: 0, tls: { cert: 'cert.pem', key: 'key.pem' } },
      }
    },
    close: async () => database?.drop(),
    // Nothing; a packet that never ends; the wish for TLS, and then none of it.
    words: [Buffer.alloc(0), asksForTls.subarray(0, 9), asksForTls],
    answers: () => true,
    async signIn(port, password) {
      const ssl = { ca: authority.cert }
      const login = { user: 'bot', password, database: 'billing' }
      const client = await mysql.createConnection({ host: 'localhost', port, ssl, ...login })
      client.on('error', () => {})
      return {
        async ask() {
          const [rows] = await client.query('select id from payments where id = 1')
          expect(rows).toEqual([{ id: 1 }])
        },
        end: () => client.destroy(),
      }
    },
  }
}

idle(describePostgres, postgresDoor)
idle(describeMariadb, mysqlDoor())

function idle(describeServer: typeof describePostgres, door: Door): void {
  describeServer(`ten thousand idle connections: ${door.name}`, () => {
    let place: Place
    let gateway: Program
    let token: string
    let port = 0
    const sockets = new Set<net.Socket>()

    beforeAll(async () => {
      const files = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
      if (files !== 'unlimited' && Number(files) < CROWD + BESIDES) {
        throw new Error(
          `A process may open ${files} files here, and this needs ${CROWD + BESIDES}: raise it with ulimit -n.`,
        )
      }
      place = await openPlace()
      token = await place.token()
      const limits = { connections: CROWD + SESSIONS }
      const config = place.config({ ...(await door.open(place)), limits })
      gateway = program(['gateway', '--config', config], { NODE_ENV: 'production' })
      const listens = new RegExp(`"listener":"${door.name}","host":"127\\.0\\.0\\.1","port":(\\d+)`)
      while (port === 0 && gateway.child.exitCode === null) {
        port = Number(listens.exec(gateway.out())?.[1] ?? 0)
        await pause(50)
      }
      if (port === 0) throw new Error(gateway.err())
    }, 60_000)
    afterAll(async () => {
      for (const socket of sockets) socket.destroy()
      gateway?.child.kill('SIGTERM')
      await gateway?.ended()
      await door.close()
      await place?.close()
    }, 60_000)

    const memoryKib = (): number =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8'))?.[1])
    const connect = async (says: Buffer): Promise<void> => {
      const socket = net.connect(port, '127.0.0.1')
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
      sockets.add(socket)
      socket.on('error', () => {}).once('close', () => sockets.delete(socket))
      // Accepted, and not only let into a backlog: the gateway has said something.
      const answered = new Promise(resolve => socket.once('data', resolve).once('close', resolve))
      socket.resume()
      if (says.length > 0) socket.write(says)
      if (door.answers(says)) await answered
    }
    const signIn = async (): Promise<Session> => {
      const session = await door.signIn(port, token)
      await session.ask()
      return session
    }
    const report = (what: string, count: number, before: number, after: number): number => {
      const each = (after - before) / count
      process.stdout.write(
        `IDLE ${door.name}, ${what}: ${count}, ${each.toFixed(1)} KiB each (${before} to ${after} KiB)\n`,
      )
      return each
    }

    test('what a session costs that waits for its client', async () => {
      // What only the first ones cost.
      for (let made = 0; made < SESSIONS; made += 1) (await signIn()).end()
      const before = memoryKib()
      const clients: Session[] = []
      for (let made = 0; made < SESSIONS; made += 1) clients.push(await signIn())
      report('after their sign-in', SESSIONS, before, memoryKib())
      for (const client of clients) client.end()
    }, 60_000)

    test('keep nobody out, cost little, and are cut off in time', async () => {
      const first = await signIn()
      const before = memoryKib()
      for (let made = 0; made < CROWD; made += AT_ONCE) {
        await Promise.all(
          Array.from({ length: AT_ONCE }, (_, at) =>
            connect(door.words[(made + at) % door.words.length] ?? Buffer.alloc(0)),
          ),
        )
      }
      await pause(500)
      expect(sockets.size).toBe(CROWD)
      expect(report('before their sign-in', CROWD, before, memoryKib())).toBeLessThan(MOST_KIB)
      const second = await signIn()
      await first.ask()

      // Each had ten seconds to say who it is.
      for (let tries = 0; tries < 300 && sockets.size > 0; tries += 1) await pause(100)
      expect(sockets.size).toBe(0)
      const third = await signIn()
      for (const session of [first, second, third]) session.end()
      process.stdout.write(`IDLE ${door.name}, after all of them were cut off: ${memoryKib()} KiB\n`)
      expect(gateway.child.exitCode).toBeNull()
    }, 120_000)
  })
}
