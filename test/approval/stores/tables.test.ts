/** The tables: migrations, roles, servers that are set up unusually, and rows that somebody edited. */
import { afterEach, describe, expect, test } from '@jest/globals'
import knexPackage, { type Knex } from 'knex'
import {
  approvalMigrations,
  approvalStoreStatus,
  migrateApprovalStore,
} from '../../../src/approval/stores/knex/migrations.js'
import { rowOf } from '../../../src/approval/stores/knex/row.js'
import { knexApprovalStore } from '../../../src/approval/stores/knex/store.js'
import { ears, entry, next } from '../../../src/testing/approval-entries.js'
import { patience } from '../../../src/testing/settled.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import type { StoreEngine } from '../../support/knex-place.js'
import { type Storage, storage } from './kit.js'

const { inTime } = patience(20_000)
const TABLE = 'cardea_approvals'
const MIGRATIONS = 'cardea_approval_migrations'

const places: Storage[] = []
afterEach(async () => {
  for (const place of places.splice(0)) await place.dispose()
})

async function place(engine: StoreEngine, migrated = true): Promise<Storage> {
  const made = await storage(engine, migrated)
  places.push(made)
  return made
}

/** The whole of a request's life works. */
async function expectWorking(store: ReturnType<typeof knexApprovalStore>): Promise<void> {
  await store.open?.()
  const listening = ears(store)
  const first = entry('works', { openKey: 'key' })
  expect(await store.insert(first)).toBeNull()
  expect(await store.insert(entry('other', { openKey: 'key' }))).toEqual(first)
  await inTime(listening.heard('works'), 'the news')
  await store.hold('holder', 7_777)
  expect(await store.find('works')).toEqual({ ...first, heldUntil: 7_777 })
  const changes = Array.from({ length: 8 }, (_, at) => next(first, 'consumed', { why: `by ${at}` }))
  const won = await Promise.all(changes.map(change => store.replace(change)))
  expect(won.filter(Boolean)).toHaveLength(1)
  expect(await store.list({ states: ['consumed'], requester: 'requester' })).toHaveLength(1)
  listening.stop()
}

function tables(engine: StoreEngine): void {
  test('a store on tables that are not there says what to do', async () => {
    const { make, outside } = await place(engine, false)
    await expect(make().open?.()).rejects.toMatchObject({
      code: 'CARDEA_STORE_UNAVAILABLE',
      message: expect.stringMatching(/lacks 001_approvals.*cardea store migrate/),
    })
    expect(await outside.schema.hasTable(MIGRATIONS)).toBe(false)
  })

  test('a store on tables of a newer version does not start', async () => {
    const { make, outside } = await place(engine)
    await outside(MIGRATIONS).insert({ name: '999_later', batch: 2 })
    await expect(make().open?.()).rejects.toMatchObject({
      code: 'CARDEA_STORE_UNAVAILABLE',
      message: expect.stringMatching(/999_later.*newer/),
    })
    expect(await approvalStoreStatus(outside)).toEqual({
      applied: ['001_approvals', '999_later'],
      missing: [],
      unknown: ['999_later'],
    })
    await expect(migrateApprovalStore(outside)).rejects.toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
  })

  test('migrations go up, and down again with Knex', async () => {
    const { make, outside } = await place(engine, false)
    expect(await migrateApprovalStore(outside)).toEqual(['001_approvals'])
    expect(await migrateApprovalStore(outside)).toEqual([])
    await expectWorking(make() as ReturnType<typeof knexApprovalStore>)
    await outside.migrate.rollback({ ...approvalMigrations })
    expect(await outside.schema.hasTable(TABLE)).toBe(false)
    expect(await migrateApprovalStore(outside)).toEqual(['001_approvals'])
  })

  test('works with a Knex that turns names from snake_case into camelCase and back', async () => {
    const { config, knex } = await place(engine)
    const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    const snake = (name: string) => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
    const renamed = (row: unknown): unknown =>
      Array.isArray(row)
        ? row.map(renamed)
        : typeof row === 'object' && row !== null
          ? Object.fromEntries(Object.entries(row).map(([name, value]) => [camel(name), value]))
          : row
    const host = knexPackage({
      ...config,
      ...(engine === 'sqlite' ? {} : { pool: { min: 0, max: 3 } }),
      wrapIdentifier: (name, wrap) => wrap(snake(name)),
      postProcessResponse: result => (Array.isArray(result) ? renamed(result) : result),
    })
    try {
      const store = knexApprovalStore({ knex: host, pollMs: 25 })
      await expectWorking(store)
      await store.close()
    } finally {
      await host.destroy()
    }
    expect(knex).toBeDefined()
  })

  describe('a row that somebody edited', () => {
    const edits: Readonly<Record<string, (row: Knex.QueryBuilder) => PromiseLike<unknown>>> = {
      'is no JSON': row => row.update({ entry: '{"id":"edited"' }),
      'is no object': row => row.update({ entry: 'null' }),
      'is another entry': row => row.update({ entry: JSON.stringify(entry('other')) }),
      'has another version': row => row.update({ version: 7 }),
      'has another state': row => row.update({ state: 'approved' }),
    }

    test.each(Object.entries(edits))('and now %s is unknown, and harms no other', async (_, edit) => {
      const { make, outside } = await place(engine)
      const store = make()
      await store.insert(entry('edited', { openKey: 'key' }))
      await store.insert(entry('good'))
      await edit(outside(TABLE).where({ id: 'edited' }))
      expect(await store.find('edited')).toBeNull()
      expect((await store.list({})).map(({ id }) => id)).toEqual(['good'])
      // It stands in the way of its key: nobody knows whether what it stood for is over.
      await expect(store.insert(entry('again', { openKey: 'key' }))).rejects.toMatchObject({
        code: 'CARDEA_STORE_UNAVAILABLE',
      })
      expect(await store.insert(entry('free', { openKey: 'other key' }))).toBeNull()
    })

    test('in columns that only help to find it, is not found by what they say', async () => {
      const { make, outside } = await place(engine)
      const store = make()
      await store.insert(entry('edited'))
      const { requester, topic } = rowOf(entry('x', { requester: 'someone', topic: 'else' }))
      await outside(TABLE).update({ requester, topic, created: 99_999, kind: 'window', due: 5 })
      for (const filter of [
        { requester: 'someone' },
        { topic: 'else' },
        { createdSince: 50_000 },
        { kind: 'window' as const },
        { unreviewed: true as const },
      ])
        expect(await store.list(filter)).toEqual([])
    })
  })

  test('an id that a column would cut is refused', async () => {
    const { make } = await place(engine)
    const store = make()
    for (const id of ['', 'x'.repeat(65)])
      await expect(store.insert(entry(id))).rejects.toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
    expect(await store.list({})).toEqual([])
  })
}

