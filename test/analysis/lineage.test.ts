import { beforeAll, describe, expect, test } from '@jest/globals'
import { type FactsOf, loadFacts, outputs } from './kit.js'

let factsOf: FactsOf
beforeAll(async () => {
  factsOf = await loadFacts()
})

/** Statement, and `name kind sources` for each output column. */
const cases: readonly (readonly [string, readonly string[]])[] = [
  ['select pan from cards', ['pan direct cards.pan']],
  ['select pan as x from cards', ['x direct cards.pan']],
  ['select c.pan from cards c', ['pan direct cards.pan']],
  ['select public.cards.pan from public.cards', ['pan direct cards.pan']],
  ['select (c).pan from cards c', ['pan direct cards.pan']],
  ['select * from tokens', ['token direct tokens.token', 'pan direct tokens.pan']],
  ['select t.* from tokens t', ['token direct tokens.token', 'pan direct tokens.pan']],
  ['select (t).* from tokens t', ['token direct tokens.token', 'pan direct tokens.pan']],
  ['select * from tokens t(a, b)', ['a direct tokens.token', 'b direct tokens.pan']],
  ['table tokens', ['token direct tokens.token', 'pan direct tokens.pan']],
  ['select b from tokens as t(a, b)', ['b direct tokens.pan']],
  ['select p from (select pan from cards) x(p)', ['p direct cards.pan']],
  ['with c as (select pan from cards) select pan from c', ['pan direct cards.pan']],
  [
    'with c(p) as materialized (table tokens) select * from c',
    ['p direct tokens.token', 'pan direct tokens.pan'],
  ],
  ['with cards as (select 1 as pan) select pan from cards', ['pan none']],
  ['with cards as (select 1 as pan) select pan from public.cards', ['pan direct cards.pan']],
  ['with cards as (select * from cards) select pan from cards', ['pan direct cards.pan']],
  ['select x.y from cards c cross join lateral (select c.pan as y) x', ['y direct cards.pan']],
  ['select number from card_view', ['number direct cards.pan']],
  ['select tail from card_tail', ['tail derived cards.pan']],
  ['select ctid, tableoid from cards', ['ctid none', 'tableoid none']],
  // Set operations.
  ['select pan from cards union all select pan from tokens', ['pan direct cards.pan,tokens.pan']],
  ['select pan from cards union all select null', ['pan derived cards.pan']],
  ['select id from customers union all select id from cards', ['id direct customers.id,cards.id']],
  ['select 1 union all select 2', ['?column? none']],
  ['select count(*) from cards union all select 2', ['count aggregate']],
  ['values (1, $1)', ['column1 none', 'column2 none']],
  [
    'with recursive r(n, p) as (select 1, pan from cards union all select n + 1, p from r where n < 3) select * from r',
    ['n none', 'p direct cards.pan'],
  ],
  [
    'with recursive r(a, b) as (select name, pan from customers, cards union all select b, a from r) select a from r',
    ['a direct customers.name,cards.pan'],
  ],
  [
    'with recursive a as (select * from b), b as (select pan from cards) select * from a',
    ['pan direct cards.pan'],
  ],
  ['with recursive a as (select * from cards), cards as (select 1 as pan) select pan from a', ['pan none']],
  [
    `with recursive r(p) as (select pan from cards union all select p from r) search depth first by p set o
     cycle p set c using path select o, c, path from r`,
    ['o derived cards.pan', 'c derived cards.pan', 'path derived cards.pan'],
  ],
  // Joins that merge columns.
  ['select pan from cards join tokens using (pan)', ['pan direct cards.pan,tokens.pan']],
  ['select pan from cards full join tokens using (pan)', ['pan derived cards.pan,tokens.pan']],
  ['select j.pan from cards join tokens using (pan) as j', ['pan direct cards.pan,tokens.pan']],
  ['select tokens.pan from cards join tokens using (pan)', ['pan direct tokens.pan']],
  ['select pan from cards natural join tokens', ['pan direct cards.pan,tokens.pan']],
  ['select j.c from (cards c1 join tokens t on true) as j(a, b, c)', ['c direct cards.pan']],
  // Anything computed.
  ['select upper(pan) from cards', ['upper derived cards.pan']],
  ["select pan || 'x' from cards", ['?column? derived cards.pan']],
  ['select pan::text from cards', ['pan direct cards.pan']],
  ['select pan::varchar from cards', ['pan direct cards.pan']],
  ['select pan::varchar(6) from cards', ['pan derived cards.pan']],
  ['select pan::bigint from cards', ['pan derived cards.pan']],
  ['select exp_year::text from cards', ['exp_year derived cards.exp_year']],
  ['select pan collate "C" from cards', ['pan derived cards.pan']],
  ['select coalesce(pan, $1) from cards', ['coalesce derived cards.pan']],
  ['select greatest(pan, brand) from cards', ['greatest derived cards.pan,cards.brand']],
  ['select case when id = 1 then pan end from cards', ['case derived cards.id,cards.pan']],
  ["select case when pan like '4%' then 1 else 0 end from cards", ['case derived cards.pan']],
  ["select pan = '4111111111111111' from cards", ['?column? derived cards.pan']],
  ["select pan like '4%' as visa from cards", ['visa derived cards.pan']],
  ["select pan in ('4111111111111111') from cards", ['?column? derived cards.pan']],
  ['select nullif(pan, $1) is null from cards', ['?column? derived cards.pan']],
  ['select row(pan, 1) from cards', ['row derived cards.pan']],
  ['select array[pan] from cards', ['array derived cards.pan']],
  ['select t from tokens t', ['t derived tokens.token,tokens.pan']],
  ['select row_to_json(t) from tokens t', ['row_to_json derived tokens.token,tokens.pan']],
  ['select t::text from tokens t', ['t derived tokens.token,tokens.pan']],
  ['select t.*::text from tokens t', ['t derived tokens.token,tokens.pan']],
  ['select json_build_object($1::text, pan) from cards', ['json_build_object derived cards.pan']],
  ['select array_agg(pan) from cards', ['array_agg derived cards.pan']],
  ['select max(pan) from cards', ['max derived cards.pan']],
  ["select string_agg(pan, ',') from cards", ['string_agg derived cards.pan']],
  ['select mode() within group (order by pan) from cards', ['mode derived cards.pan']],
  ['select (select pan from cards limit 1)', ['pan derived cards.pan']],
  ['select array(select pan from cards)', ['array derived cards.pan']],
  ['select lag(pan) over (order by id) from cards', ['lag derived cards.pan,cards.id']],
  ['select rank() over (order by pan) from cards', ['rank derived cards.pan']],
  ['select rank() over w from cards window w as (order by pan)', ['rank derived cards.pan']],
  ['select x from unnest(array(select pan from cards)) x', ['x derived cards.pan']],
  ["select value from cards, jsonb_each_text(jsonb_build_object('p', pan))", ['value derived cards.pan']],
  [
    "select j.* from events, json_table(body, '$' columns (nested path '$.x' columns (a int path '$.a'), b int path '$.b')) j",
    ['b derived events.body', 'a derived events.body'],
  ],
  ['select e.value from events, jsonb_array_elements(body) e', ['value derived events.body']],
  ['select e from events, jsonb_array_elements(body) e', ['e derived events.body']],
  ['select (x.t).pan from (select t from tokens t) x', ['pan derived tokens.pan']],
  [
    'select (x.t).* from (select t from tokens t) x',
    ['token derived tokens.token', 'pan derived tokens.pan'],
  ],
  ['select (r).f1 from (select row(id, pan) as r from cards) x', ['f1 derived cards.id']],
  ['select (select t from tokens t limit 1) is null', ['?column? derived tokens.token,tokens.pan']],
  ['select ((select t from tokens t limit 1)).pan', ['pan derived tokens.pan']],
  ["select c from cards, json_table(pan::jsonb, '$' columns (c text path '$')) j", ['c derived cards.pan']],
  ["select p from cards, xmltable('/a' passing (pan::xml) columns p text) x", ['p derived cards.pan']],
  // Counts and null tests show no value.
  ['select count(*) from cards', ['count aggregate']],
  ['select count(pan) from cards', ['count aggregate cards.pan']],
  ['select count(distinct pan) from cards', ['count aggregate cards.pan']],
  [
    'select count(c) from cards c',
    [
      'count aggregate cards.id,cards.customer_id,cards.pan,cards.exp_month,cards.exp_year,cards.cvv,cards.brand',
    ],
  ],
  ["select count(nullif(pan, '4111111111111111')) from cards", ['count derived cards.pan']],
  [
    'select pan is null, pan is not null from cards',
    ['?column? aggregate cards.pan', '?column? aggregate cards.pan'],
  ],
  ['select exists (select 1 from cards where pan = $1)', ['exists aggregate']],
  ['select (select count(*) from cards) n', ['n aggregate']],
  ['select count(*)::text || $1 from cards', ['?column? aggregate']],
  ['select count(pan)::float / max(exp_year) from cards', ['?column? derived cards.exp_year']],
  ['select now(), $1::int, 1', ['now none', 'int4 none', '?column? none']],
  // What nobody reviewed could show anything.
  ['select secret_function(1)', ['secret_function unknown']],
  ['select * from secret_function(1)', ['* unknown']],
  ['select f.pan from secret_function(1) f', ['pan unknown']],
  ["select query_to_xml('select pan from cards', true, true, '')", ['query_to_xml unknown']],
]

