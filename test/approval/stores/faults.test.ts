/** What stores on servers do when connections break, statements are held up, and many listen. */
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterEach, expect, jest, test } from '@jest/globals'
import type { Knex } from 'knex'
import type { ApprovalStore } from '../../../src/approval/approval-store.js'
import { rowOf } from '../../../src/approval/stores/knex/row.js'
import { knexApprovalStore } from '../../../src/approval/stores/knex/store.js'
import { ears, entry, next } from '../../../src/testing/approval-entries.js'
import { patience } from '../../../src/testing/settled.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import { type Storage, storage } from './kit.js'
import { type WeakNetwork, weakNetwork } from './weak-network.js'

// Stores try again for half a minute by themselves; only what never happens takes as long as this.
const HANGS_MS = 600_000
const { inTime } = patience(HANGS_MS)
jest.setTimeout(HANGS_MS * 2)

const TABLE = 'cardea_approvals'

/** What differs between the servers. */
interface Server {
  readonly name: 'postgres' | 'mariadb'
  /** Connections to the database, the one that asks left out. */
  connections(outside: Knex): Promise<number[]>
  /** Those that wait for a lock. */
  blocked(outside: Knex): Promise<number[]>
  kill(outside: Knex, id: number): Promise<unknown>
}

const POSTGRES: Server = {
  name: 'postgres',
  async connections(outside) {
    const { rows } = await outside.raw(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    return rows.map(({ pid }: { pid: number }) => pid)
  },
  async blocked(outside) {
    const { rows } = await outside.raw(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return rows.map(({ pid }: { pid: number }) => pid)
  },
  kill: (outside, id) => outside.raw('SELECT pg_terminate_backend(?)', [id]),
}

const MARIADB: Server = {
  name: 'mariadb',
  async connections(outside) {
    const [rows] = await outside.raw(
      'SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()',
    )
    return rows.map(({ id }: { id: number }) => id)
  },
  async blocked(outside) {
    const [rows] = await outside.raw(
      `SELECT p.id FROM information_schema.innodb_trx JOIN information_schema.processlist AS p
       ON p.id = trx_mysql_thread_id WHERE trx_state = 'LOCK WAIT' AND p.db = database()`,
    )
    return rows.map(({ id }: { id: number }) => id)
  },
  kill: (outside, id) => outside.raw(`KILL ${Number(id)}`),
}

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function place(server: Server): Promise<Storage> {
  const made = await storage(server.name)
  cleanups.push(() => made.dispose())
  return made
}

async function eventually<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  const wanted = async (): Promise<T> => {
    for (;;) {
      const found = await look()
      if (holds(found)) return found
      // MariaDB shows a fresh picture of its locks only to who has not looked for a tenth of a second.
      await sleep(150)
    }
  }
  return inTime(wanted(), 'a state that must come about')
}

/** The connection of a call that waits for a lock; a call that is over will not be seen to wait. */
async function blockedBy(server: Server, outside: Knex, call: Promise<unknown>): Promise<number> {
  let over = false
  const settled = () => {
    over = true
  }
  call.then(settled, settled)
  const [waiting] = await eventually(
    () => server.blocked(outside),
    found => found.length > 0 || over,
  )
  if (waiting === undefined) throw new Error('The call was over before it was seen to wait.')
  return waiting
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return inTime(
    promise.then(
      () => new Error('it resolved'),
      (error: unknown) => error,
    ),
    'a call that must fail',
  )
}

/** Holds a lock from outside while the store works against it. */
async function holding(
  outside: Knex,
  lock: (trx: Knex.Transaction) => Promise<unknown>,
): Promise<Knex.Transaction> {
  const trx = await outside.transaction()
  cleanups.push(async () => trx.isCompleted() || trx.rollback())
  await lock(trx)
  return trx
}

function faults(server: Server): void {
  test('a change whose connection is killed is refused, and did not take place', async () => {
    const { make, outside } = await place(server)
    const store = make()
    const first = entry('one', { why: 'SECRET' })
    await store.insert(first)
    const lock = await holding(outside, trx => trx(TABLE).where({ id: 'one' }).forUpdate().select('id'))
    const change = failure(store.replace(next(first, 'consumed')))
    await server.kill(outside, await blockedBy(server, outside, change))
    const error = await change
    await lock.rollback()
    expect(error).toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/SECRET|update |consumed/i)

    expect(await store.find('one')).toEqual(first)
    expect(await Promise.all([1, 2, 3].map(() => store.replace(next(first, 'consumed'))))).toEqual(
      expect.arrayContaining([true, false, false]),
    )
  })

  test('an addition whose connection is killed is refused, and did not take place', async () => {
    const { make, outside } = await place(server)
    const store = make()
    const other = rowOf(entry('other', { openKey: 'key' }))
    const lock = await holding(outside, trx => trx(TABLE).insert(other))
    const addition = failure(store.insert(entry('mine', { openKey: 'key' })))
    await server.kill(outside, await blockedBy(server, outside, addition))
    expect(await addition).toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
    await lock.rollback()
    expect(await store.find('mine')).toBeNull()
    expect(await store.insert(entry('mine', { openKey: 'key' }))).toBeNull()
  })

  test.each(['commit', 'rollback'] as const)('an addition waits for another of its key to %s', async end => {
    const { make, outside } = await place(server)
    const store = make()
    const other = entry('other', { openKey: 'key' })
    const lock = await holding(outside, trx => trx(TABLE).insert(rowOf(other)))
    const addition = store.insert(entry('mine', { openKey: 'key' }))
    await blockedBy(server, outside, addition)
    await lock[end]()
    expect(await inTime(addition, 'the addition')).toEqual(end === 'commit' ? other : null)
  })

  test('many changes, signs of life and additions at once collide, and none is lost', async () => {
    const { make } = await place(server)
    const stores = [make(), make(), make()]
    const entries = Array.from({ length: 12 }, (_, at) => entry(`e${at}`, { openKey: `k${at % 4}` }))
    const added = await Promise.all(entries.map((one, at) => stores[at % 3]?.insert(one)))
    const kept = entries.filter((_, at) => added[at] === null)
    expect(kept).toHaveLength(4)
    const rounds = 15
    const work = async (store: ApprovalStore): Promise<number> => {
      let won = 0
      for (let round = 0; round < rounds; round += 1) {
        for (const { id } of kept) {
          const now = await store.find(id)
          if (now === null) throw new Error('an entry was lost')
          if (await store.replace(next(now, 'pending'))) won += 1
          await Promise.all([
            store.hold('holder', round),
            store.insert(entry(`${id}-${round}`, { openKey: id })),
          ])
        }
      }
      return won
    }
    const won = await inTime(Promise.all(stores.map(work)), 'the work')
    const versions = await Promise.all(kept.map(async ({ id }) => (await stores[0]?.find(id))?.version ?? 0))
    // Each change that was said to have taken place is one version, and no other is there.
    expect(versions.reduce((sum, version) => sum + version - 1, 0)).toBe(
      won.reduce((sum, one) => sum + one, 0),
    )
  })

  test('two hundred listeners hold no connection of the pool, and one outside it at most', async () => {
    const { make, outside, knex } = await place(server)
    const own = knex({ min: 0, max: 1 })
    const store = knexApprovalStore({ knex: own, ...(server.name === 'mariadb' ? { pollMs: 25 } : {}) })
    const others = (await server.connections(outside)).length
    const listening = Array.from({ length: 200 }, () => ears(store))
    await store.insert(entry('early'))
    await inTime(Promise.all(listening.map(one => one.heard('early'))), 'the news')
    const most = others + (server.name === 'postgres' ? 2 : 1)
    await eventually(
      async () => own.client.pool.numUsed(),
      used => used === 0,
    )
    expect((await server.connections(outside)).length).toBeLessThanOrEqual(most)
    // The one connection of the pool is free for work meanwhile.
    const changes = Array.from({ length: 20 }, (_, at) => store.insert(entry(`more-${at}`)))
    expect(await inTime(Promise.all(changes), 'work beside the listeners')).toEqual(changes.map(() => null))
    const writer = make()
    await writer.insert(entry('late'))
    await inTime(Promise.all(listening.map(one => one.heard('late'))), 'the news')
    for (const one of listening) one.stop()
    await store.close()
    await own.destroy()
    await eventually(
      async () => (await server.connections(outside)).length,
      count => count <= others + 4,
    )
  })

  test('every connection killed: what happened meanwhile is told', async () => {
    const { make, outside } = await place(server)
    const [store, writer] = [make(), make()]
    const listening = ears(store)
    await writer.insert(entry('before'))
    await inTime(listening.heard('before'), 'the news before')
    for (const round of ['a', 'b', 'c']) {
      for (const id of await server.connections(outside)) await server.kill(outside, id).catch(() => {})
      const row = entry(round)
      await outside(TABLE).insert(rowOf(row))
      // Came and went while nobody heard.
      const { id, ...columns } = rowOf(next(row, 'denied'))
      await outside(TABLE).where({ id }).update(columns)
      await inTime(listening.heard(round), `the news of ${round}`)
    }
    listening.stop()
  })
}

