/** Clients that come in great numbers, or again and again without a token that is good. */
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import {
  CODE,
  cancelRequest,
  startupMessage,
  untyped,
} from '../../../src/enforcement/upstream/postgres/messages.js'
import { cancelKey, errorOf, query, sayAndWait } from '../../enforcement/postgres/raw-client.js'
import { describePostgres } from '../../support/databases.js'
import { openPlace, type Place } from '../kit.js'
import { type Clients, gatewayClients, metrics, refusal, type Served } from '../postgres-clients.js'

describePostgres('many clients of a gateway', () => {
  let place: Place
  let token: string
  let clients: Clients
  const sockets: net.Socket[] = []

  beforeAll(async () => {
    place = await openPlace()
    token = await place.token()
    clients = gatewayClients(place, token)
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await clients.end()
  })
  afterAll(() => place.close())

  const silent = async ({ port }: Served, count: number, says = Buffer.alloc(0)): Promise<net.Socket[]> => {
    const made = Array.from({ length: count }, () => {
      const socket = net.connect(port, '127.0.0.1')
      socket.on('error', () => {}).resume()
      return socket
    })
    sockets.push(...made)
    await Promise.all(
      made.map(async socket => {
        await new Promise(resolve => socket.once('connect', resolve))
        socket.write(says)
      }),
    )
    return made
  }
  const open = (socket: net.Socket): boolean => !socket.destroyed && !socket.readableEnded

  test('a thousand that say nothing, or half a packet, keep nobody out who signs in', async () => {
    const gateway = await clients.open({ limits: { connections: 1_000 } })
    const half = Buffer.from([0, 0, 0, 80, 0, 3])
    const idle = [...(await silent(gateway, 500)), ...(await silent(gateway, 500, half))]
    // Each has had its second.
    await pause(1_100)
    const [first, second] = [await clients.connect(gateway.port), await clients.connect(gateway.port)]
    expect((await first.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect((await second.query('select 2 as two')).rows).toEqual([{ two: 2 }])
    expect(idle.filter(open)).toHaveLength(998)
    expect(await metrics(gateway)).toMatch(/^cardea_limited_requests_total\{limit="connections"\} 2$/m)
  })

  test('where every place is a session’s, the next is told so in the protocol, and may cancel', async () => {
    const gateway = await clients.open({ limits: { connections: 2 } })
    const busy = await clients.raw(gateway.port)
    const other = await clients.connect(gateway.port)
    expect(await refusal(clients.connect(gateway.port))).toMatchObject({
      code: '53300',
      message: expect.stringContaining('All connections that this gateway takes are in use'),
    })
    const asked = sayAndWait(gateway.port, startupMessage(new Map([['user', 'bot']])))
    // Nobody asks for a token that there is no place for.
    expect((await asked).toString('latin1', 0, 1)).toBe('E')
    const holder = new pg.Client(place.database.url)
    await holder.connect()
    await holder.query('begin; select 1 from payments where id = 9 for update')
    busy.send(query(`update payments set status = 'x' where id = 9`))
    const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    while ((await place.sql(waits)).length === 0) await pause(20)
    const { pid, secret } = cancelKey(busy.greeting)
    const forged = Buffer.from(secret.map(byte => byte ^ 1))
    // Another secret, another process, and the right one.
    await sayAndWait(gateway.port, cancelRequest(pid, forged))
    await sayAndWait(gateway.port, cancelRequest(pid + 1, secret))
    expect((await place.sql(waits)).length).toBe(1)
    await sayAndWait(gateway.port, cancelRequest(pid, secret))
    expect(errorOf(await busy.ready())).toMatchObject({ C: '57014' })
    await holder.end()
    await other.end()
    for (let tries = 0; tries < 100 && !gateway.log().includes('session ended'); tries += 1) await pause(20)
    await clients.connect(gateway.port)
  })

  test('those that are told so are no crowd of their own', async () => {
    const gateway = await clients.open({ limits: { connections: 1 } })
    await clients.connect(gateway.port)
    const waiting = await silent(gateway, 200)
    await pause(1_100)
    expect(waiting.filter(open).length).toBeLessThanOrEqual(64)
    expect(await refusal(clients.connect(gateway.port))).toMatchObject({ code: '53300' })
    expect(await sayAndWait(gateway.port, untyped(CODE.ssl), untyped(CODE.ssl))).toEqual(Buffer.alloc(0))
  })

  test('who fails to prove who it is has to wait, and nobody else who has been there', async () => {
    const gateway = await clients.open()
    const guess = (user: string) => refusal(clients.connect(gateway.port, { user, password: 'guessed' }))
    await clients.connect(gateway.port)
    for (let n = 0; n < 10; n += 1) expect((await guess('stranger')).code).toBe('28P01')
    const held = await refusal(clients.connect(gateway.port, { user: 'stranger' }))
    expect(held).toMatchObject({
      code: '53300',
      message: expect.stringMatching(/Too many sign-ins from there have failed.* Try again in \d s/),
      detail: 'CARDEA_TOO_MANY_REQUESTS',
    })
    for (let n = 0; n < 60; n += 1) await guess(`stranger-${n}`)
    expect((await guess('one-more')).code).toBe('53300')
    await clients.connect(gateway.port)
    expect(await metrics(gateway)).toMatch(/^cardea_limited_requests_total\{limit="sign-ins"\} \d+$/m)
    expect(gateway.log()).not.toMatch(/guessed|stranger/)
  })
})
