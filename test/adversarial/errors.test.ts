/** Engines quote rows in their errors, also rows that the statement does not name. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { DatabaseError } from '../../src/index.js'
import { everythingIn } from '../main-job/house.js'
import { describePostgres } from '../support/databases.js'
import { type Arena, onBoth, openArena, seen } from './arena.js'

describePostgres('errors of the database', () => {
  let arena: Arena
  beforeAll(async () => {
    arena = await openArena()
  })
  afterAll(() => arena.close())

  test.each([
    ['a condition inside a view', 'select * from failing_notes', '22P02'],
    ['a view that is written', `update failing_notes set status = 'x' where id = 1`, '22P02'],
    ['the row that fails a constraint', 'update lonely set name = null where id = 1', '23502'],
    ['another column of that row', 'update cards set customer_id = null where id = 1', '23502'],
    ['a key', `insert into lonely (id, ssn, name) values (1, 'x', 'y')`, '23505'],
    ['a domain', `insert into typed (id, pan) values (70, 'x')`, '23514'],
    ['a partition that is not there', `insert into parted values (1, 'z', '4111111111111111')`, '23514'],
  ])('%s is not quoted', async (_what, statement, code) => {
    const [one, other] = await onBoth(arena, statement)
    expect(one).toMatchObject({ code })
    expect(one).toEqual(other)
    expect(Reflect.get(one, 'detail')).toBeUndefined()
  })

  test('a constraint that is checked at COMMIT quotes nothing either', async () => {
    const failures = await Promise.all(
      [arena.a, arena.b].map(house =>
        house.db
          .transaction(trx =>
            trx.raw('update lonely set ssn = (select ssn from lonely where id = 2) where id = 1'),
          )
          .then(() => 'committed')
          .catch((error: unknown) => error),
      ),
    )
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(DatabaseError)
      expect(failure).toMatchObject({ code: '23505', constraint: 'lonely_ssn_key' })
      expect(everythingIn(failure)).not.toMatch(/\d{3}-\d{2}-\d{4}/)
    }
  })

  test('a transaction that failed stays one, and says so', async () => {
    const codes: unknown[] = []
    await arena.a.db.transaction(async trx => {
      for (const sql of ['select 1 / 0', 'select 1', `update payments set note = 'x' where id = 1`]) {
        codes.push(Reflect.get(await seen(arena.a, sql, trx), 'code'))
      }
    })
    expect(codes).toEqual(['22012', '25P02', '25P02'])
  })
})