describe('on SQLite', () => {
  tables('sqlite')

  test('refuses a transaction, an unknown engine and a pollMs that is none', async () => {
    const { outside } = await place('sqlite')
    await outside.transaction(async trx => {
      expect(() => knexApprovalStore({ knex: trx })).toThrow(/not a transaction/)
    })
    const other = { client: { dialect: 'mssql' } } as unknown as Knex
    expect(() => knexApprovalStore({ knex: other })).toThrow(/works on PostgreSQL/)
    for (const pollMs of [0, 9, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])
      expect(() => knexApprovalStore({ knex: outside, pollMs })).toThrow(/pollMs/)
  })
})

describePostgres('on PostgreSQL', () => {
  tables('postgres')

  test('a role with the privileges of docs/approval-store.md is enough', async () => {
    const { outside, config } = await place('postgres')
    const { connection } = config as { connection: { database: string } }
    const role = `app_${connection.database}`
    await outside.raw(`CREATE ROLE ${role} LOGIN PASSWORD 'app'`)
    await outside.raw(`GRANT SELECT, INSERT, UPDATE ON ${TABLE} TO ${role}`)
    await outside.raw(`GRANT USAGE ON SEQUENCE ${TABLE}_seq_seq TO ${role}`)
    await outside.raw(`GRANT SELECT ON ${MIGRATIONS} TO ${role}`)
    const app = knexPackage({
      client: 'pg',
      connection: { ...connection, user: role, password: 'app' },
      pool: { min: 0, max: 2 },
    })
    try {
      const store = knexApprovalStore({ knex: app })
      await expectWorking(store)
      await store.close()
      await expect(app.raw(`DELETE FROM ${TABLE}`)).rejects.toMatchObject({ code: '42501' })
    } finally {
      await app.destroy()
      await outside.raw(`DROP OWNED BY ${role}`)
      await outside.raw(`DROP ROLE ${role}`)
    }
  })

  test.each(['serializable', 'repeatable read'])('works where transactions are %s', async level => {
    const { outside, make, config } = await place('postgres')
    const { connection } = config as { connection: { database: string } }
    await outside.raw(`ALTER DATABASE ${connection.database} SET default_transaction_isolation = '${level}'`)
    await expectWorking(make() as ReturnType<typeof knexApprovalStore>)
  })

  test('works in a schema of its own', async () => {
    const { outside, config } = await place('postgres', false)
    await outside.raw('CREATE SCHEMA cardea')
    const own = knexPackage({ ...config, searchPath: ['cardea'], pool: { min: 0, max: 2 } })
    try {
      await migrateApprovalStore(own)
      const store = knexApprovalStore({ knex: own })
      await expectWorking(store)
      await store.close()
      const { rows } = await outside.raw(
        `SELECT schemaname FROM pg_tables WHERE tablename LIKE 'cardea%' GROUP BY 1`,
      )
      expect(rows).toEqual([{ schemaname: 'cardea' }])
    } finally {
      await own.destroy()
    }
  })

  test('a bigint that the host wants otherwise changes nothing', async () => {
    const { config, make } = await place('postgres')
    const texts = knexPackage({
      ...config,
      connection: { ...(config.connection as object), types: { getTypeParser: () => String } },
      pool: { min: 0, max: 2 },
    })
    try {
      const store = knexApprovalStore({ knex: texts })
      await store.insert(entry('one'))
      expect(await store.find('one')).toEqual(entry('one'))
      expect(await make().find('one')).toEqual(entry('one'))
      expect(await store.replace(next(entry('one'), 'denied'))).toBe(true)
    } finally {
      await texts.destroy()
    }
  })
})

