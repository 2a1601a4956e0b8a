/** How governed handles behave as Knex: connections, transactions, streams, limits, cancelling. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { knexPoint } from '../../../src/enforcement/knex/enforcement-point.js'
import { isGoverned } from '../../../src/enforcement/knex/handle.js'
import { on, onEveryEngine, type Stand } from './support/engines.js'
import { collect, outcomeOf } from './support/observe.js'
import { inner } from './support/surface.js'
import { masked } from './support/test-governor.js'

onEveryEngine('a governed handle', stand => {
  test('reads, masks and writes as Knex does', async () => {
    const { db, governor } = stand().handle()
    expect(await db('users').select('id', 'name', 'email').orderBy('id')).toEqual([
      { id: 1, name: 'Ada', email: masked },
      { id: 2, name: 'Bob', email: masked },
    ])
    expect(await db('users').where({ id: 1 }).first('name')).toEqual({ name: 'Ada' })
    expect(await db('users').orderBy('id').pluck('name')).toEqual(['Ada', 'Bob'])
    await db('numbers').insert({ n: 1 })
    expect(await db('numbers').where({ n: 1 }).update({ n: 2 })).toBe(1)
    expect(await db('numbers').where({ n: 2 }).increment('n')).toBe(1)
    expect(await db('numbers').where({ n: 3 }).del()).toBe(1)
    expect(governor.seen.governed.length).toBe(governor.seen.withPass.length)
  })

  test('gives the same answers as the host’s own Knex', async () => {
    const { db } = stand().handle()
    const { base, engine } = stand()
    const both = async (work: (knex: Knex) => PromiseLike<unknown>) => {
      const plain = (value: unknown) => JSON.parse(JSON.stringify(value ?? null))
      expect(shape(plain(await work(db)))).toEqual(shape(plain(await work(base))))
    }
    await both(knex => knex('users').select('id', 'name', 'age'))
    await both(knex => knex('users').count({ n: '*' }).first())
    await both(async knex => rawRows(await knex.raw('select id, name, age from users')))
    await both(async knex => rawRows(await knex.raw('select id, name, age from users where 1 = 0')))
    await both(knex => knex('users').columnInfo())
    await both(knex => knex.schema.hasTable('users'))
    if (engine !== 'mariadb') await both(knex => knex('numbers').insert({ n: 5 }, ['n']))
    await both(
      async knex =>
        (
          await knex('numbers')
            .insert([{ n: 5 }, { n: 6 }])
            .then(found => [found].flat())
        ).length,
    )
    await both(knex => knex.raw('update numbers set n = n'))
    await both(knex => knex('numbers').update({ n: 8 }))
    await both(knex => knex('numbers').where('n', '>', 100).del())
    await both(knex => knex('numbers').where('n', '>', 100).first())
    await base('numbers').del()
  })

  test('knows what it is', async () => {
    const { db } = stand().handle()
    expect(isGoverned(db)).toBe(true)
    expect(isGoverned(db.withUserParams({}))).toBe(true)
    await db.transaction(async trx => expect(isGoverned(trx)).toBe(true))
    expect(isGoverned(stand().base)).toBe(false)
    for (const other of [null, 1, {}, { client: {} }, { client: stand().base.client }])
      expect(isGoverned(other)).toBe(false)
    await expect(knexPoint(db)).rejects.toMatchObject({ code: 'CARDEA_CONFIGURATION' })
  })

  test('runs schema builders, migrations and batch inserts statement by statement', async () => {
    const { db, governor } = stand().handle()
    await db.schema.createTable('made', table => {
      table.increments('id')
      table.string('a')
      table.integer('b').index()
    })
    await db.batchInsert('made', [{ a: 'x' }, { a: 'y' }, { a: 'z' }], 2)
    expect(await db('made').pluck('a')).toEqual(['x', 'y', 'z'])
    await db.schema.alterTable('made', table => table.dropColumn('b'))
    await db.schema.dropTable('made')
    const migrationSource = {
      getMigrations: async () => ['first'],
      getMigrationName: (name: string) => name,
      getMigration: async () => ({
        up: async (knex: Knex) =>
          void (await knex.schema.createTable('migrated', table => table.increments('id'))),
        down: async (knex: Knex) => void (await knex.schema.dropTable('migrated')),
      }),
    }
    await db.migrate.latest({ migrationSource })
    expect(await db.schema.hasTable('migrated')).toBe(true)
    await db.migrate.rollback({ migrationSource })
    expect(await db.schema.hasTable('migrated')).toBe(false)
    expect(
      governor.seen.governed.filter(({ statement }) => /create table/i.test(statement)).length,
    ).toBeGreaterThan(2)
  })
})

onEveryEngine('approval', stand => {
  test('holds no connection: with one in the pool, others work while a person thinks', async () => {
    const one = await stand().another({ min: 0, max: 1 })
    let approve: (yes: boolean) => void = () => {}
    const thinking = new Promise<boolean>(resolve => {
      approve = resolve
    })
    const { db, governor } = one.handle({ needsApproval: /age/, approve: () => thinking })
    const waiting = db('users')
      .select('age')
      .then(rows => rows)
    while (governor.seen.approved.length === 0) await sleep(1)
    expect(await db('users').select('name')).toHaveLength(2)
    expect(await one.base('users').select('name')).toHaveLength(2)
    approve(true)
    expect(await waiting).toHaveLength(2)
    expect(governor.seen.withPass).toHaveLength(2)
  })

  test('is asked once for a statement that does not change', async () => {
    const { db, governor } = stand().handle({ needsApproval: /age/ })
    await db('users').select('age')
    await collect(db('users').select('age').stream())
    await db.raw('select age from users where id = ?', [1])
    expect(governor.seen.approved).toHaveLength(3)
    expect(governor.seen.withPass).toHaveLength(3)
  })

  test('that nobody waits for any more runs nothing', async () => {
    const { db, governor } = stand().handle({ needsApproval: /age/, approve: () => new Promise(() => {}) })
    const stream = db('users').select('age').stream()
    stream.on('error', () => {})
    while (governor.seen.approved.length === 0) await sleep(1)
    stream.destroy()
    await sleep(20)
    expect(governor.seen.governed).toEqual([])
  })

  test('in a transaction is asked on the way', async () => {
    const { db, governor } = stand().handle({ needsApproval: /age/ })
    await db.transaction(async trx => expect(await trx('users').select('age')).toHaveLength(2))
    expect(governor.seen.approved).toHaveLength(1)
  })
})

onEveryEngine('transactions', stand => {
  const count = async () => Number((await stand().base('numbers').count({ n: '*' }).first())?.['n'])

  test('commit, roll back and nest', async () => {
    const { db } = stand().handle()
    await stand().base('numbers').del()
    await db.transaction(async trx => {
      await trx('numbers').insert({ n: 1 })
      await expect(
        trx.transaction(async inside => {
          await inside('numbers').insert({ n: 2 })
          throw new Error('not this one')
        }),
      ).rejects.toThrow('not this one')
      await trx.savepoint(async inside => {
        await inside('numbers').insert({ n: 3 })
      })
    })
    expect(await stand().base('numbers').orderBy('n').pluck('n')).toEqual([1, 3])
    const trx = await db.transaction()
    await trx('numbers').insert({ n: 4 })
    await trx.rollback()
    expect(await count()).toBe(2)
    expect(trx.isCompleted()).toBe(true)
  })

  test('a bracketed write that writes too much is taken back, alone and inside a transaction', async () => {
    const { db } = stand().handle({ maxAffected: 1 })
    await stand().base('numbers').del()
    await stand()
      .base('numbers')
      .insert([{ n: 1 }, { n: 2 }])
    await expect(db('numbers').update({ n: 9 })).rejects.toMatchObject({ code: 'CARDEA_AFFECTED_LIMIT' })
    await db.transaction(async trx => {
      await trx('numbers').where({ n: 1 }).update({ n: 5 })
      await expect(trx('numbers').update({ n: 9 })).rejects.toMatchObject({ code: 'CARDEA_AFFECTED_LIMIT' })
    })
    expect(await stand().base('numbers').orderBy('n').pluck('n')).toEqual([2, 5])
  })

  test('a connection that is given back in the middle of one goes back clean', async () => {
    const one = await stand().another({ min: 1, max: 1 })
    const { db } = one.handle()
    await one.base('numbers').del()
    const trx = await db.transaction()
    await trx('numbers').insert({ n: 1 })
    const lease = await inner(trx).acquireConnection()
    expect(inner(db).pool.release(lease)).toBe(true)
    expect(inner(db).pool.release(lease)).toBe(false)
    expect(await one.base('numbers').select()).toEqual([])
  })
})

onEveryEngine('read-only statements', stand => {
  test('cannot write, alone, in a transaction or as a stream', async () => {
    const { db } = stand().handle({ readOnly: () => true })
    await stand().base('numbers').del()
    expect(await db('users').select('name')).toHaveLength(2)
    await outcomeOf(() => db('numbers').insert({ n: 1 }))
    await outcomeOf(() => db.transaction(trx => trx('numbers').insert({ n: 2 })))
    expect(await db.transaction(trx => trx('users').select('name'))).toHaveLength(2)
    expect(await collect(db('users').select('name').stream())).toHaveLength(2)
    expect(await db.transaction(trx => collect(trx('users').select('name').stream()))).toHaveLength(2)
    expect(await stand().base('numbers').select()).toEqual([])
    await stand().base('numbers').insert({ n: 3 })
    await stand().base('numbers').del()
  })
})

onEveryEngine('limits', stand => {
  test('a row cap is kept at the database', async () => {
    const { db } = stand().handle({ maxRows: 1 })
    expect(await db('users').where({ id: 1 }).select('name')).toEqual([{ name: 'Ada' }])
    await expect(db('users').select('name')).rejects.toMatchObject({ code: 'CARDEA_ROW_LIMIT' })
    await expect(db.raw('select * from nothing_here')).rejects.toMatchObject({ name: 'DatabaseError' })
    await db.transaction(async trx => {
      await expect(trx('users').select('name')).rejects.toMatchObject({ code: 'CARDEA_ROW_LIMIT' })
      expect(await trx('users').where({ id: 2 }).select('name')).toEqual([{ name: 'Bob' }])
    })
    expect(await db('users').where({ id: 1 }).select('name')).toHaveLength(1)
  })

  test('two statements in one text do not both run', async () => {
    const { db } = stand().handle()
    await stand().base('numbers').del()
    await outcomeOf(() => db.raw('select 1 as one; insert into numbers (n) values (1)'))
    expect(await stand().base('numbers').select()).toEqual([])
  })
})

onEveryEngine('streams', stand => {
  const fill = async (rows: number) => {
    await stand().base('numbers').del()
    for (let at = 0; at < rows; at += 500) {
      await stand()
        .base('numbers')
        .insert(Array.from({ length: Math.min(500, rows - at) }, (_, n) => ({ n: at + n })))
    }
  }

  test('give every row, in order, with small batches', async () => {
    await fill(1000)
    const { db, governor } = stand().handle()
    const rows = await collect(db('numbers').orderBy('n').select('n').stream({ highWaterMark: 7 }))
    expect(rows).toEqual(Array.from({ length: 1000 }, (_, n) => ({ n })))
    expect(governor.seen.streamsEnded).toEqual(['whole'])
    expect(await collect(db('numbers').where('n', '<', 0).stream())).toEqual([])
  })

  test('that are left early give their connection back and end as cut', async () => {
    await fill(3000)
    const one = await stand().another({ min: 0, max: 1 })
    const { db, governor } = one.handle()
    for (let round = 0; round < 5; round++) {
      for await (const row of db('numbers').stream({ highWaterMark: 5 })) {
        expect(row).toBeDefined()
        break
      }
    }
    expect(await db('users').select('name')).toHaveLength(2)
    expect(governor.seen.streamsEnded).toEqual(['cut', 'cut', 'cut', 'cut', 'cut'])
    const stream = db('numbers').stream()
    stream.destroy()
    expect(await db('users').select('name')).toHaveLength(2)
  })

  test('in a transaction leave it usable', async () => {
    await fill(50)
    const { db } = stand().handle()
    await db.transaction(async trx => {
      for await (const _ of trx('numbers').stream({ highWaterMark: 5 })) break
      expect(await trx('users').select('name')).toHaveLength(2)
      expect(await collect(trx('numbers').stream())).toHaveLength(50)
    })
  })

  test('that fail say so on the stream', async () => {
    const { db } = stand().handle()
    await expect(collect(db.raw('select * from nothing_here').stream())).rejects.toMatchObject({
      name: 'DatabaseError',
    })
    await expect(collect(db('secrets').stream())).rejects.toMatchObject({ code: 'CARDEA_POLICY_DENIED' })
  })
})

for (const engine of ['postgres', 'mariadb'] as const) {
  on(engine, `cancelling (${engine})`, stand => {
    const nap = (seconds: number) =>
      engine === 'postgres' ? `select pg_sleep(${seconds})` : `select sleep(${seconds})`
    const napping = async ({ base }: Stand) =>
      engine === 'postgres'
        ? (
            await base.raw(
              "select count(*)::int as n from pg_stat_activity where state = 'active' and query like 'select pg_sleep(3%'",
            )
          ).rows[0].n
        : (
            await base.raw(
              "select count(*) as n from information_schema.processlist where info like 'select sleep(3%'",
            )
          )[0][0].n

    test('timeout(ms, { cancel: true }) stops the statement at the server', async () => {
      const { db } = stand().handle()
      await expect(db.raw(nap(30)).timeout(100, { cancel: true })).rejects.toMatchObject({
        name: 'KnexTimeoutError',
      })
      while ((await napping(stand())) > 0) await sleep(10)
      expect(await db('users').select('name')).toHaveLength(2)
    })

    test('an aborted limit stops the statement at the server, also in a transaction', async () => {
      const { db } = stand().handle({ timeoutMs: 150 })
      await expect(db.raw(nap(30))).rejects.toMatchObject({ code: 'CARDEA_CONNECTION_FAILED' })
      await outcomeOf(() => db.transaction(trx => trx.raw(nap(30))))
      while ((await napping(stand())) > 0) await sleep(10)
      expect(await stand().handle().db('users').select('name')).toHaveLength(2)
    })

    test('a plain timeout leaves no statement behind either', async () => {
      const one = await stand().another({ min: 0, max: 1 })
      const { db } = one.handle()
      await expect(db.raw(nap(30)).timeout(100)).rejects.toMatchObject({ name: 'KnexTimeoutError' })
      expect(await db('users').select('name')).toHaveLength(2)
    })

    test('a closed stream stops a statement that is still thinking', async () => {
      const one = await stand().another({ min: 0, max: 1 })
      const { db } = one.handle()
      const stream = db.raw(nap(30)).stream()
      while ((await napping(stand())) === 0) await sleep(10)
      stream.destroy()
      expect(await db('users').select('name')).toHaveLength(2)
    })
  })
}

on('sqlite', 'foreign-key checks (sqlite)', stand => {
  test('that a transaction switched off are on again when it gives its connection back', async () => {
    const one = await stand().another({ min: 1, max: 1 })
    const { db } = one.handle()
    await one.base.raw('pragma foreign_keys = on')
    await db.transaction(async trx => void (await trx('numbers').select()), {
      enforceForeignCheck: false,
    } as object)
    expect(await one.base.raw('pragma foreign_keys')).toEqual([{ foreign_keys: 1 }])
  })
})

on('postgres', 'session settings (postgres)', stand => {
  test('that change how SQL is read are put back before the next loan', async () => {
    const one = await stand().another({ min: 0, max: 1 })
    await one.base.raw('set standard_conforming_strings = off')
    const { db } = one.handle()
    const { rows } = await db.raw("select 'a\\b' as x")
    expect(rows).toEqual([{ x: 'a\\b' }])
  })
})

/** Rows, and what describes them without the driver's private parts. */
function rawRows(answer: unknown): unknown {
  const names = (fields: { name: string }[]) => fields.map(({ name }) => name)
  if (Array.isArray(answer) && Array.isArray(answer[1])) return [answer[0], names(answer[1])]
  if (Array.isArray(answer)) return answer
  const { rows, rowCount, command, fields } = answer as {
    rows: unknown
    rowCount: number
    command: string
    fields: { name: string }[]
  }
  return { rows, rowCount, command, fields: names(fields) }
}

function shape(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(shape)
  const volatile = [
    'lastInsertRowid',
    'insertId',
    // MySQL's: which rows held the new values already is not told.
    'info',
    'changedRows',
    'duration',
    'fields',
    '_types',
    '_parsers',
    'RowCtor',
    'rowAsArray',
    '_prebuiltEmptyResultObject',
  ]
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !volatile.includes(key))
      .map(([key, one]) => [key, shape(one)]),
  )
}
