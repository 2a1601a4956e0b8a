/** Cancel keys in the wrong hands: of somebody else, and of a connection that has ended. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import pg from 'pg'
import { cancelRequest } from '../../../src/enforcement/upstream/postgres/messages.js'
import {
  cancelKey,
  errorOf,
  query,
  type RawClient,
  sayAndWait,
  types,
} from '../../enforcement/postgres/raw-client.js'
import { describePostgres } from '../../support/databases.js'
import { openPlace, type Place } from '../kit.js'
import { type Clients, gatewayClients, type Served } from '../postgres-clients.js'

const WAITING = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`

describePostgres('cancel keys', () => {
  let place: Place
  let clients: Clients
  let gateway: Served
  let otherToken: string
  let holder: pg.Client

  beforeAll(async () => {
    place = await openPlace()
    place.issuer.addClient('other-bot')
    otherToken = await place.token('other-bot')
    clients = gatewayClients(place, await place.token())
    const { url: issuer, audience } = place.issuer
    gateway = await clients.open({
      identity: { oidc: { issuer, audience, agents: ['billing-bot', 'other-bot'], ca: 'issuer.pem' } },
    })
  })
  beforeEach(async () => {
    holder = new pg.Client(place.database.url)
    await holder.connect()
    await holder.query('begin; select 1 from payments where id = 9 for update')
  })
  afterEach(() => holder.end())
  afterAll(async () => {
    await clients.end()
    await place.close()
  })

  const ended = (): number => gateway.log().split('"session ended"').length - 1
  const waits = async (): Promise<boolean> => (await place.sql(WAITING)).length > 0
  /** Until it waits for the lock. */
  const busy = async (client: RawClient): Promise<void> => {
    client.send(query(`update payments set status = 'x' where id = 9`))
    while (!(await waits())) await pause(20)
  }
  /** What is sent has been read, and a moment has passed in which it could have done harm. */
  const cancel = async (pid: number, secret: Buffer): Promise<void> => {
    expect(await sayAndWait(gateway.port, cancelRequest(pid, secret))).toHaveLength(0)
    await pause(100)
  }

  test('another principal’s opens nothing but that principal’s own', async () => {
    const mine = await clients.raw(gateway.port)
    const other = await clients.raw(gateway.port, { password: otherToken })
    const [me, them] = [cancelKey(mine.greeting), cancelKey(other.greeting)]
    expect(them.pid).not.toBe(me.pid)
    expect(them.secret.equals(me.secret)).toBe(false)
    await busy(mine)
    await cancel(me.pid, them.secret)
    await cancel(them.pid, me.secret)
    await cancel(them.pid, them.secret)
    expect(await waits()).toBe(true)
    // Nor has the other been harmed, which was not running anything.
    other.send(query('select 1 as one'))
    expect(types(await other.ready())).toBe('TDCZ')
    await cancel(me.pid, me.secret)
    expect(errorOf(await mine.ready())).toMatchObject({ C: '57014' })
  })

  test('one whose connection has ended is worth nothing, though its server process serves the next client', async () => {
    const before = ended()
    const gone = await clients.raw(gateway.port)
    const old = cancelKey(gone.greeting)
    gone.socket.end()
    await gone.ended
    while (ended() === before) await pause(20)
    // One of these gets the process that the first had.
    const next = [
      await clients.raw(gateway.port, { password: otherToken }),
      await clients.raw(gateway.port, { password: otherToken }),
      await clients.raw(gateway.port, { password: otherToken }),
    ]
    const heir = next.find(({ greeting }) => cancelKey(greeting).pid === old.pid)
    if (heir === undefined) throw new Error('The connection to the server was not used again.')
    await busy(heir)
    await cancel(old.pid, old.secret)
    expect(await waits()).toBe(true)
    const { pid, secret } = cancelKey(heir.greeting)
    expect(secret.equals(old.secret)).toBe(false)
    await cancel(pid, secret)
    expect(errorOf(await heir.ready())).toMatchObject({ C: '57014' })
  })

  test('one that comes when its statement has ended does not meet the next', async () => {
    const client = await clients.raw(gateway.port)
    const { pid, secret } = cancelKey(client.greeting)
    client.send(query('select 1 as one'))
    await client.ready()
    await cancel(pid, secret)
    client.send(query('select 2 as two'))
    expect(types(await client.ready())).toBe('TDCZ')
  })
})