describePostgres('on PostgreSQL', () => faults(POSTGRES))
describeMariadb('on MariaDB', () => faults(MARIADB))

async function overWeakNetwork(
  server: Server,
): Promise<{ store: ApprovalStore; writer: ApprovalStore; network: WeakNetwork }> {
  const made = await place(server)
  const connection = made.config.connection as { host: string; port: number }
  const network = await weakNetwork(connection)
  cleanups.push(() => network.close())
  const weak = made.knex()
  weak.client.connectionSettings.port = network.port
  const store = knexApprovalStore({ knex: weak, ...(server.name === 'mariadb' ? { pollMs: 25 } : {}) })
  cleanups.push(() => store.close())
  return { store, writer: made.make(), network }
}

function outages(server: Server): void {
  test('a server that goes away and comes back', async () => {
    const { store, writer, network } = await overWeakNetwork(server)
    await store.open?.()
    const listening = ears(store)
    const first = entry('first')
    await store.insert(first)
    await inTime(listening.heard('first'), 'the news before')
    for (const round of [1, 2]) {
      await network.breakDown()
      listening.forget()
      expect(await failure(store.replace(next(first, 'consumed')))).toMatchObject({
        code: 'CARDEA_STORE_UNAVAILABLE',
      })
      await writer.insert(entry(`meanwhile-${round}`))
      await network.mend()
      await inTime(listening.heard(`meanwhile-${round}`), 'what happened meanwhile')
      await eventually(
        () => store.find('first').catch(() => null),
        found => found !== null,
      )
    }
    expect(await store.replace(next(first, 'consumed'))).toBe(true)
    listening.stop()
  })
}

