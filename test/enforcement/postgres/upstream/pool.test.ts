/** Connections to a real server: lent to one client at a time, and as new for the next one, or gone. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { cStrings, query } from '../../../../src/enforcement/upstream/postgres/messages.js'
import { type PgUpstreamsOptions, pgUpstreams } from '../../../../src/enforcement/upstream/postgres/pool.js'
import { pgTarget } from '../../../../src/enforcement/upstream/postgres/target.js'
import type { PgUpstream, PgUpstreams } from '../../../../src/enforcement/upstream/postgres/upstream.js'
import { systemClock } from '../../../../src/util/clock.js'
import { type Database, describePostgres, postgres } from '../../../support/databases.js'
import { answers, said } from './kit.js'

const NONE: ReadonlyMap<string, string> = new Map()
const forever = (): AbortSignal => new AbortController().signal

describePostgres('connections to the server', () => {
  let database: Database
  let pools: PgUpstreams[] = []
  beforeAll(async () => {
    database = await postgres.database()
  })
  afterEach(async () => {
    await Promise.all(pools.map(pool => pool.close()))
    pools = []
  })
  afterAll(() => database.drop())

  const open = (more: Partial<PgUpstreamsOptions> = {}): PgUpstreams => {
    const target = pgTarget(database.url)
    const pool = pgUpstreams({ target, connections: 1, messageBytes: 1_000_000, clock: systemClock, ...more })
    pools.push(pool)
    return pool
  }
  const show = async (upstream: PgUpstream, text: string) => (await answers(upstream, text)).rows[0]?.[0]

  test('have the settings that are asked for, and the pinned ones', async () => {
    const upstream = await open().acquire(
      new Map([
        ['timezone', 'Europe/Vienna'],
        ['application_name', "it's"],
      ]),
      forever(),
    )
    expect(await show(upstream, 'show timezone')).toBe('Europe/Vienna')
    expect(await show(upstream, 'show application_name')).toBe("it's")
    expect(await show(upstream, 'show client_connection_check_interval')).toBe('500ms')
    expect(upstream.parameters.get('TimeZone')).toBe('Europe/Vienna')
    expect(upstream.parameters.get('client_encoding')).toBe('UTF8')
    expect(upstream.pid).toBeGreaterThan(0)
  })

  test('a value that the server does not take is its refusal, and the place is free again', async () => {
    const pool = open()
    const failed = pool.acquire(new Map([['timezone', 'Atlantis/Poseidonis']]), forever())
    await expect(failed).rejects.toMatchObject({ code: 'CARDEA_CONNECTION_FAILED', sqlState: '22023' })
    await (await pool.acquire(NONE, forever())).release()
  })

  test('the next client finds nothing of the last one, on the same connection', async () => {
    const pool = open()
    const first = await pool.acquire(new Map([['application_name', 'first']]), forever())
    await answers(first, 'create temp table mine (pan text)')
    await answers(first, "insert into mine values ('4111111111111111')")
    for (const text of [
      'set search_path = pg_temp, public',
      "set statement_timeout = '1h'",
      'prepare mine as select 1',
      'listen gossip',
      'select pg_advisory_lock(7)',
      "select set_config('my.own', 'secret', false)",
    ]) {
      await answers(first, text)
    }
    await first.release()
    expect(pool).toMatchObject({ used: 0, idle: 1 })
    const second = await pool.acquire(NONE, forever())
    expect(second.pid).toBe(first.pid)
    expect(await show(second, 'show application_name')).toBe('cardea')
    expect(await show(second, 'show search_path')).toBe('"$user", public')
    expect(await show(second, 'show statement_timeout')).toBe('0')
    expect(await show(second, "select to_regclass('pg_temp.mine')")).toBeNull()
    expect(await show(second, 'select count(*) from pg_prepared_statements')).toBe('0')
    expect(await show(second, 'select count(*) from pg_listening_channels()')).toBe('0')
    expect(
      await show(
        second,
        "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
      ),
    ).toBe('0')
    expect(await show(second, "select current_setting('my.own', true)")).not.toBe('secret')
    // What was lent before is good for nothing.
    first.send(query('select 1'))
    first.destroy()
    expect(await show(second, 'select 2')).toBe('2')
  })

  test.each([
    ['in a transaction', 'begin'],
    ['in one that failed', 'begin; select 1/0'],
  ])('a connection given back %s is closed', async (_, text) => {
    const pool = open()
    const first = await pool.acquire(NONE, forever())
    await answers(first, text)
    await first.release()
    expect(pool).toMatchObject({ used: 0, idle: 0 })
    const second = await pool.acquire(NONE, forever())
    expect(second.pid).not.toBe(first.pid)
  })

  test('a connection with an answer on its way is not lent again', async () => {
    const pool = open()
    const first = await pool.acquire(NONE, forever())
    first.send(Buffer.concat([query('select 1'), query('select pg_sleep(0.05)')]))
    await first.release()
    const second = await pool.acquire(NONE, forever())
    expect(await show(second, 'select 3')).toBe('3')
  })

  test('who comes when all are lent waits, and is served in turn', async () => {
    const pool = open()
    const first = await pool.acquire(NONE, forever())
    const order: number[] = []
    const later = [2, 3].map(async number => {
      const upstream = await pool.acquire(NONE, forever())
      order.push(number)
      await upstream.release()
    })
    const impatient = new AbortController()
    const gone = pool.acquire(NONE, impatient.signal)
    impatient.abort()
    await expect(gone).rejects.toMatchObject({ code: 'CARDEA_TOO_MANY_REQUESTS' })
    first.destroy()
    await Promise.all(later)
    expect(order).toEqual([2, 3])
    expect(pool).toMatchObject({ used: 0, idle: 1 })
  })

  test('one that dies while nobody has it is not lent', async () => {
    const pool = open({ connections: 2 })
    const [first, second] = await Promise.all([pool.acquire(NONE, forever()), pool.acquire(NONE, forever())])
    await first.release()
    await answers(second, `select pg_terminate_backend(${first.pid})`)
    const third = await pool.acquire(NONE, forever())
    expect(third.pid).not.toBe(first.pid)
    expect(await show(third, 'select 1')).toBe('1')
  })

  test('one that dies while it is lent tells its receiver', async () => {
    const pool = open({ connections: 2 })
    const [first, second] = await Promise.all([pool.acquire(NONE, forever()), pool.acquire(NONE, forever())])
    const ended = said(first)
    await answers(second, `select pg_terminate_backend(${first.pid})`)
    expect((await ended.closed).map(({ type }) => type)).toContain('E')
    await first.release()
    expect(pool.used).toBe(1)
  })

  test.each(["set client_encoding = 'LATIN1'", 'set standard_conforming_strings = off'])(
    'nobody speaks to a server that reads texts otherwise: %s',
    async text => {
      const upstream = await open().acquire(NONE, forever())
      const { closed } = said(upstream)
      upstream.send(query(text))
      const messages = await closed
      expect(messages.map(({ type }) => type)).not.toContain('Z')
    },
  )

  test('what the server says too much at once ends the connection', async () => {
    const pool = open({ messageBytes: 100_000 })
    const upstream = await pool.acquire(NONE, forever())
    const { closed } = said(upstream)
    upstream.send(query("select repeat('x', 200000)"))
    expect((await closed).map(({ type }) => type)).toEqual(['T'])
    expect(pool.used).toBe(0)
  })

  test('a statement is cancelled over a connection of its own', async () => {
    const upstream = await open().acquire(NONE, forever())
    const answer = answers(upstream, 'select pg_sleep(60)')
    await upstream.cancel()
    expect(await answer).toMatchObject({ state: '57014' })
    await upstream.release()
  })

  test('connections grow old', async () => {
    let now = 0
    const clock = { now: () => now, monotonic: () => now }
    const pool = open({ clock, idleMs: 1_000, ageMs: 5_000 })
    const first = await pool.acquire(NONE, forever())
    await first.release()
    now = 1_000
    const second = await pool.acquire(NONE, forever())
    expect(second.pid).not.toBe(first.pid)
    now = 6_000
    await second.release()
    expect(pool).toMatchObject({ used: 0, idle: 0 })
  })

  test('a pool that closes lends nothing more and takes nothing back', async () => {
    const pool = open()
    const lent = await pool.acquire(NONE, forever())
    const waiting = pool.acquire(NONE, forever())
    const closed = pool.close()
    await expect(waiting).rejects.toMatchObject({ code: 'CARDEA_CONNECTION_FAILED' })
    await closed
    await lent.release()
    expect(pool).toMatchObject({ used: 0, idle: 0 })
    await expect(pool.acquire(NONE, forever())).rejects.toThrow('closing')
  })

  test('a client that does not read holds the server up, not the memory', async () => {
    const upstream = await open({ messageBytes: 10_000_000 }).acquire(NONE, forever())
    let bytes = 0
    let done: () => void = () => {}
    const finished = new Promise<void>(resolve => {
      done = resolve
    })
    upstream.attach({
      message(type, _, start, end) {
        bytes += end - start
        if (type === 0x5a) done()
      },
      arrived: () => upstream.pause(),
      closed: () => done(),
    })
    upstream.send(query("select repeat('x', 1000) from generate_series(1, 50000)"))
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(bytes).toBeLessThan(1_000_000)
    const timer = setInterval(() => upstream.resume(), 0)
    await finished
    clearInterval(timer)
    expect(bytes).toBeGreaterThan(50_000_000)
  })

  test('the parameters are the server’s own', async () => {
    const upstream = await open().acquire(NONE, forever())
    expect(upstream.parameters.get('server_version')).toBe(await show(upstream, 'show server_version'))
    expect(cStrings(Buffer.from('a\0b\0'), 0, 4)).toEqual(['a', 'b'])
  })
})
