/** Who is in: the roster of one process, the tables that processes share, and what operators end there. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { openStoreConnection } from '../../src/connect/store-connection.js'
import { knexSessionStore } from '../../src/gateway/sessions/knex-sessions.js'
import { migrateSessionStore } from '../../src/gateway/sessions/migrations.js'
import { type Roster, roster } from '../../src/gateway/sessions/roster.js'
import type { SessionRow, SessionStore, Stop } from '../../src/gateway/sessions/session-store.js'
import { systemClock } from '../../src/util/clock.js'
import { ulids } from '../../src/util/ids.js'
import { describeMariadb, describePostgres, mariadb, postgres } from '../support/databases.js'

const by = { subject: 'olga', issuer: 'https://login.corp.example' }
const bot = { subject: 'billing-bot', issuer: 'https://login.corp.example' }

/** A store of this test, which can go away. */
function memory() {
  const rows = new Map<string, SessionRow>()
  const stops = new Map<string, Stop>()
  const kills = new Map<string, { id: string; by: typeof by; why: string }>()
  const state = { away: false }
  const answer = <T>(give: () => T): Promise<T> =>
    state.away ? Promise.reject(new Error('away')) : Promise.resolve(give())
  const store: SessionStore = {
    open: () => answer(() => {}),
    put: given =>
      answer(() => {
        for (const row of given) rows.set(row.id, row)
      }),
    beat: () => answer(() => {}),
    remove: ids =>
      answer(() => {
        for (const id of ids) {
          rows.delete(id)
          kills.delete(id)
        }
      }),
    killed: process =>
      answer(() => [...kills.values()].filter(({ id }) => rows.get(id)?.process === process)),
    stops: () => answer(() => [...stops.values()]),
    list: () => answer(() => [...rows.values()]),
    kill: kill => answer(() => rows.has(kill.id) && Boolean(kills.set(kill.id, kill))),
    stop: stop => answer(() => Boolean(stops.set(stop.agent, stop))),
    resume: agent => answer(() => stops.delete(agent)),
    prune: () => answer(() => {}),
  }
  return { store, rows, stops, state }
}