describePostgres('PostgreSQL over a weak network', () => outages(POSTGRES))
describeMariadb('MariaDB over a weak network', () => outages(MARIADB))

describePostgres('PostgreSQL where nothing comes through any more', () => {
  test('gives up after a while, says that the line is dead, and hears again', async () => {
    const { store, writer, network } = await overWeakNetwork(POSTGRES)
    const listening = ears(store)
    await store.insert(entry('first'))
    await inTime(listening.heard('first'), 'the news before')
    network.swallow()
    // Longer than the store waits for one statement.
    expect(await failure(store.find('first'))).toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
    await writer.insert(entry('meanwhile'))
    await network.mend()
    await eventually(
      () => store.find('first').catch(() => null),
      found => found !== null,
    )
    await inTime(listening.heard('meanwhile'), 'what happened meanwhile')
    listening.stop()
  })
})

describeMariadb('what becomes visible late on MariaDB', () => {
  test.each(['approved', 'withdrawn'] as const)('is told: a row that is %s by then', async state => {
    const { make, outside } = await place(MARIADB)
    const store = make()
    const listening = ears(store)
    await store.insert(entry('zero'))
    await inTime(listening.heard('zero'), 'the news before')
    const late = await holding(outside, trx => trx(TABLE).insert(rowOf(entry('late', { state }))))
    // Later numbers are seen before the earlier one can be.
    for (const id of ['one', 'two', 'three']) {
      await store.insert(entry(id))
      await inTime(listening.heard(id), `the news of ${id}`)
    }
    expect(listening.has('late')).toBe(false)
    await late.commit()
    await inTime(listening.heard('late'), 'the late row')
    listening.stop()
  })
})
