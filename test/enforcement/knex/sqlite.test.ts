/** What a SQLite connection could make of a statement after it was judged. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Knex, knex } from 'knex'
import { type KnexPoint, knexPoint } from '../../../src/enforcement/knex/enforcement-point.js'
import { inner } from './support/surface.js'
import { type TestPolicy, testGovernor } from './support/test-governor.js'

interface Handle {
  prepare(sql: string): { all(bindings: readonly unknown[]): Record<string, unknown>[] }
  function(name: string, work: (value: unknown) => unknown): void
  defaultSafeIntegers(on: boolean): void
}

let opened: Knex[]
beforeEach(() => {
  opened = []
})
afterEach(async () => {
  for (const one of opened) await one.destroy()
})

function host(setup: (raw: Handle) => void = () => {}): Knex {
  const base = knex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate: (raw: Handle, done: (error: null, raw: object) => void) => {
        setup(raw)
        done(null, raw)
      },
    },
  })
  opened.push(base)
  return base
}

function handle(point: KnexPoint, policy: TestPolicy = {}): Knex {
  return point.handle(testGovernor(policy), {
    credentials: { kind: 'asserted', principal: { subject: 'ada', issuer: 'tests' } },
    session: 's',
    dataSource: { id: 'probe', environment: 'test' },
    origination: 'test',
  })
}

const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select i from n'

test('settings under which the schema runs code of its own are off on every checkout', async () => {
  const base = host()
  const db = handle(await knexPoint(base))
  for (const turn of [1, 2]) {
    await base.raw('pragma trusted_schema = 1')
    await base.raw('pragma writable_schema = 1')
    const rows = await db.raw('select (select trusted_schema from pragma_trusted_schema) as t')
    expect([turn, rows]).toEqual([turn, [{ t: 0 }]])
    expect(await base.raw('pragma writable_schema')).toEqual([{ writable_schema: 0 }])
  }
})

test('query_only is left as the host has it', async () => {
  const base = host()
  const db = handle(await knexPoint(base), { readOnly: () => true })
  await base.raw('create table t (a int)')
  for (const value of [0, 1]) {
    await base.raw(`pragma query_only = ${value}`)
    expect(await db('t').select()).toEqual([])
    await expect(Promise.resolve(db('t').insert({ a: 1 }))).rejects.toMatchObject({ code: 'SQLITE_READONLY' })
    expect(await base.raw('pragma query_only')).toEqual([{ query_only: value }])
  }
})

test('extensions cannot be loaded', async () => {
  const db = handle(await knexPoint(host()))
  await expect(Promise.resolve(db.raw("select load_extension('libc.so.6')"))).rejects.toMatchObject({
    code: 'SQLITE_ERROR',
  })
})

test('a second statement in one text does not run', async () => {
  const base = host()
  const db = handle(await knexPoint(base))
  await base.raw('create table t (a int)')
  await Promise.resolve(db.raw('select 1 as one; insert into t values (1)')).catch(() => {})
  await Promise.resolve(db.raw('insert into t values (2); insert into t values (3)')).catch(() => {})
  expect(await base('t').whereIn('a', [1, 3])).toEqual([])
})

test.each([
  ['a boolean', true, 1],
  ['nothing', null, null],
  ['undefined', undefined, null],
  ['a date', new Date(5), 5],
  ['a bigint', 7n, 7],
  ['a large bigint', 9007199254740993n, 9007199254740993n],
  ['bytes', Buffer.from([0, 1]), Buffer.from([0, 1])],
  ['an empty text', '', ''],
])('%s arrives as it is bound', async (_, value, arrived) => {
  const base = host()
  const db = handle(await knexPoint(base))
  await base.raw('create table t (v)')
  await sending(db, send => send('insert into t values (?)', [value]))
  const [row] = await db('t').select('v')
  expect(typeof row.v === 'number' && typeof arrived === 'bigint' ? BigInt(row.v) : row.v).toEqual(arrived)
})

test.each([
  ['a text that would be cut off', 'a\0b'],
  ['an object', { a: 1 }],
  ['a list', [1]],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
])('%s is no binding', async (_, value) => {
  const db = handle(await knexPoint(host()))
  await sending(db, async send => {
    await expect(send('select ? as x', [value])).rejects.toMatchObject({ code: 'CARDEA_BINDING_REFUSED' })
  })
})

test('integers keep their digits, and are numbers where a number holds them', async () => {
  const base = host()
  const db = handle(await knexPoint(base))
  const query = 'select 6212348977359580003 as long, 7 as short, 1.0 as real'
  expect(await db.raw(query)).toEqual([{ long: 6212348977359580003n, short: 7, real: 1 }])
  expect(await db.raw(query).options({ safeIntegers: true })).toEqual([
    { long: 6212348977359580003n, short: 7n, real: 1 },
  ])
  const streamed = await db.select(db.raw('6212348977359580003 as long, 7 as short')).stream().toArray()
  expect(streamed).toEqual([{ long: 6212348977359580003n, short: 7 }])
})

test('integers are bigints where the host wants them so', async () => {
  const db = handle(await knexPoint(host(raw => raw.defaultSafeIntegers(true))))
  expect(await db.raw('select 7 as short')).toEqual([{ short: 7n }])
})

test('bytes are a Buffer, which masking looks into', async () => {
  const db = handle(await knexPoint(host()))
  const [row] = await db.raw("select x'616461406578616d706c652e636f6d' as bytes")
  expect(Buffer.isBuffer(row.bytes)).toBe(true)
})

test('an endless result ends at the row cap, and leaves the connection usable', async () => {
  const base = host()
  const point = await knexPoint(base)
  const db = handle(point, { maxRows: 5 })
  await expect(Promise.resolve(db.raw(endless))).rejects.toMatchObject({ code: 'CARDEA_ROW_LIMIT' })
  expect(await db.raw('select 1 as one')).toEqual([{ one: 1 }])
  await db.transaction(async trx => {
    await expect(Promise.resolve(trx.raw(endless))).rejects.toMatchObject({ code: 'CARDEA_ROW_LIMIT' })
    await trx.raw('create table kept (a int)')
  })
  expect(await base('kept').select()).toEqual([])
})

test('an endless result ends at the time limit', async () => {
  const db = handle(await knexPoint(host()), { timeoutMs: 50 })
  await expect(Promise.resolve(db.raw(endless))).rejects.toThrow()
  expect(await db.raw('select 1 as one')).toEqual([{ one: 1 }])
})

test('an endless stream that is left lets go of the connection', async () => {
  const db = handle(await knexPoint(host()))
  let seen = 0
  for await (const row of db.raw(endless).stream({ highWaterMark: 10 })) {
    seen += (row as { i: number }).i
    if (seen > 100) break
  }
  expect(await db.raw('select 1 as one')).toEqual([{ one: 1 }])
})

test('what Cardea itself asks is asked on the connection that is lent, even inside a transaction', async () => {
  const base = host(raw => raw.prepare("attach database ':memory:' as other").all([]))
  const point = await knexPoint(base)
  const db = handle(point)
  await db.transaction(async trx => {
    await trx.raw('create table made (a int)')
    const names = await point.systemQuery('select name from sqlite_schema', [])
    expect(names).toEqual([{ name: 'made' }])
    expect(await point.systemQuery('select name from pragma_database_list', [])).toContainEqual({
      name: 'other',
    })
  })
  expect(await db('made').insert({ a: 1 })).toEqual([1])
})

test('the generated key is that of the statement’s own row', async () => {
  const base = host()
  const db = handle(await knexPoint(base))
  await base.raw('create table t (id integer primary key, a int)')
  expect(await db('t').insert({ id: 41, a: 1 })).toEqual([41])
  expect(await db('t').insert({ a: 2 })).toEqual([42])
  expect(await sending(db, send => send('insert into t select 99, 1 where 0', []))).toMatchObject({
    response: { changes: 0, lastInsertRowid: 0 },
  })
})

type Send = (sql: string, bindings: readonly unknown[]) => Promise<{ response: unknown }>

/** Past the builder, as a hostile caller would send it. */
async function sending<T>(db: Knex, work: (send: Send) => Promise<T>): Promise<T> {
  const client = inner(db)
  const lease = await client.acquireConnection()
  try {
    return await work((sql, bindings) => client._query(lease, { sql, bindings }))
  } finally {
    await client.releaseConnection(lease)
  }
}
