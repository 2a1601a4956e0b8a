import { beforeAll, describe, expect, test } from '@jest/globals'
import { effects, type FactsOf, loadFacts } from './kit.js'

let factsOf: FactsOf
beforeAll(async () => {
  factsOf = await loadFacts()
})

/** Statement, and its effects from the outside in. */
const cases: readonly (readonly [string, readonly string[]])[] = [
  ['select 1', ['select']],
  [
    'with d as (delete from payments where id = 1 returning *) select * from d',
    ['select', 'delete payments keyed 1'],
  ],
  [
    'with i as (insert into payments (id) values (1) returning id), u as (update cards set brand = $1 where id = 1) delete from customers where id = 1',
    ['delete customers keyed 1', 'insert payments 1', 'update cards keyed 1'],
  ],
  ['insert into payments (id) values (1), (2)', ['insert payments 2']],
  ['insert into payments default values', ['insert payments 1']],
  ['insert into payments select * from payments', ['insert payments']],
  [
    'insert into payments (id) values (1) on conflict (id) do update set note = $1',
    ['insert payments 1', 'update on conflict do update payments keyed 1'],
  ],
  [
    'insert into payments (id) select id from cards on conflict (id) do update set note = $1',
    ['insert payments', 'update on conflict do update payments open'],
  ],
  ['insert into payments (id) values (1) on conflict do nothing', ['insert payments 1']],
  [
    'merge into payments p using (values (1), (2)) v (id) on p.id = v.id when matched then delete when not matched then insert (id) values (v.id)',
    ['merge payments', 'delete merge delete payments keyed 2', 'insert merge insert payments 2'],
  ],
  [
    'merge into payments p using (select $1 as id) v on v.id = p.id when matched and p.amount > 1 then update set note = $2',
    ['merge payments', 'update merge update payments keyed 1'],
  ],
  [
    'merge into payments p using cards c on p.card_id = c.id and c.id = 5 when matched then update set note = $1',
    ['merge payments', 'update merge update payments bounded'],
  ],
  [
    'merge into payments p using (values (1)) v (id) on p.id = v.id when not matched by source then delete',
    ['merge payments', 'delete merge delete payments none'],
  ],
  [
    'merge into payments p using cards c on p.id = c.id when matched then delete when not matched then insert (id) values (c.id)',
    ['merge payments', 'delete merge delete payments open', 'insert merge insert payments'],
  ],
  ['explain delete from payments', ['explain']],
  ['explain (analyze) delete from payments', ['explain explain analyze', 'delete payments none']],
  ['explain (analyze off) delete from payments', ['explain']],
  ['explain (analyze 0) delete from payments', ['explain']],
  [
    'explain (analyze true, buffers) delete from payments',
    ['explain explain analyze', 'delete payments none'],
  ],
  [
    'explain analyze with d as (delete from payments) select 1',
    ['explain explain analyze', 'select', 'delete payments none'],
  ],
  ['create table x as select 1', ['ddl create table as', 'select']],
  ['create table x as execute p(1)', ['ddl create table as', 'procedural execute']],
  ['create materialized view x as select 1', ['ddl create materialized view', 'select']],
  ['select 1 into x', ['ddl select into', 'select']],
  ['select 1 into x union select 2', ['ddl select into', 'select']],
  ['copy cards to stdout', ['export copy to']],
  ["copy cards to '/tmp/x'", ['export copy to file']],
  ["copy cards to program 'cat'", ['export copy to program']],
  ['copy (delete from payments returning *) to stdout', ['export copy to', 'delete payments none']],
  ['copy cards from stdin', ['import copy from cards']],
  ["copy cards from '/tmp/x' where id = 1", ['import copy from file cards']],
  ["copy cards from program 'cat'", ['import copy from program cards']],
  ['declare c cursor for select 1', ['cursor declare cursor', 'select']],
  ['fetch all from c', ['cursor fetch']],
  ['move c', ['cursor move']],
  ['close c', ['cursor close']],
  ['prepare p as delete from payments', ['procedural prepare', 'delete payments none']],
  ['execute p(1)', ['procedural execute']],
  ['deallocate p', ['procedural deallocate']],
  ['do $$ begin delete from payments; end $$', ['procedural do']],
  ['call f()', ['procedural call']],
  ['begin', ['transaction begin']],
  ['start transaction', ['transaction begin']],
  ['begin isolation level serializable, read only', ['transaction begin']],
  ['begin read write', ['transaction begin read write']],
  ['commit', ['transaction commit']],
  ['end', ['transaction commit']],
  ['commit and chain', ['transaction commit and chain']],
  ['rollback', ['transaction rollback']],
  ['abort', ['transaction rollback']],
  ['savepoint s', ['transaction savepoint']],
  ['release s', ['transaction release']],
  ['rollback to s', ['transaction rollback to']],
  ["prepare transaction 'x'", ['transaction prepare transaction']],
  ["commit prepared 'x'", ['transaction commit prepared']],
  ["rollback prepared 'x'", ['transaction rollback prepared']],
  ['set transaction isolation level serializable', ['transaction set transaction']],
  ["set transaction snapshot 'x'", ['transaction set transaction snapshot']],
  ['set constraints all deferred', ['transaction set constraints']],
  ['lock table cards', ['transaction lock table']],
  ['set search_path to x', ['session set']],
  ['set local statement_timeout to 0', ['session set local']],
  ['set session characteristics as transaction read write', ['session set session characteristics']],
  ['set role x', ['session set role']],
  ['set session authorization x', ['session set session authorization']],
  ["set names 'utf8'", ['session set']],
  ["set time zone 'utc'", ['session set']],
  ['reset search_path', ['session reset']],
  ['reset all', ['session reset all']],
  ['discard all', ['session discard']],
  ['show search_path', ['session show client setting']],
  ['show data_directory', ['session show']],
  ["load 'x'", ['session load']],
  ['listen x', ['notification listen']],
  ["notify x, 'y'", ['notification notify']],
  ['unlisten *', ['notification unlisten']],
  ['vacuum cards', ['maintenance vacuum']],
  ['analyze', ['maintenance analyze']],
  ['checkpoint', ['maintenance checkpoint']],
  ['cluster cards', ['maintenance cluster']],
  ['reindex table cards', ['maintenance reindex']],
  ['refresh materialized view x', ['maintenance refresh materialized view']],
  ['alter system set x = 1', ['maintenance alter system']],
  ['truncate cards, payments', ['ddl truncate']],
  ['create table x (id int)', ['ddl create table']],
  ['create view x as select 1', ['ddl create view']],
  ['create index on cards (pan)', ['ddl create index']],
  ["create function f() returns int language sql as 'select 1'", ['ddl create function']],
  ["create procedure f() language sql as 'select 1'", ['ddl create procedure']],
  ['create trigger t before insert on cards for each row execute function f()', ['ddl create trigger']],
  ['create rule r as on insert to cards do instead nothing', ['ddl create rule']],
  ['create extension dblink', ['ddl create extension']],
  ['create aggregate a(int) (sfunc = f, stype = int)', ['ddl create aggregate']],
  ['create schema x', ['ddl create schema']],
  ['alter table cards add x int', ['ddl alter table']],
  ['alter table cards rename pan to x', ['ddl rename column']],
  ['alter materialized view x set (fillfactor = 1)', ['ddl alter materialized view']],
  ['drop table cards', ['ddl drop table']],
  ['drop function f(int)', ['ddl drop function']],
  ["comment on table cards is 'x'", ['ddl comment']],
  ['grant select on cards to x', ['privilege grant']],
  ['revoke all on cards from x', ['privilege revoke']],
  ['grant x to y', ['privilege grant role']],
  ['revoke x from y', ['privilege revoke role']],
  ["create role x password 'y'", ['privilege create role']],
  ['alter role x superuser', ['privilege alter role']],
  ['alter role x set search_path = y', ['privilege alter role']],
  ['drop role x', ['privilege drop role']],
  ['alter default privileges grant select on tables to x', ['privilege alter default privileges']],
  ['alter table cards owner to x', ['ddl alter table']],
  ['alter schema public owner to x', ['privilege alter owner']],
  ['reassign owned by x to y', ['privilege reassign owned']],
  ['create policy p on cards', ['privilege create policy']],
]

