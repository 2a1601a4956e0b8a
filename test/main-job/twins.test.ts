/**
 * Non-interference: twins A and B differ only in protected characters (same BIN, last four, length and
 * Luhn validity; other SSNs and CVVs). Whatever an agent sends, it must see the same on both.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CardeaError } from '../../src/index.js'
import { describePostgres } from '../support/databases.js'
import { openHouse, POLICY, type TestHouse } from './house.js'

const STATEMENTS = [
  'select * from customers order by id',
  'select id, customer_id, pan, brand from cards order by id',
  'select pan as a, pan as b from cards order by id',
  'select c.* from (select id, pan from cards) c order by id',
  'with p as (select pan from cards order by id) select * from p',
  'select pan from cards union select pan from cards',
  'select pan from cards union all select name from customers',
  'select min(pan), max(pan) from cards',
  'select count(distinct pan) from cards',
  'select count(pan), count(*) from cards',
  'select pan is null as missing from cards order by id',
  'select id from cards order by pan',
  'select id from cards order by pan limit 1',
  'select row_number() over (order by pan) as n, id from cards order by id',
  `select id from cards where pan > '4111111500000000'`,
  `select count(*) from cards where pan like '41111111%'`,
  `select id from cards where pan = '4111111111111111'`,
  `select id from cards where substr(pan, 7, 1) = '1'`,
  `select case when pan like '41111111%' then 1 else 0 end as bit from cards order by id`,
  'select length(pan), ascii(substr(pan, 8)) from cards order by id',
  `select encode(convert_to(pan, 'UTF8'), 'hex') from cards order by id`,
  `select encode(convert_to(pan, 'UTF8'), 'base64') from cards order by id`,
  'select md5(pan) from cards order by id',
  'select pan::numeric % 9973 as r from cards order by id',
  'select cast(pan as int) from cards order by id',
  'select 1 / (case when substr(pan, 7, 1) = $$1$$ then 0 else 1 end) from cards',
  'select json_agg(c) from cards c',
  'select row_to_json(c)::text from cards c',
  'select c from cards c order by id',
  'select c::text from cards c order by id',
  'select string_agg(pan, $$,$$) from cards',
  'select array_agg(pan order by id) from cards',
  'select brand, count(*) from cards group by brand order by brand',
  'select pan, count(*) from cards group by pan order by 2',
  'select a.id from cards a join cards b on a.pan < b.pan order by 1',
  'select p.id from payments p join cards c on position(substr(c.pan, 7, 6) in p.note) > 0 order by 1',
  'select exists (select 1 from cards where pan like $$4111111%$$)',
  'select (select pan from cards where id = 1)',
  'select coalesce(pan, $$x$$), nullif(pan, $$4111111111111111$$) from cards order by id',
  'select ssn from customers order by id',
  'select right(ssn, 4) from customers order by id',
  'select cvv from cards order by id',
  'select id, note from payments order by id',
  'explain select pan from cards',
  'explain analyze select id from cards where pan like $$41111111%$$',
  'select most_common_vals::text from pg_stats where tablename = $$cards$$',
  'select query from pg_stat_activity',
  'insert into payments values (99, 1, 1, $$s$$, (select pan from cards where id = 1)) returning note',
  'update cards set brand = pan where id = 1 returning brand',
  'update cards set pan = pan where id = 1 returning pan',
  'delete from cards where pan like $$4111111%$$ returning id',
  'insert into cards select id, customer_id, pan from cards on conflict (id) do update set pan = excluded.pan returning pan',
  'create table copy as select * from cards',
  'copy cards to stdout',
  'select pan from cards tablesample bernoulli (100) order by id',
  'select distinct pan from cards',
  'select distinct on (pan) id from cards order by pan',
  'select id from cards where pan in (select note from payments)',
  'select lag(pan) over (order by id) from cards',
  'values ((select pan from cards where id = 2))',
  'table cards',
  'select x.* from cards c, lateral (select c.pan || c.brand as y) x order by 1',
  'select unnest(array[pan, brand]) from cards order by 1',
  'select regexp_matches(pan, $$^(\\d{8})$$) from cards order by id',
  'select to_char(pan::numeric, $$9999999999999999$$) from cards order by id',
  'select xmlelement(name x, pan) from cards order by id',
  'select query_to_xml($$select pan from cards$$, true, false, $$$$)',
]

describePostgres('twins', () => {
  let a: TestHouse
  let b: TestHouse
  beforeAll(async () => {
    ;[a, b] = await Promise.all([openHouse({ twin: 'A' }), openHouse({ twin: 'B' })])
  })
  afterAll(() => Promise.all([a.close(), b.close()]))

  test.each(STATEMENTS)('%s', async sql => {
    expect(await seen(a, sql)).toEqual(await seen(b, sql))
  })

  test('a disguise of an unlabelled column shows what a detector cannot see; a label closes it', async () => {
    const policy = `${POLICY}  - { column: public.payments.note, label: pan }\n`
    const labelled = await Promise.all([openHouse({ twin: 'A', policy }), openHouse({ twin: 'B', policy })])
    try {
      for (const sql of [
        'select upper(note) from payments order by id',
        'select note from payments order by id',
      ]) {
        const [one, other] = await Promise.all(labelled.map(house => seen(house, sql)))
        expect(one).toEqual(other)
      }
      const disguised = 'select upper(note) from payments where id = 8'
      expect(await seen(a, disguised)).not.toEqual(await seen(b, disguised))
    } finally {
      await Promise.all(labelled.map(house => house.close()))
    }
  })

  test('the twins do differ, so that the comparison can fail', async () => {
    const read = (house: TestHouse) => house.raw('cards').orderBy('id').pluck('pan')
    expect(await read(a)).not.toEqual(await read(b))
  })
})

/** Everything that a caller can observe, but for time and ids. */
async function seen(house: TestHouse, sql: string): Promise<unknown> {
  try {
    const { rows, rowCount, command, fields } = await house.db.raw(sql)
    return { rows, rowCount, command, names: fields?.map((field: { name: string }) => field.name) }
  } catch (error) {
    if (error instanceof CardeaError)
      return { code: error.code, message: error.message.replace(/\(decision \w+\)/, '') }
    return { ...(error as object), message: (error as Error).message }
  }
}
