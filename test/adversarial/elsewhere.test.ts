/** Names that mean something else on the connection than in the catalog. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openHouse, type TestHouse } from '../main-job/house.js'
import { describePostgres } from '../support/databases.js'
import { seen } from './arena.js'

describePostgres('relations from elsewhere', () => {
  let house: TestHouse
  beforeAll(async () => {
    house = await openHouse({ connections: 1 })
  })
  afterAll(() => house.close())

  test.each([
    [
      'a temporary table of the same name',
      'create temp table payments as select id, id as card_id, 1 as amount, name as status, ssn as note from customers',
      'select * from payments',
      'drop table pg_temp.payments',
    ],
    [
      'a temporary view that renames a column',
      'create temp view customers as select id, ssn as name, email, null::text as ssn from public.customers',
      'select name from customers',
      'drop view pg_temp.customers',
    ],
    [
      'a search path that was changed',
      `create schema evil;
       create table evil.payments as select id, 1 as card_id, 1 as amount, '' as status, ssn as note from customers;
       set search_path = evil, public`,
      'select note from payments',
      'reset search_path; drop schema evil cascade',
    ],
  ])('%s shows nothing', async (_what, prepare, statement, restore) => {
    await house.raw.raw(prepare)
    try {
      const shown = JSON.stringify(await seen(house, statement))
      expect(shown).not.toMatch(/\d{3}-\d{2}-\d{4}/)
      expect(shown).toContain('CARDEA_')
    } finally {
      await house.raw.raw(restore)
    }
    expect(await seen(house, 'select id, note from payments where id = 1')).toMatchObject({ rowCount: 1 })
  })
})
