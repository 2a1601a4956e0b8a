/** Several statements at once on one connection, as callers of a transaction send them. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { on, onEveryEngine } from './support/engines.js'
import { collect, outcomeOf } from './support/observe.js'

const isRead = ({ statement }: { statement: string }): boolean => /^select/i.test(statement)

onEveryEngine('statements of one transaction at once', stand => {
  const numbers = () => stand().base('numbers').orderBy('n').pluck('n')
  const empty = () => stand().base('numbers').del()

  test('a read takes back nothing that was written beside it', async () => {
    await empty()
    const { db } = stand().handle({ readOnly: isRead })
    await db.transaction(async trx => {
      const work = [1, 2, 3, 4].flatMap(n => [trx('users').select('name'), trx('numbers').insert({ n })])
      await Promise.all(work)
    })
    expect(await numbers()).toEqual([1, 2, 3, 4])
  })

  test('a write that goes too far takes back itself alone', async () => {
    await empty()
    await stand()
      .base('numbers')
      .insert([{ n: 1 }, { n: 2 }, { n: 3 }])
    const { db } = stand().handle({ maxAffected: 1 })
    await db.transaction(async trx => {
      const outcomes = await Promise.all([
        outcomeOf(() => trx('numbers').where('n', '>', 1).increment('n', 10)),
        outcomeOf(() => trx('numbers').where({ n: 1 }).increment('n', 100)),
        outcomeOf(() => trx('numbers').where('n', '>', 1).increment('n', 10)),
      ])
      expect(outcomes.map(({ error }) => error?.code)).toEqual([
        'CARDEA_AFFECTED_LIMIT',
        undefined,
        'CARDEA_AFFECTED_LIMIT',
      ])
    })
    expect(await numbers()).toEqual([2, 3, 101])
  })

  test('one that fails leaves the others their turn', async () => {
    const { db } = stand().handle({ readOnly: isRead, maxAffected: 1 })
    await outcomeOf(() =>
      db.transaction(async trx => {
        const failing = outcomeOf(() => trx.raw('select * from nothing_here'))
        const denied = outcomeOf(() => trx('secrets').select())
        const bracketed = outcomeOf(() => trx('nothing_here').insert({ n: 1 }))
        await Promise.all([failing, denied, bracketed, outcomeOf(() => trx('users').select('name'))])
      }),
    )
    expect(await db('users').select('name')).toHaveLength(2)
  })
})

for (const engine of ['postgres', 'mariadb'] as const) {
  on(engine, `streams of a transaction (${engine})`, stand => {
    test('take back nothing that is written while their rows are read', async () => {
      const { base } = stand()
      await base('numbers').del()
      await base('numbers').insert(Array.from({ length: 40 }, (_, n) => ({ n })))
      const { db } = stand().handle({ readOnly: isRead })
      await db.transaction(async trx => {
        for await (const { n } of trx('numbers').where('n', '<', 40).select('n').stream())
          await trx('numbers').insert({ n: n + 100 })
      })
      expect(await base('numbers').where('n', '>=', 100)).toHaveLength(40)
    })

    test('that are left early stop nothing but themselves, however long that takes', async () => {
      const one = await stand().another({ min: 0, max: 1 }, slowToCancel)
      await one.base('numbers').del()
      await one.base('numbers').insert(Array.from({ length: 50 }, (_, n) => ({ n })))
      const { db } = one.handle()
      await db.transaction(async trx => {
        for (let round = 0; round < 3; round++) {
          for await (const _ of trx('numbers').stream({ highWaterMark: 5 })) break
          expect(await trx.raw(nap(0.6))).toBeDefined()
        }
        expect(await collect(trx('numbers').stream())).toHaveLength(50)
      })
    })

    test('hold up a statement that is given up before its turn: it never runs', async () => {
      const { base } = stand()
      await base('numbers').del()
      await base('numbers').insert(Array.from({ length: 3000 }, () => ({ n: 0 })))
      const timeoutMs = ({ statement }: { statement: string }) => (/update/.test(statement) ? 50 : undefined)
      const { db } = stand().handle({ timeoutMs })
      await db.transaction(async trx => {
        const unread = trx('numbers').select('n').stream({ highWaterMark: 5 })
        await once(unread, 'readable')
        expect((await outcomeOf(() => trx('numbers').update({ n: 1 }))).error).toBeDefined()
        unread.destroy()
        expect(await trx('numbers').where({ n: 1 })).toEqual([])
      })
      expect(await base('numbers').where({ n: 1 })).toEqual([])
    })
  })

  function nap(seconds: number): string {
    return engine === 'postgres' ? `select pg_sleep(${seconds})` : `select sleep(${seconds})`
  }
}

/** As on a busy machine: a statement is long over by the time that it is stopped. */
function slowToCancel(base: Knex): void {
  const cancel = base.client.cancelQuery.bind(base.client)
  base.client.cancelQuery = async (raw: object) => {
    await sleep(200)
    return cancel(raw)
  }
}