describe('the roster', () => {
  const open: Roster[] = []
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close()
  })

  async function opened(store: SessionStore | undefined) {
    const told: string[] = []
    const time = { passed: 0 }
    const clock = { now: () => 1_000 + time.passed, monotonic: () => time.passed }
    const one = roster({
      store,
      clock,
      ids: ulids(systemClock),
      stopped: ({ agent }, sessions) => told.push(`stopped ${agent} ${sessions.length}`),
      resumed: agent => told.push(`resumed ${agent}`),
      killed: ({ why }, dataSource) => told.push(`killed ${dataSource} ${why}`),
      answers: ok => told.push(`answers ${ok}`),
    })
    await one.start()
    open.push(one)
    return { roster: one, told, time }
  }
  const guest = (principal = bot, id?: string) => ({
    principal,
    dataSource: 'billing',
    origination: '203.0.113.7:51234',
    ...(id === undefined ? {} : { agent: { framework: 'psql', id } }),
  })

  test('ends the sessions and calls of a stopped agent by either name, once, and lets nobody in by another spelling', async () => {
    const { store } = memory()
    const { roster: one, told } = await opened(store)
    const ended: string[] = []
    one.enter(guest(), why => ended.push(`by subject ${why}`))
    one.enter(guest({ ...bot, subject: 'carol' }, 'Billing-Bot'), why => ended.push(`by claim ${why}`))
    one.enter(guest({ ...bot, subject: 'carol' }), why => ended.push(`another ${why}`))
    one.watch({ principal: bot }, () => ended.push('call'))
    const over = one.watch({ principal: bot }, () => ended.push('call that is over'))
    over()
    await store.stop({ agent: 'billing-bot', at: 1, by, why: 'it loops' })
    await one.renew()
    await one.renew()
    expect(ended.sort()).toEqual(['by claim stopped', 'by subject stopped', 'call'])
    expect(told).toEqual(['stopped billing-bot 2'])
    for (const subject of ['billing-bot', ' BILLING-BOT ', 'ｂilling-bot']) {
      expect(() => one.check({ principal: { ...bot, subject } })).toThrow(/stopped this agent/)
      expect(() => one.check({ principal: by, agent: { framework: 'x', id: subject } })).toThrow()
    }
    expect(() => one.check({ principal: by })).not.toThrow()
    await store.resume('billing-bot')
    await one.renew()
    expect(() => one.check({ principal: bot })).not.toThrow()
    expect(told).toEqual(['stopped billing-bot 2', 'resumed billing-bot'])
  })

  test('knows who is stopped before it lets anybody in, and does not start where it cannot know', async () => {
    const { store, state } = memory()
    await store.stop({ agent: 'billing-bot', at: 1, by, why: 'it loops' })
    const { roster: one, told } = await opened(store)
    expect(() => one.check({ principal: bot })).toThrow()
    expect(told).toEqual([])
    state.away = true
    await expect(opened(store)).rejects.toThrow()
  })

  test('shows sessions, ends one that an operator ends, and forgets those that have left', async () => {
    const { store, rows } = memory()
    const { roster: one, told } = await opened(store)
    const ended: string[] = []
    const seat = one.enter(guest(bot, 'agent-7'), why => ended.push(why))
    const other = one.enter(guest(), why => ended.push(`the other ${why}`))
    await one.renew()
    expect(rows.get(seat.id)).toMatchObject({
      agent: 'agent-7',
      framework: 'psql',
      state: 'idle',
      statements: 0,
    })
    expect(rows.get(other.id)).toMatchObject({ agent: null, subject: 'billing-bot' })
    seat.begin()
    for (let beats = 0; beats < 5; beats += 1) await one.renew()
    expect(rows.get(seat.id)).toMatchObject({ state: 'active', statements: 1 })
    await store.kill({ id: seat.id, by, why: 'it is stuck' })
    await one.renew()
    await one.renew()
    expect(ended).toEqual(['killed'])
    expect(told).toEqual(['killed billing it is stuck'])
    // What an ended session still says does not bring it back.
    seat.end()
    for (let beats = 0; beats < 5; beats += 1) await one.renew()
    expect([...rows.keys()]).toEqual([other.id])
    expect(one.count().get('billing')).toBe(2)
    seat.leave()
    other.leave()
    await one.renew()
    expect([rows.size, one.count().size]).toEqual([0, 0])
  })

  test('while the store is away serves for 15 seconds on what it knew, then nobody, and serves again afterwards', async () => {
    const { store, state, rows } = memory()
    const { roster: one, told, time } = await opened(store)
    const seat = one.enter(guest(), () => {})
    state.away = true
    time.passed = 14_000
    await one.renew()
    await one.renew()
    seat.begin()
    seat.end()
    expect(() => one.check({ principal: bot })).not.toThrow()
    time.passed = 16_000
    expect(() => one.check({ principal: bot })).toThrow(/nobody can tell which agents are stopped/)
    expect(() => seat.begin()).toThrow(expect.objectContaining({ code: 'CARDEA_STORE_UNAVAILABLE' }))
    state.away = false
    await one.renew()
    expect(() => one.check({ principal: bot })).not.toThrow()
    expect(told).toEqual(['answers false', 'answers true'])
    expect(rows.get(seat.id)).toBeDefined()
  })

  test('without a store keeps nobody out and shows its own figures', async () => {
    const { roster: one, time } = await opened(undefined)
    time.passed = 1e9
    const seat = one.enter(guest(), () => {})
    seat.begin()
    expect([seat.statements, one.count().get('billing')]).toEqual([1, 1])
    expect(() => one.check({ principal: bot })).not.toThrow()
  })
})

