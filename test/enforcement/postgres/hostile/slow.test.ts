/** Clients that hold things up, or pile things up: they come to an end, and nobody else notices. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { TABLES } from '../../../support/billing.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'
import { bind, close, errorOf, parse, query, type RawClient, rawClient, SYNC, types } from '../raw-client.js'

const LARGE = `${TABLES}
create table notes (id int primary key, note text);
insert into notes select n, repeat('.', 1000) from generate_series(1, 30000) n;
`

describePostgres('clients that hold things up', () => {
  let wire: Wire
  let client: RawClient
  beforeAll(async () => {
    wire = await openWire({
      tables: LARGE,
      limits: { idleMs: 1_000, idleInTransactionMs: 1_000, messageBytes: 65_536 },
    })
  })
  afterAll(() => wire.close())
  afterEach(async () => {
    client.socket.destroy()
    for (let tries = 0; tries < 300 && wire.sessions.size > 0; tries += 1) await pause(20)
    expect(wire.sessions.size).toBe(0)
  })

  test('who sends a message byte by byte is idle all the same', async () => {
    client = await rawClient(wire.port)
    let over = false
    void client.ended.then(() => {
      over = true
    })
    for (const byte of query(`select 1 -- ${'x'.repeat(2_000)}`)) {
      if (over) break
      client.send(Buffer.from([byte]))
      await pause(20)
    }
    expect(over).toBe(true)
    expect(errorOf(await client.ready())).toMatchObject({ S: 'FATAL', C: '57P05' })
  })

  test('who takes nothing of a large result is cut off, and the server’s statement with it', async () => {
    client = await rawClient(wire.port)
    client.socket.pause()
    client.send(query('select id, note from notes'))
    for (let tries = 0; tries < 400 && wire.sessions.size > 0; tries += 1) await pause(20)
    expect(wire.sessions.size).toBe(0)
    const running = `select 1 from pg_stat_activity where datname = current_database() and query like '%from notes%' and state <> 'idle' and pid <> pg_backend_pid()`
    expect(await wire.sql(running)).toEqual([])
  })

  test('what is prepared is bounded, and what is closed makes room', async () => {
    client = await rawClient(wire.port)
    const text = `select 1 -- ${'x'.repeat(40_000)}`
    const prepared = async (name: string) => {
      return errorOf(await client.exchange(parse(name, text), SYNC))?.['C']
    }
    expect([await prepared('a'), await prepared('b'), await prepared('c'), await prepared('d')]).toEqual([
      undefined,
      undefined,
      undefined,
      '54000',
    ])
    expect(errorOf(await client.exchange(query(`prepare e as ${text}\n`)))?.['C']).toBe('54000')
    await client.exchange(close('S', 'a'), SYNC)
    expect(await prepared('d')).toBeUndefined()
    expect(await prepared('d2')).toBe('54000')
    client.send(...Array.from({ length: 300 }, (_, n) => bind(`p${n}`, 'd')), SYNC)
    expect(errorOf(await client.ready())?.['C']).toBe('54000')
  })

  test('what is piled up without a Sync goes to the server, and its answers come', async () => {
    client = await rawClient(wire.port)
    const one = parse('', `select 1 -- ${'x'.repeat(30_000)}`)
    for (let n = 0; n < 20; n += 1) client.send(one)
    const before = client.heard().length
    for (let tries = 0; tries < 200 && client.heard().length === before; tries += 1) await pause(20)
    expect(client.heard().length).toBeGreaterThan(before)
    expect(types(await client.exchange(SYNC))).toBe(`${'1'.repeat(20)}Z`)
  })
})