describe('the origin of an output column', () => {
  test.each(cases)('%s', (statement, expected) => {
    expect(outputs(factsOf(statement))).toEqual(expected)
  })
})

test('RETURNING shows what was written, not only where', () => {
  const statement =
    'update payments set note = pan from cards where payments.id = 1 and cards.id = card_id returning note'
  expect(outputs(factsOf(statement))).toEqual(['note direct payments.note,cards.pan'])
  const insert = 'insert into payments (id, note) select 1, upper(ssn) from customers returning note, id'
  expect(outputs(factsOf(insert))).toEqual([
    'note derived payments.note,customers.ssn',
    'id direct payments.id',
  ])
})

test('RETURNING of a merge gives the source’s columns before the target’s', () => {
  const statement = 'merge into tokens t using customers c on false when matched then delete returning *'
  expect(outputs(factsOf(statement)).map(output => output.split(' ')[0])).toEqual([
    'id',
    'name',
    'email',
    'ssn',
    'token',
    'pan',
  ])
})

test('an EXPLAIN shows what its conditions compare, not what its query would show', () => {
  expect(outputs(factsOf("explain select pan from cards where cvv > '1'"))).toEqual([
    'QUERY PLAN derived cards.cvv',
  ])
  expect(outputs(factsOf('explain select pan from cards'))).toEqual(['QUERY PLAN none'])
})

test('labels of a view’s own column count beside those under it', () => {
  const facts = factsOf('select number from card_view')
  expect(facts.analyzable && facts.output[0]?.lineage).toMatchObject({
    kind: 'direct',
    sources: [{ labels: ['pan'] }],
  })
})
