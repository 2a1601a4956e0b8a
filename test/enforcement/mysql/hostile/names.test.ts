/** Names that a server could look up elsewhere than we do: in another case, trimmed, made of an expression's text, or further on in WITH. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type mysql from 'mysql2/promise'
import { PAN } from '../../../support/billing.js'
import { describeMariadb } from '../../../support/databases.js'
import { openWire, type Wire } from '../wire.js'

const TABLES = `
create table cards (id int primary key, pan varchar(32), tracks varchar(32));
insert into cards values (1, '${PAN}', 'none'), (2, '5500005555555559', 'none');
create table payments (id int primary key, status varchar(20));
insert into payments values (1, 'open'), (2, 'open');
`
const BACKWARDS = [...PAN].reverse().join('')

/** Each reads cards backwards, so that only lineage can tell. */
const NAMES = [
  // Aliases and tables of WITH that differ in capital letters.
  "select (select reverse(A.pan) from (select 'x' as pan) a) q from cards A",
  "select (select reverse(CARDS.pan) from (select 'x' as pan) cards) q from cards CARDS",
  "select (select reverse(cards.pan) from (select 'x' as pan) CARDS) q from cards",
  "select reverse(a.pan) from (select 'x' as pan) A, cards a",
  "with CARDS as (select 'x' as pan) select reverse(pan) from cards",
  "with recursive CARDS as (select 'x' as pan) select reverse(pan) from cards",
  "with recursive x as (with CARDS as (select 'x' as pan) select reverse(pan) p from cards) select p from x",
  // Tables of WITH RECURSIVE ahead of their place.
  "with recursive a as (select reverse(pan) as p from cards), cards as (select 'x' as pan) select p from a",
  "with recursive a as (select * from (select reverse(pan) as p from cards) x), cards as (select 'x' as pan) select p from a",
  "select * from (with recursive a as (select reverse(pan) as p from cards), cards as (select 'x' as pan) select p from a) q",
  "with recursive a as (with b as (select reverse(pan) as p from cards) select p from b), cards as (select 'x' as pan) select p from a",
  // Names that begin with what the servers leave out, and letters that they do not keep or agree on.
  "select (select pan from (select reverse(c.pan) as ` pan` from cards c limit 1) t) q from (select 'x' as pan) u",
  "select (select pan from (select reverse(c.pan) as '\\t pan' from cards c limit 1) t) q from (select 'x' as pan) u",
  "select (select `😁` from (select reverse(pan) as `😀` from cards limit 1) t) q from (select 'x' as `😁`) u",
  "select (select `İd` from (select reverse(pan) as id from cards limit 1) t) q from (select 'x' as `İd`) u",
  "select (select reverse(pan) from (select 'x' as pan, 1 as `tracKs`) t where tracks is not null) q from cards",
  "select (select `\u212a` from (select reverse(pan) as k from cards limit 1) t) q from (select 'x' as `\u212a`) u",
  "select (select k from (select 'x' as `\u212a`) t) q from (select reverse(pan) as k from cards) u",
  // Names that are made of an expression's text.
  "select (select `concat(reverse(pan),'?')` from (select concat(reverse(pan),'😀') from cards limit 1) t) q from (select 'x' as `concat(reverse(pan),'?')`) u",
  "select (select reverse(pan) from (select '\u00a0pan') t) q from cards",
  "select (select reverse(pan) from (select ' pan') t) q from cards",
  "select (select k from (values ('k'), ((select reverse(pan) from cards limit 1))) t limit 1 offset 1) q from (select 'x' as k) u",
  "select (select k from (values row('k'), row((select reverse(pan) from cards limit 1))) t limit 1 offset 1) q from (select 'x' as k) u",
  'select (select column_0 from (values (1)) t) q from (select reverse(pan) as column_0 from cards) u',
]

/** What stays understood. */
const PLAIN = [
  'with a as (select id from payments), b as (select id from a) select id from b where id = 1',
  'with recursive n as (select 1 as i union all select i + 1 from n where i < 3), m as (select i from n) select max(i) as id from m having id = 3',
  "select p.id, status as 'der Stand', status as `Größe` from payments p where p.id = 1",
  'select id, count(*) from payments group by id having `count(*)` > 0',
  'select x.`count(*)` from (select count(*) from payments) x',
  'select id from payments where exists (select 1 from (select count(*) from cards) c where status = "open")',
  'select C.id from cards C join payments `P` on P.id = C.id where `C`.id = 1',
]

describeMariadb('names through the MySQL door', () => {
  let wire: Wire
  let client: mysql.Connection
  beforeAll(async () => {
    wire = await openWire({ tables: TABLES })
    client = await wire.connect()
  })
  afterAll(() => wire.close())

  test.each(NAMES)('%s', async sql => {
    const seen = await client.query(sql).then(
      ([rows]) => JSON.stringify(rows),
      (error: Error) => error.message,
    )
    expect(seen).not.toContain(BACKWARDS.slice(0, 9))
    expect(seen).not.toContain(PAN.slice(0, 9))
  })

  test('the server itself shows cards for some of these, or they show nothing', async () => {
    const shown = await Promise.all(
      NAMES.map(sql =>
        wire.sql(sql).then(
          rows => JSON.stringify(rows).includes(BACKWARDS),
          () => false,
        ),
      ),
    )
    expect(shown.filter(Boolean).length).toBeGreaterThan(5)
  })

  test.each(PLAIN)('understood: %s', async sql => {
    const [rows] = await client.query(sql)
    expect(rows).toEqual(await wire.sql(sql))
  })
})
