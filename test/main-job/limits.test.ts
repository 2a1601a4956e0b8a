/** Obligations hold on each engine: rows returned, rows written, time, read-only, and the generated key. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { type Engine, openHouse, POLICY, type TestHouse } from './house.js'

const SUITES: readonly [Engine, (name: string, body: () => void) => void][] = [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
  ['sqlite', (name, body) => describe(name, body)],
]

const LIMITS = `
limits: { maxRows: 5, maxAffectedRows: 3, timeout: 1s }
`

const outcome = async (work: PromiseLike<unknown>): Promise<unknown> => {
  try {
    await work
    return 'released'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

for (const [engine, suite] of SUITES) {
  suite(`limits on ${engine}`, () => {
    let house: TestHouse
    beforeAll(async () => {
      house = await openHouse({ engine, policy: `${POLICY}${LIMITS}` })
    })
    afterAll(() => house.close())

    test('more rows than allowed are refused, also as a stream and inside a transaction', async () => {
      const { db } = house
      expect(await outcome(db('payments').select('id'))).toBe('CARDEA_ROW_LIMIT')
      expect(await outcome(db('payments').select('id').limit(5))).toBe('released')
      expect(await outcome(db('payments').select('id').stream().toArray())).toBe('CARDEA_ROW_LIMIT')
      await db.transaction(async trx => {
        expect(await outcome(trx('payments').select('id'))).toBe('CARDEA_ROW_LIMIT')
        expect(await trx('payments').count({ n: '*' }).first()).toBeDefined()
      })
    })

    test('more rows written than allowed are taken back, alone and inside a transaction', async () => {
      const { db, raw } = house
      const many = { status: ['settled'] }
      const update = (on: typeof db) => on('payments').whereIn('status', many.status).update({ status: 'x' })
      expect(await outcome(update(db))).toBe('CARDEA_AFFECTED_LIMIT')
      await db.transaction(async trx => {
        await trx('payments').where({ id: 1 }).update({ note: 'kept' })
        expect(await outcome(update(trx))).toBe('CARDEA_AFFECTED_LIMIT')
      })
      expect(await raw('payments').where({ status: 'x' })).toEqual([])
      expect(await raw('payments').where({ id: 1 }).first('note')).toEqual({ note: 'kept' })
      expect(await outcome(db('payments').whereIn('status', many.status).del())).toBe('CARDEA_AFFECTED_LIMIT')
      const row = (id: number) => ({ id, card_id: 1, amount: 1, status: 'new', note: null })
      expect(await outcome(db('payments').insert([201, 202, 203, 204].map(row)))).toBe(
        'CARDEA_AFFECTED_LIMIT',
      )
      expect(await outcome(db('payments').insert([201, 202, 203].map(row)))).toBe('released')
      expect(await raw('payments').where('id', '>', 200).pluck('id')).toHaveLength(3)
    })
  })
}

describeMariadb('what MySQL counts', () => {
  let house: TestHouse
  beforeAll(async () => {
    house = await openHouse({
      engine: 'mysql',
      policy: `${POLICY}${LIMITS}`,
      setup: `
create table keyed (id int primary key auto_increment, v int, w int);
insert into keyed values (1, 1, 0), (2, 1, 0), (3, 2, 0), (4, 2, 0), (5, 2, 0);
create table other (id int primary key, v int);
insert into other values (1, 1), (2, 2);
create table secret_keys (number bigint primary key auto_increment, v int);
`,
    })
  })
  afterAll(() => house.close())

  const rows = () => house.raw('keyed').orderBy('id').select('id', 'v', 'w')

  test('REPLACE and ON DUPLICATE KEY UPDATE count what they replace as well', async () => {
    const before = await rows()
    const replace = 'replace into keyed (id, v) values (1, 9), (2, 9)'
    expect(await outcome(house.db.raw(replace))).toBe('CARDEA_AFFECTED_LIMIT')
    const upsert = 'insert into keyed (id, v) values (1, 9), (2, 9) on duplicate key update v = 9'
    expect(await outcome(house.db.raw(upsert))).toBe('CARDEA_AFFECTED_LIMIT')
    expect(await rows()).toEqual(before)
  })

  test('rows that are found count, also where they have the value already', async () => {
    expect(await outcome(house.db('keyed').whereIn('v', [1, 2]).update({ w: 0 }))).toBe(
      'CARDEA_AFFECTED_LIMIT',
    )
    expect(await house.db('keyed').where({ id: 1 }).update({ w: 0 })).toBe(1)
  })

  test('a statement that writes several tables is held to the cap over all of them', async () => {
    const before = await rows()
    const update = 'update keyed k join other o on o.v = k.v set k.w = 1, o.v = 7 where o.id in (1, 2)'
    expect(await outcome(house.db.raw(update))).not.toBe('released')
    expect(await rows()).toEqual(before)
    expect(await house.raw('other').orderBy('id').pluck('v')).toEqual([1, 2])
  })

  test('a statement that takes too long is stopped at the server', async () => {
    const cross = Array.from({ length: 9 }, (_, at) => `payments p${at}`).join(', ')
    // Without a condition MySQL would multiply the tables' numbers of rows.
    const count = `select count(*) as n from ${cross} where p0.id + p8.id > 0`
    expect(await outcome(house.db.raw(count))).toBe('CARDEA_TIMEOUT')
    const [running] = await house.raw.raw('show processlist')
    expect(running.filter((one: { Info: string | null }) => one.Info?.includes('payments p8'))).toEqual([])
  })
})

describe('the generated key of an INSERT', () => {
  const cases: readonly [Engine, string, (name: string, body: () => void) => void][] = [
    ['mysql', 'bigint primary key auto_increment', describeMariadb],
    ['sqlite', 'integer primary key', (name, body) => describe(name, body)],
  ]
  for (const [engine, type, suite] of cases) {
    suite(`on ${engine}`, () => {
      let house: TestHouse
      beforeAll(async () => {
        house = await openHouse({
          engine,
          policy: `${POLICY}  - { column: '*.clients.number', label: secret }\n`,
          setup: `
create table clients (number ${type}, name varchar(20));
create table orders (number ${type}, name varchar(20));
insert into clients (number, name) values (73190, 'first');
insert into orders (number, name) values (500, 'first');
`,
        })
      })
      afterAll(() => house.close())

      test('is told where the column carries no label, and withheld where it does', async () => {
        expect(await house.db('orders').insert({ name: 'second' })).toEqual([501])
        expect(await house.db('clients').insert({ name: 'second' })).toEqual([0])
        expect(await house.raw('clients').where({ name: 'second' }).pluck('number')).toEqual([73191])
      })

      test('is masked where it is a card number', async () => {
        await house.raw('orders').insert({ number: '4111111111111110', name: 'edge' })
        const [key] = await house.db('orders').insert({ name: 'after' })
        expect(String(key)).not.toContain('4111111111111111')
        expect(await house.raw('orders').where({ name: 'after' }).pluck('number')).toEqual([4111111111111111])
      })

      test('is not that of an earlier statement', async () => {
        await house.db.transaction(async trx => {
          await trx('clients').insert({ name: 'third' })
          const answer = await trx.raw("update orders set name = 'z' where number = 500")
          expect(JSON.stringify(answer)).not.toContain('73192')
        })
      })
    })
  }
})
