/** The main job end to end on each engine, through the public surface only. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { type Engine, openHouse, type TestHouse } from './house.js'
import { expectUnseen } from './seen.js'

const SUITES: readonly [Engine, (name: string, body: () => void) => void][] = [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
  ['sqlite', (name, body) => describe(name, body)],
]

const MASKED = [
  '411111******1111',
  '555555******4444',
  '378282*****0005',
  '222300******3222',
  '621234*********0003',
  '353011******0000',
  '411111******4242',
]

/** What each engine calls it. */
const SPELLED: Readonly<
  Record<Engine, { readonly derived: readonly string[]; readonly refused: readonly string[] }>
> = {
  postgres: {
    derived: ['select reverse(pan) as x from cards', 'select md5(pan) as x from cards'],
    refused: [
      "select pg_read_file('/etc/passwd')",
      'select pg_read_file($$/etc/passwd$$)',
      'copy cards to stdout',
      'set search_path = pg_catalog',
      'update payments set status = $$x$$ where true',
      'select id from cards where pan like $$4111%$$',
    ],
  },
  mysql: {
    derived: [
      'select reverse(pan) as x from cards',
      'select hex(pan) as x from cards',
      "select concat(pan, '-') as x from cards",
      'select group_concat(pan) as x from cards',
    ],
    refused: [
      "select load_file('/etc/passwd')",
      "select pan from cards into outfile '/tmp/x'",
      "set sql_mode = 'ANSI_QUOTES'",
      'select 1 /*!50000 union select pan from cards */',
      'handler cards open',
      'show processlist',
      'set names gbk',
      'use mysql',
    ],
  },
  sqlite: {
    derived: [
      "select pan || '-' as x from cards",
      'select hex(pan) as x from cards',
      'select group_concat(pan) as x from cards',
    ],
    refused: [
      "attach database '/tmp/x.db' as x",
      "select load_extension('x')",
      'pragma writable_schema = 1',
      'vacuum',
      "select readfile('/etc/passwd')",
    ],
  },
}

