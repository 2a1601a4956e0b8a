/** Extensions that people install overload built-in names; ordinary statements beside them stay ordinary. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describePostgres } from '../support/databases.js'
import { ask, openShop, type Shop, type Statement } from './shop.js'

const EXTENSIONS = `
create extension citext;
create extension hstore;
create extension pg_trgm;
create extension pgcrypto;
create table accounts (id int primary key, mail citext not null unique, name text, options hstore, token uuid default gen_random_uuid());
insert into accounts values (1, 'Ann@X.test', 'Ann', 'a=>1', '11111111-1111-4111-8111-111111111111'), (2, 'bo@x.test', 'Bo', null, '22222222-2222-4222-8222-222222222222');
create view named_accounts as select id, name from accounts where name <> 'x' and id % 2 >= 0;
create function twice(int) returns int language sql immutable as 'select $1 * 2'`

const READS: readonly Statement[] = [
  'select * from accounts order by id',
  'select id, name from accounts where id = 1',
  ['select id, name from accounts where name = $1 and id <> $2', 'Ann', 7],
  'select a.id, b.name from accounts a join accounts b on b.id = a.id and b.name = a.name order by 1',
  'select id from accounts join orders using (id)',
  "select id, replace(name, 'n', 'm'), split_part(name, 'n', 1), strpos(name, 'n') from accounts order by id",
  "select regexp_replace(name, 'n+', '*'), regexp_match(name, 'n'), name like 'A%', name ilike 'a%', name ~ '^A' from accounts order by id",
  'select max(name), min(id), max(token::text) from accounts',
  "select id % 2, (id + 5) % 2 from accounts where id in (1, 2) and name between 'A' and 'Z' order by id",
  "select case name when 'Ann' then 1 else 0 end from accounts order by id",
  ['select id from accounts where id = any($1) order by id', [1, 2]],
  "select attributes -> 'color', attributes ->> 'watt', attributes ? 'wheels' from products where attributes @> '{}' order by id",
  "select status from orders where status = 'paid' and placed_at > '2024-01-01' order by id",
  "select mail, mail::text, id from accounts where mail::text = 'bo@x.test'",
  'select gen_random_uuid() is not null as u',
  'select * from named_accounts order by id',
  "select count(*) from accounts where name = any(array['Ann', 'Bo']) or (id, name) = (1, 'Ann') or id = (select min(id) from accounts)",
  "select table_name from information_schema.tables where table_schema = 'public' and table_name = 'accounts'",
  "select relname from pg_class where relname = 'accounts' and relkind = 'r'",
]

/** These do run code that came with an extension or from a user: the policy's owner has to say so. */
const FOREIGN: readonly Statement[] = [
  "select id from accounts where mail = 'ANN@x.test'",
  ['select id from accounts where mail = $1', 'x'],
  'select a.id from accounts a join accounts b on a.mail = b.mail',
  'select id from accounts join (select mail from accounts) b using (mail)',
  'select id from accounts where mail in (select mail from accounts)',
  "select case mail when 'x' then 1 end from accounts",
  "select id from accounts where coalesce(mail, mail) = 'x'",
  "with a as (select mail as m from accounts) select 1 from a where m <> 'x'",
  "select replace(mail, 'a', 'b') from accounts",
  "select id from accounts where 'x'::citext = name",
  "select options -> 'a' from accounts",
  "select id from accounts where name % 'An'",
  "select similarity(name, 'An') from accounts",
  'select twice(id) from accounts',
  'select public.gen_random_uuid()',
  'select id from accounts where id operator(public.%) 2',
  "select digest('x', 'sha256')",
]

describePostgres('extensions', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop(EXTENSIONS)
  })
  afterAll(() => shop.close())

  test.each(READS.map(statement => ({ statement })))('$statement', async ({ statement }) => {
    expect(await shop.verdict(statement)).toMatchObject({ effect: 'allow' })
    expect(await ask(shop.governed, statement)).toStrictEqual(await ask(shop.plain, statement))
  })

  test.each(FOREIGN.map(statement => ({ statement })))('foreign code: $statement', async ({ statement }) => {
    expect(await shop.verdict(statement)).toMatchObject({ effect: 'deny', rule: 'pci/unlisted-function' })
  })
})
