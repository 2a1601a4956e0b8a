/** Databases that break off, say nothing, or say too much, behind a whole gateway. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { verifyTrail } from '../../../src/audit/verify.js'
import { errorOf, query, types } from '../../enforcement/postgres/raw-client.js'
import { describePostgres } from '../../support/databases.js'
import { openPlace, type Place } from '../kit.js'
import { type Clients, gatewayClients, refusal, type Served } from '../postgres-clients.js'
import { openRelay, type Relay } from './relay.js'

describePostgres('databases that break off', () => {
  let place: Place
  let clients: Clients
  let relay: Relay
  let gateway: Served

  beforeAll(async () => {
    place = await openPlace()
    clients = gatewayClients(place, await place.token())
    relay = await openRelay(place.database)
    const url = new URL(place.database.url)
    url.port = String(relay.port)
    url.hostname = '127.0.0.1'
    place.write('billing.url', url.href)
    await place.sql(`create table notes (id int primary key, note text);
      insert into notes select n, 'note ' || n || ' ' || repeat('.', 1000) from generate_series(1, 3000) n`)
    gateway = await clients.open({}, { maxRow: '1MiB' })
  })
  afterEach(async () => {
    const client = await clients.connect(gateway.port)
    expect((await client.query('select id from payments where id = 1')).rows).toEqual([{ id: 1 }])
    await client.end()
  })
  afterAll(async () => {
    await clients.end()
    expect((await verifyTrail(place.at('audit/billing'))).status).toBe('whole')
    await relay.down()
    await place.close()
  })

  /** Of the last statement, as the trail has it. */
  const outcome = async (before: number): Promise<string | undefined> => {
    for (let tries = 0; tries < 100; tries += 1) {
      const found = outcomes()
      if (found.length > before) return found.at(-1)
      await pause(20)
    }
    return undefined
  }
  const outcomes = (): readonly (string | undefined)[] =>
    [...place.trail().matchAll(/"outcome":\{[^\n]*?"status":"(\w+)"/g)].map(([, status]) => status)

  const ALL = 'select id, note from notes order by id'

  test.each([
    ['a small result', 'select id, note from notes where id = 7', 'note 7 ', 'failed'],
    ['a large one, of which much has left', ALL, 'note 2900 ', 'failed'],
  ])(
    'cut in the middle of a row of %s: the client is told, the record is true',
    async (_, text, mark, status) => {
      const client = await clients.raw(gateway.port)
      const before = outcomes().length
      relay.cutAt(mark)
      client.send(query(text))
      await client.ended
      const answers = await client.ready()
      expect(errorOf(answers)).toMatchObject({ S: 'FATAL', C: '08006' })
      // No part of the row that was cut.
      expect(client.heard().includes(mark.trim())).toBe(false)
      expect(await outcome(before)).toBe(status)
    },
  )

  test('cut before it has answered for a write: nothing was written', async () => {
    const client = await clients.raw(gateway.port)
    const before = outcomes().length
    relay.cutAt('UPDATE 1')
    client.send(query(`update payments set status = 'lost' where id = 3`))
    await client.ended
    expect(errorOf(await client.ready())).toMatchObject({ S: 'FATAL', C: '08006' })
    expect(await outcome(before)).toBe('failed')
    expect(await place.sql('select status from payments where id = 3')).toEqual([{ status: 'open' }])
  })

  test.each([
    ['of one statement', []],
    ['of a transaction, at its COMMIT', ['begin']],
  ])('a commit %s whose answer is lost is on record as unknown: it happened', async (_, before) => {
    const client = await clients.raw(gateway.port)
    // What the connection has to learn first comes in exchanges of its own.
    client.send(query(`update payments set status = 'first' where id = 6`))
    await client.ready()
    const texts = [...before, `update payments set status = 'kept' where id = 7`]
    if (before.length > 0) {
      client.send(...texts.map(query))
      await client.ready(texts.length)
    }
    const earlier = outcomes().length
    relay.cutAt('Z\0\0\0\x05I')
    client.send(query(before.length > 0 ? 'commit' : (texts[0] ?? '')))
    await client.ended
    expect(errorOf(await client.ready())).toMatchObject({ S: 'FATAL', C: '08007' })
    expect(await outcome(earlier)).toBe('unknown')
    expect(await place.sql('select status from payments where id = 7')).toEqual([{ status: 'kept' }])
    await place.sql(`update payments set status = 'open' where id in (6, 7)`)
  })

  test('a commit that the database refuses is no such thing', async () => {
    await place.sql(
      'alter table payments add constraint amounts unique (amount) deferrable initially deferred',
    )
    const client = await clients.raw(gateway.port)
    const before = outcomes().length
    client.send(query('update payments set amount = 2 where id = 1'))
    expect(errorOf(await client.ready())).toMatchObject({ S: 'ERROR', C: '23505' })
    expect(await outcome(before)).toBe('failed')
  })

  test('a row that claims a gigabyte is not waited for', async () => {
    const client = await clients.raw(gateway.port)
    const before = outcomes().length
    const claim = Buffer.from([0x44, 0x40, 0, 0, 0, 0, 2, 0, 0, 0, 4])
    relay.replaceAt('note 9 ', claim)
    client.send(query('select id, note from notes where id = 9'))
    await client.ended
    expect(errorOf(await client.ready())).toMatchObject({ S: 'FATAL', C: '54000' })
    expect(await outcome(before)).toBe('failed')
  })

  test('a backend that is terminated tells its client, and the next one gets another', async () => {
    const client = await clients.raw(gateway.port)
    client.send(query('begin'), query(`update payments set status = 'gone' where id = 4`))
    await client.ready(2)
    await place.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and state = 'idle in transaction'`,
    )
    await client.ended
    expect(types(await client.ready())).toMatch(/E$/)
    expect(await place.sql('select status from payments where id = 4')).toEqual([{ status: 'open' }])
  })

  test('a database that restarts takes its clients along, and serves the next as soon as it is back', async () => {
    const [idle, busy] = [await clients.raw(gateway.port), await clients.raw(gateway.port)]
    busy.send(query('begin'), query(`update payments set status = 'gone' where id = 5`))
    await busy.ready(2)
    await relay.down()
    await Promise.all([idle.ended, busy.ended])
    for (const one of [idle, busy])
      expect(errorOf(await one.ready())).toMatchObject({ S: 'FATAL', C: '08006' })
    expect(await refusal(clients.connect(gateway.port))).toMatchObject({
      code: '08006',
      message: expect.stringContaining('The database cannot be reached'),
    })
    await relay.up()
  })

  test('a database that says nothing any more is left once it has been asked to stop', async () => {
    const client = await clients.raw(gateway.port)
    const before = outcomes().length
    relay.stallAt('note 11 ')
    client.send(query('select id, note from notes where id = 11'))
    await pause(200)
    client.socket.end()
    await client.ended
    expect(await outcome(before)).toBeDefined()
  })
})