for (const [engine, suite] of SUITES) {
  suite(`an agent at work on ${engine}`, () => {
    let house: TestHouse
    beforeAll(async () => {
      house = await openHouse({ engine })
    })
    afterAll(() => house.close())

    test('reads an ordinary report as it is', async () => {
      const report = (db: typeof house.db) =>
        db('payments as p')
          .join('cards as c', 'c.id', 'p.card_id')
          .select('c.brand')
          .count({ payments: '*' })
          .sum({ total: 'p.amount' })
          .groupBy('c.brand')
          .orderBy('c.brand')
      expect(await report(house.db)).toEqual(await report(house.raw))
    })

    test('reads with every way that Knex has, as without governance', async () => {
      const ways: ((db: typeof house.db) => Promise<unknown>)[] = [
        async db => db('payments').orderBy('id').pluck('status'),
        async db => db('payments').where({ id: 2 }).first('id', 'amount'),
        async db => db('payments').whereIn('id', [1, 2, 3]).orderBy('id').select('id', 'status'),
        async db => db('payments').where('amount', '>', 20).orderBy('id').limit(2).offset(1).select('id'),
        async db => db('payments').whereNull('note').select('id'),
        async db => db('payments').max({ most: 'amount' }).first(),
        async db => db('payments').orderBy('id').select('id').stream().toArray(),
        async db => db.transaction(async trx => trx('payments').count({ n: '*' })),
        async db =>
          db('payments')
            .where(db.raw('id in (?, ?)', [4, 5]))
            .orderBy('id')
            .pluck('id'),
        async db => db.schema.hasTable('payments'),
      ]
      for (const way of ways) expect(await way(house.db)).toEqual(await way(house.raw))
    })

    test('gets a card number as BIN and last four, under any alias, and streamed', async () => {
      const rows = await house.db('cards').select({ order_reference: 'pan' }).orderBy('id')
      expect(rows.map(row => row.order_reference)).toEqual(MASKED)
      const streamed = await house.db('cards').select('pan').orderBy('id').stream().toArray()
      expect(streamed.map((row: { pan: string }) => row.pan)).toEqual(MASKED)
    })

    test.each(SPELLED[engine].derived.map(sql => [sql, '']))(
      'gets nothing of a card number from %s',
      async sql => {
        const rows = rowsOf(await house.db.raw(sql))
        expect(rows.length).toBeGreaterThan(0)
        for (const row of rows) expect(String(row['x'])).not.toMatch(/\d{4}/)
      },
    )

    test('is refused the CVV, bulk writes and everything it cannot name', async () => {
      for (const sql of [
        'select cvv from cards',
        'select * from cards',
        'delete from payments',
        "update payments set status = 'x' where 1 = 1",
        "update payments set status = 'x' where id = id",
        'select 1; drop table payments',
        "select id from cards where pan like '4111%'",
        'drop table payments',
        'create table copied as select pan from cards',
        'begin',
        'selekt 1',
        ...SPELLED[engine].refused,
      ]) {
        const refused = house.db.raw(sql)
        await expect([sql, await outcome(refused)]).toEqual([sql, 'CARDEA_POLICY_DENIED'])
      }
      expect(await house.raw('payments').count({ n: '*' })).toEqual([
        { n: engine === 'postgres' ? '12' : 12 },
      ])
    })

    test('changes no schema through the schema builder', async () => {
      for (const change of [
        house.db.schema.createTable('more', table => table.increments()),
        house.db.schema.alterTable('payments', table => table.string('more')),
        house.db.schema.dropTable('payments'),
        house.db.schema.raw('drop table payments'),
      ]) {
        expect(await outcome(change)).toBe('CARDEA_POLICY_DENIED')
      }
    })

    test('writes one row when a person agrees, and the trail says so', async () => {
      expect(await house.db('payments').where({ id: 3 }).update({ status: 'refunded' })).toBe(1)
      expect(await house.raw('payments').where({ id: 3 }).first('status')).toEqual({ status: 'refunded' })
      expect(house.trail()).toContain('"subject":"bob"')
    })

    test('inserts in batches, in a transaction with a savepoint, and takes back what it rolls back', async () => {
      const row = (id: number) => ({ id, card_id: 1, amount: 1, status: 'new', note: null })
      await house.db.batchInsert('payments', [row(101), row(102), row(103)], 2)
      await house.db.transaction(async trx => {
        await trx('payments').insert(row(104))
        const inner = trx.transaction(async nested => {
          await nested('payments').insert(row(105))
          throw new Error('no')
        })
        await expect(inner).rejects.toThrow('no')
      })
      const ids = await house.raw('payments').where('id', '>', 100).orderBy('id').pluck('id')
      expect(ids).toEqual([101, 102, 103, 104])
    })

    test('is told by explain what would happen, without its happening', async () => {
      const { decision, facts } = await house.governed.explain(
        'delete from payments where id = ?',
        [1],
        house.who,
      )
      expect(decision.effect).toBe('require_approval')
      expect(facts).toMatchObject({ analyzable: true, effects: [{ kind: 'delete', scope: 'keyed' }] })
      expect(await house.raw('payments').where({ id: 1 }).pluck('id')).toEqual([1])
    })

    test('reads a table that somebody else made a moment ago', async () => {
      await house.raw.raw('create table fresh (n int, m int default 8)')
      await house.raw('fresh').insert({ n: 7 })
      expect(await house.db('fresh').select('n', 'm')).toEqual([{ n: 7, m: 8 }])
    })
  })

  suite(`card numbers on ${engine}`, () => {
    test('stand in no trail, error or approval request: not from rows, literals or bindings', async () => {
      const pan = '4111111111111111'
      const spaced = '4111 1111 1111 1111'
      const numbers = [pan, '378282246310005', '5555555555554444']
      await expectUnseen(numbers, { engine }, async ({ db }, attempt) => {
        await attempt(db('cards').select('pan', 'id'))
        await attempt(db.raw('select note from payments order by id'))
        await attempt(db.raw(`select id from payments where note = '${spaced}'`))
        await attempt(db.raw('select id from payments where note = ?', [spaced]))
        await attempt(db('cards').where({ pan }).select('id'))
        await attempt(db('cards').insert({ id: 90, customer_id: 1, pan: '378282246310005', brand: 'amex' }))
        await attempt(db('cards').insert({ id: 1, customer_id: 1, pan, brand: 'visa' }))
        await attempt(db.raw(`selekt '${pan}'`))
        await attempt(db.raw(`select '${pan}' as x`))
        await attempt(db.raw(`select '${pan}' from nowhere`))
        await attempt(db.raw('select ? as x', [pan]))
        await attempt(db.raw('select ? as x', [Number(pan)]))
        await attempt(db('payments').where({ id: 1 }).update({ note: pan }))
        await attempt(db('payments').select('note').stream().toArray())
        await attempt(db.raw(`select id from payments where note like '%${pan}%'`).stream().toArray())
      })
    })
  })
}

async function outcome(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work
    return 'released'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

/** The rows of `raw`, which each driver puts elsewhere. */
function rowsOf(answer: unknown): readonly Record<string, unknown>[] {
  if (Array.isArray(answer)) return Array.isArray(answer[0]) ? answer[0] : answer
  return (answer as { rows: Record<string, unknown>[] }).rows
}