describe('effects', () => {
  test.each(cases)('%s', (statement, expected) => {
    const facts = factsOf(statement)
    expect(effects(facts)).toEqual(expected)
    expect(facts.analyzable && facts.kind).toBe(expected[0]?.split(' ')[0])
  })
})

describe('read-only', () => {
  test.each([
    'select * from cards',
    'explain delete from cards',
    'explain analyze select 1',
    'show all',
    'copy cards to stdout',
    'values (1)',
    'select upper(name) from customers',
  ])('%s', statement => {
    expect(factsOf(statement)).toMatchObject({ readOnly: true })
  })

  test.each([
    'select 1 for update',
    'select * from cards for key share',
    'with d as (delete from payments where id = 1) select 1',
    'explain analyze delete from cards where id = 1',
    "select nextval('x')",
    'select pg_sleep(1)',
    "select set_config('x', 'y', false)",
    'select mine()',
    'insert into payments default values',
    'begin',
    'set x to y',
    'declare c cursor for select 1',
    "copy cards to '/tmp/x'",
    'copy (delete from payments returning *) to stdout',
    'listen x',
    'lock table cards',
    'select 1 into x',
    'prepare p as select 1',
    'create view x as select 1',
  ])('not: %s', statement => {
    expect(factsOf(statement)).toMatchObject({ analyzable: true, readOnly: false })
  })
})

