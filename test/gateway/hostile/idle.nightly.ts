/**
 * Ten thousand connections that say nothing, or begin and never go on, against a gateway of its own process; and what a
 * connection costs in memory, before and after its sign-in. By `.ci/nightly`, which prints the lines that begin with IDLE.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startupMessage } from '../../../src/enforcement/upstream/postgres/messages.js'
import { type Program, program } from '../../cli/program.js'
import { query, type RawClient, rawClient, types } from '../../enforcement/postgres/raw-client.js'
import { describePostgres } from '../../support/databases.js'
import { openPlace, type Place } from '../kit.js'

const CROWD = 10_000
/** So many wait to be accepted at one time: fewer than a listener's backlog. */
const AT_ONCE = 250
const SESSIONS = 40
/** Files that each of the two processes has open besides. */
const BESIDES = 500
/** Far more than a connection takes, and far less than one that holds a buffer of its own size. */
const MOST_KIB = 100

const STARTS = startupMessage(
  new Map([
    ['user', 'bot'],
    ['database', 'billing'],
  ]),
)
/** Silent; a start-up packet that never ends; one after which the token is waited for. */
const WORDS = [Buffer.alloc(0), STARTS.subarray(0, 9), STARTS]

describePostgres('ten thousand idle connections', () => {
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
    const config = place.config({
      postgres: { port: 0, cleartext: 'loopback' },
      limits: { connections: CROWD + SESSIONS },
    })
    gateway = program(['gateway', '--config', config], { NODE_ENV: 'production' })
    const listens = /"listener":"postgres","host":"127\.0\.0\.1","port":(\d+)/
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
    await place?.close()
  }, 60_000)

  const memoryKib = (): number =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8'))?.[1])
  const connect = async (says: Buffer): Promise<void> => {
    const socket = net.connect(port, '127.0.0.1')
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    socket.resume()
    if (says.length > 0) socket.write(says)
    // Accepted, and not only let into a backlog: the gateway asks for the token.
    if (says === STARTS) await new Promise(resolve => socket.once('data', resolve).once('close', resolve))
  }
  const signIn = async (): Promise<RawClient> => {
    const client = await rawClient(port, { password: token })
    client.send(query('select id from payments where id = 1'))
    expect(types(await client.ready())).toBe('TDCZ')
    return client
  }
  const report = (what: string, count: number, before: number, after: number): number => {
    const each = (after - before) / count
    process.stdout.write(`IDLE ${what}: ${count}, ${each.toFixed(1)} KiB each (${before} to ${after} KiB)\n`)
    return each
  }

  test('what a session costs that waits for its client', async () => {
    // What only the first ones cost.
    for (let made = 0; made < SESSIONS; made += 1) (await signIn()).socket.end()
    const before = memoryKib()
    const clients: RawClient[] = []
    for (let made = 0; made < SESSIONS; made += 1) clients.push(await signIn())
    report('after their sign-in', SESSIONS, before, memoryKib())
    for (const { socket } of clients) socket.end()
  }, 60_000)

  test('keep nobody out, cost little, and are cut off in time', async () => {
    const first = await signIn()
    const before = memoryKib()
    for (let made = 0; made < CROWD; made += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, at) => connect(WORDS[(made + at) % WORDS.length] ?? STARTS)),
      )
    }
    await pause(500)
    expect(sockets.size).toBe(CROWD)
    expect(report('before their sign-in', CROWD, before, memoryKib())).toBeLessThan(MOST_KIB)
    const second = await signIn()
    first.send(query('select id from payments where id = 2'))
    expect(types(await first.ready())).toBe('TDCZ')

    // Each had ten seconds to say who it is.
    for (let tries = 0; tries < 300 && sockets.size > 0; tries += 1) await pause(100)
    expect(sockets.size).toBe(0)
    const third = await signIn()
    for (const { socket } of [first, second, third]) socket.end()
    process.stdout.write(`IDLE after all of them were cut off: ${memoryKib()} KiB\n`)
    expect(gateway.child.exitCode).toBeNull()
  }, 120_000)
})