describeMariadb('on MariaDB', () => {
  tables('mariadb')

  test('a role with the privileges of docs/approval-store.md is enough', async () => {
    const { outside, config } = await place('mariadb')
    const { connection } = config as { connection: { database: string } }
    const { database } = connection
    const user = `'app_${database.slice(-12)}'@'%'`
    await outside.raw(`CREATE USER ${user} IDENTIFIED BY 'app'`)
    await outside.raw(`GRANT SELECT, INSERT, UPDATE ON ${database}.${TABLE} TO ${user}`)
    await outside.raw(`GRANT SELECT ON ${database}.${MIGRATIONS} TO ${user}`)
    const app = knexPackage({
      client: 'mysql2',
      connection: { ...connection, user: `app_${database.slice(-12)}`, password: 'app' },
      pool: { min: 0, max: 2 },
    })
    try {
      const store = knexApprovalStore({ knex: app, pollMs: 25 })
      await expectWorking(store)
      await store.close()
      await expect(app.raw(`DELETE FROM ${TABLE}`)).rejects.toMatchObject({
        code: 'ER_TABLEACCESS_DENIED_ERROR',
      })
    } finally {
      await app.destroy()
      await outside.raw(`DROP USER ${user}`)
    }
  })

  const connecting = (statement: string) => ({
    afterCreate: (raw: { query: (sql: string, done: (error: unknown) => void) => void }, done: () => void) =>
      raw.query(statement, () => done()),
    min: 0,
    max: 3,
  })

  test('does not start where nothing commits by itself', async () => {
    const { make } = await place('mariadb')
    await expect(make({}, connecting('SET autocommit = 0')).open?.()).rejects.toMatchObject({
      code: 'CARDEA_CONFIGURATION',
      message: expect.stringContaining('autocommit'),
    })
  })

  test.each(['serializable', 'read committed', 'read uncommitted'])(
    'works where transactions are %s',
    async level => {
      const { make } = await place('mariadb')
      const pool = connecting(`SET SESSION TRANSACTION ISOLATION LEVEL ${level}`)
      await expectWorking(make({}, pool) as ReturnType<typeof knexApprovalStore>)
    },
  )

  test.each(['', 'ANSI', 'ORACLE'])('works under sql_mode %j', async mode => {
    const { make } = await place('mariadb')
    const pool = connecting(`SET SESSION sql_mode = '${mode}'`)
    await expectWorking(make({}, pool) as ReturnType<typeof knexApprovalStore>)
  })

  test.each([
    ['found rows', { flags: ['+FOUND_ROWS'] }],
    ['changed rows', { flags: ['-FOUND_ROWS'] }],
    ['numbers as texts', { supportBigNumbers: true, bigNumberStrings: true }],
  ])('counts right where the driver is told: %s', async (_, more) => {
    const { config } = await place('mariadb')
    const connection = { ...(config.connection as object), ...more } as Knex.MySql2ConnectionConfig
    const own = knexPackage({ ...config, connection, pool: { min: 0, max: 3 } })
    try {
      const store = knexApprovalStore({ knex: own, pollMs: 25 })
      await expectWorking(store)
      await store.close()
    } finally {
      await own.destroy()
    }
  })
})

for (const [engine, describeEngine] of [
  ['postgres', describePostgres],
  ['mariadb', describeMariadb],
] as const) {
  describeEngine(`the clock of ${engine}`, () => {
    const off = (milliseconds: number) => ({
      now: () => Date.now() + milliseconds,
      monotonic: () => performance.now(),
    })

    test.each([-3_600_000, -15_000, 15_000, 86_400_000])(
      'a process whose own is %d ms off is refused when it starts',
      async milliseconds => {
        const made = await place(engine)
        const opening = made.make({ clock: off(milliseconds) }).open?.()
        await expect(opening).rejects.toMatchObject({
          code: 'CARDEA_STORE_UNAVAILABLE',
          message: expect.stringContaining('clock'),
        })
      },
    )

    test.each([0, -4_000, 4_000])('%d ms off is near enough', async milliseconds => {
      const made = await place(engine)
      await made.make({ clock: off(milliseconds) }).open?.()
    })
  })
}