test('locks are named', () => {
  const locksOf = (statement: string) => {
    const facts = factsOf(statement)
    return facts.analyzable ? facts.locks : [facts.code]
  }
  expect(locksOf('select * from cards for update of cards skip locked')).toEqual(['for update'])
  expect(locksOf('select 1 from (select * from cards for share) x')).toEqual(['for share'])
  expect(locksOf('lock cards in share mode')).toEqual(['lock table in share mode'])
})

describe('relations', () => {
  const relationsOf = (statement: string) => {
    const facts = factsOf(statement)
    return facts.analyzable
      ? facts.relations.map(use => `${use.access} ${use.schema}.${use.relation}`).sort()
      : [facts.code]
  }

  test.each([
    ['select * from card_tail', ['read public.card_tail', 'read public.card_view', 'read public.cards']],
    [
      'update card_view set brand = $1 where id = 1',
      ['read public.cards', 'write public.card_view', 'write public.cards'],
    ],
    ['insert into payments select * from payments', ['read public.payments', 'write public.payments']],
    ['select pan from vault.archive', ['read vault.archive']],
    ['truncate cards, payments', ['write public.cards', 'write public.payments']],
    ['drop table public.cards', ['write public.cards']],
    ['with x as (select 1) select * from x', []],
  ] as const)('%s', (statement, expected) => {
    expect(relationsOf(statement)).toEqual(expected)
  })
})

describe('rows returned at most', () => {
  test.each([
    ['select * from cards limit 10', 10],
    ['select * from cards where id = 1', 1],
    ['select * from cards where id in (1, 2, $1) limit 2', 2],
    ['select * from seats where row = 1 and seat in (1, 2)', 2],
    ['select count(*) from cards', 1],
    ['select max(id) from cards having true', 1],
    ['select 1', 1],
    ['values (1), (2)', 2],
    ['select 1 union all select 2', 2],
    ['select * from (select * from cards limit 5) x limit 9', 9],
    ['update cards set brand = $1 where id in (1, 2) returning id', 2],
    ['select * from cards where false', 0],
  ])('%s: %d', (statement, expected) => {
    expect(factsOf(statement)).toMatchObject({ maxRowsReturned: expected })
  })

  test.each([
    'select * from cards',
    'select * from cards limit $1',
    'select * from cards limit all',
    'select * from cards order by id fetch first 1 row with ties',
    'select generate_series(1, 100)',
    'select 1 order by generate_series(1, 100)',
    'select count(*) from cards group by brand',
    'select c.id from cards c, payments p where c.id = 1',
    'select * from seats where row = 1',
    'select unnest(tags) from events where id = 1',
    'select mine() from cards where id = 1',
    'select 1 union all select id from cards',
  ])('not told: %s', statement => {
    const facts = factsOf(statement)
    expect(facts.analyzable && facts.maxRowsReturned).toBeUndefined()
  })
})
