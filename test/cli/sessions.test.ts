/** `cardea sessions` and `cardea agent stop | resume | stopped`, against a gateway that serves. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { openPlace, type Place, type Running, run } from '../gateway/kit.js'
import { openStore, STORE } from '../gateway/shared-store.js'
import { type Database, describePostgres } from '../support/databases.js'
import { call } from './program.js'
import { signInTo } from './sign-in.js'

describePostgres('an operator', () => {
  let place: Place
  let store: Database
  let gateway: Running
  let token: string
  let desk: readonly string[]
  const clients: pg.Client[] = []

  beforeAll(async () => {
    place = await openPlace()
    store = await openStore(place)
    place.issuer.addUser('olivia', { groups: ['operators'], amr: ['pwd', 'hwk'] })
    await signInTo(place.issuer, place.at('home'), 'olivia')
    token = await place.token()
    desk = ['--store', store.url, '--audit', place.at('operator'), '--reason', 'it runs wild']
    gateway = await run(
      place.config({
        store: STORE,
        postgres: { port: 0, cleartext: 'loopback' },
      }),
    )
  })
  afterAll(async () => {
    await Promise.allSettled(clients.map(client => client.end()))
    await gateway.gateway.close()
    await store.drop()
    await place.close()
  })

  const cardea = (...argv: readonly string[]) => call(argv, { CARDEA_HOME: place.at('home') }).ended()
  const sessions = async (): Promise<readonly Record<string, unknown>[]> =>
    JSON.parse((await cardea('sessions', 'list', '--store', store.url, '--json')).out)
  /** Until it holds. */
  const until = async <T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> => {
    for (let tries = 0; tries < 100; tries += 1) {
      const found = await look()
      if (holds(found)) return found
      await sleep(100)
    }
    throw new Error('it never was so')
  }
  async function connect(user: string): Promise<{ client: pg.Client; ended: Promise<{ code?: string }> }> {
    const port = gateway.gateway.addresses['postgres']?.port ?? 0
    const client = new pg.Client({ host: '127.0.0.1', port, user, password: token, database: 'billing' })
    const ended = new Promise<{ code?: string }>(resolve => client.once('error', resolve))
    client.on('error', () => {})
    clients.push(client)
    await client.connect()
    return { client, ended }
  }

  test('sees who is in and ends one session, on record in both trails', async () => {
    const [wild, calm] = [await connect('wild-7'), await connect('calm  "8')]
    await wild.client.query('select 1')
    const shown = await until(sessions, found => found.length === 2)
    const one = shown.find(({ agent }) => agent === 'wild-7')
    expect(one).toMatchObject({ subject: 'billing-bot', dataSource: 'billing', framework: 'unknown' })
    const { out, err } = await cardea('sessions', 'list', '--store', store.url)
    expect(out).toMatch(/^\w{26} {2}"billing-bot" {2}agent "wild-7" \("unknown"\) {2}billing {2}from "127/m)
    expect(out).toContain('agent "calm  \\"8"')
    expect(err).toBe('2 sessions\n')

    const id = String(one?.['id'])
    const stranger = await call(['sessions', 'kill', id, ...desk], {
      CARDEA_HOME: place.at('nobody'),
    }).ended()
    expect(stranger.code).toBe(2)
    expect(await cardea('sessions', 'kill', 'nobody', ...desk)).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no session nobody'),
    })
    expect(await cardea('sessions', 'kill', id, ...desk)).toMatchObject({ code: 0 })
    expect(await wild.ended).toMatchObject({ code: '57P01' })
    expect((await calm.client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await until(sessions, found => found.length === 1)
    const record = /"detail":\{[^}]*"by":\{[^}]*"subject":"olivia"\}[^\n]*"event":"session.kill"/
    await until(
      async () => place.trail(),
      trail => record.test(trail),
    )
    const own = await cardea('audit', 'search', place.at('operator'), '--text', id)
    expect(own.out).toMatch(/session\.kill .*"olivia"/)
    await calm.client.end()
  })

  test('stops an agent everywhere, and lets it in again', async () => {
    const inside = await connect('agent-9')
    expect(await cardea('agent', 'stop', 'Billing-Bot', ...desk)).toMatchObject({ code: 0 })
    expect(await inside.ended).toMatchObject({ code: '57P01' })
    expect(
      await connect('another-name').catch(error => ({ code: error.code, message: error.message })),
    ).toMatchObject({
      code: '28000',
      message: expect.stringContaining('stopped this agent'),
    })
    const refused = await gateway.query(token, 'select 1')
    expect([refused.status, refused.body['code']]).toEqual([403, 'CARDEA_AGENT_STOPPED'])
    const mcp = await fetch(`${gateway.url}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    })
    expect(mcp.status).toBe(403)

    const { out } = await cardea('agent', 'stopped', '--store', store.url)
    expect(out).toMatch(/^"Billing-Bot" {2}stopped \S+ by "olivia": "it runs wild"$/m)
    expect(await cardea('agent', 'stop', 'billing-bot', ...desk)).toMatchObject({
      code: 2,
      err: expect.stringContaining('stopped already'),
    })
    expect(await cardea('agent', 'resume', 'nobody', ...desk)).toMatchObject({ code: 2 })
    expect(await cardea('agent', 'resume', 'billing-bot', ...desk)).toMatchObject({ code: 0 })
    await until(
      () => gateway.query(token, 'select id from payments where id = 1'),
      ({ status }) => status === 200,
    )
    const again = await connect('agent-9')
    expect((await again.client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect(place.trail()).toMatch(/"event":"agent.stop"/)
    await until(
      async () => place.trail(),
      trail => trail.includes('"event":"agent.resume"'),
    )
    expect((await cardea('audit', 'verify', place.at('operator'))).code).toBe(0)
  })

  test('needs a store and a reason', async () => {
    expect((await cardea('sessions', 'list')).code).toBe(2)
    expect(await cardea('agent', 'stop', 'x', ...desk.slice(0, 4), '--reason', ' ')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Give a reason'),
    })
    const empty = await cardea('sessions', 'list', '--store', place.database.url)
    expect([empty.code, empty.err]).toEqual([2, expect.stringContaining('cardea store migrate')])
  })
})