async function sharedTables(url: string): Promise<void> {
  const knex = await openStoreConnection(url, { create: true })
  try {
    const store = knexSessionStore(knex)
    await expect(store.open()).rejects.toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
    await migrateSessionStore(knex)
    await store.open()
    const row = (id: string, process: string, seen: number): SessionRow => ({
      id,
      process,
      dataSource: 'billing',
      subject: 'billing\0-bot\uD800',
      issuer: 'https://login.corp.example',
      agent: 'x'.repeat(400),
      framework: null,
      origination: '203.0.113.7:51234',
      since: 1_764_000_000_000,
      seen,
      statements: 0,
      state: 'idle',
    })
    const many = Array.from({ length: 450 }, (_, n) => row(`S${n}`, n === 0 ? 'P1' : 'P2', 1_000))
    await store.put(many)
    await store.kill({ id: 'S0', by, why: 'stuck' })
    await store.put([{ ...row('S0', 'P1', 2_000), statements: 7, state: 'active' }])
    expect(await store.killed('P1')).toEqual([{ id: 'S0', by, why: 'stuck' }])
    expect(await store.killed('P2')).toEqual([])
    expect((await store.list(999)).length).toBe(450)
    expect(await store.list(1_000)).toEqual([
      {
        ...row('S0', 'P1', 2_000),
        subject: 'billing\uFFFD-bot\uFFFD',
        agent: 'x'.repeat(255),
        statements: 7,
        state: 'active',
      },
    ])
    await store.beat('P2', 3_000)
    expect((await store.list(2_999)).length).toBe(449)
    await store.prune(3_000)
    expect(await store.kill({ id: 'S0', by, why: 'gone' })).toBe(false)
    await store.remove(many.map(({ id }) => id))
    expect(await store.list(0)).toEqual([])

    const stop = { agent: 'Billing-Bot', at: 1_764_000_000_000, by, why: 'it loops' }
    expect(await store.stop(stop)).toBe(true)
    expect(await store.stop({ ...stop, agent: 'billing-bot ', why: 'again' })).toBe(false)
    expect(await store.stops()).toEqual([stop])
    expect(await store.resume('BILLING-BOT')).toBe(true)
    expect(await store.resume('billing-bot')).toBe(false)
    await knex.schema.dropTable('cardea_sessions')
    const lost = await store.list(0).catch((error: unknown) => error)
    expect(lost).toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
    expect(String(lost)).not.toContain('select')
  } finally {
    await knex.destroy()
  }
}

test('the tables on SQLite hold what processes show each other', async () => {
  await sharedTables('sqlite::memory:')
})

describePostgres('on PostgreSQL', () => {
  test('the tables hold what processes show each other', async () => {
    const database = await postgres.database()
    await sharedTables(database.url).finally(() => database.drop())
  })

  test('two processes: one hears of the other what an operator ends, without being asked', async () => {
    const database = await postgres.database()
    const knex = await openStoreConnection(database.url)
    await migrateSessionStore(knex)
    const store = knexSessionStore(knex)
    const options = { clock: systemClock, ids: ulids(systemClock), resumed() {}, answers() {} }
    const ended: string[] = []
    const first = roster({ ...options, store, stopped() {}, killed() {} })
    const second = roster({ ...options, store: knexSessionStore(knex), stopped() {}, killed() {} })
    try {
      await Promise.all([first.start(), second.start()])
      const seat = { principal: bot, dataSource: 'billing', origination: 'x' }
      const one = first.enter(seat, why => ended.push(`first ${why}`))
      second.enter(seat, why => ended.push(`second ${why}`))
      while ((await store.list(0)).length < 2) await sleep(50)
      await store.kill({ id: one.id, by, why: 'stuck' })
      while (ended.length < 1) await sleep(50)
      await store.stop({ agent: 'billing-bot', at: 1, by, why: 'it loops' })
      while (ended.length < 2) await sleep(50)
      expect(ended).toEqual(['first killed', 'second stopped'])
    } finally {
      await Promise.all([first.close(), second.close()])
      expect(await store.list(0)).toEqual([])
      await knex.destroy()
      await database.drop()
    }
  })
})

describeMariadb('on MariaDB', () => {
  test('the tables hold what processes show each other', async () => {
    const database = await mariadb.database()
    await sharedTables(database.url).finally(() => database.drop())
  })
})
