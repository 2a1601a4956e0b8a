import { beforeAll, describe, expect, test } from '@jest/globals'
import { type FactsOf, flows, loadFacts, uses } from './kit.js'

let factsOf: FactsOf
beforeAll(async () => {
  factsOf = await loadFacts()
})

/** Statement, and what it does with `cards.pan`. */
const cases: readonly (readonly [string, readonly string[]])[] = [
  ["select id from cards where pan = '4111111111111111'", ['predicate equality-constant']],
  ['select id from cards where $1 = pan', ['predicate equality-constant']],
  ['select id from cards where pan in ($1, $2)', ['predicate equality-constant']],
  ['select id from cards where pan = any($1)', ['predicate equality-constant']],
  ['select id from cards where pan = any(array[$1, $2])', ['predicate equality-constant']],
  ['select id from cards where (id, pan) = (1, $1)', ['predicate equality-constant']],
  ['select id from cards where (id, pan) in ((1, $1))', ['predicate equality-constant']],
  ['select id from cards where pan is not distinct from $1', ['predicate equality-constant']],
  ['select id from cards where pan::text = $1', ['predicate equality-constant']],
  ['select id from cards where pan = lower($1)', ['predicate equality-constant']],
  ['select id from cards where pan <> $1', ['predicate other']],
  ['select id from cards where pan not in ($1)', ['predicate other']],
  ['select id from cards where pan is distinct from $1', ['predicate other']],
  ['select id from cards where pan = all($1)', ['predicate other']],
  ["select id from cards where pan like '4%'", ['predicate pattern']],
  ["select id from cards where pan not ilike '4%' escape 'x'", ['predicate pattern']],
  ["select id from cards where pan ~ '^4'", ['predicate pattern']],
  ["select id from cards where pan similar to '4%'", ['predicate pattern']],
  ["select id from cards where pan ^@ '4'", ['predicate pattern']],
  ["select id from cards where pan > '4'", ['predicate range']],
  ["select id from cards where pan between '4' and '5'", ['predicate range']],
  ["select id from cards where pan not between symmetric '4' and '5'", ['predicate range']],
  ['select id from cards where pan is null', ['predicate null-test']],
  ['select id from cards where upper(pan) = $1', ['predicate other']],
  ['select id from cards where left(pan, 6) = $1', ['predicate other']],
  ['select id from cards where length(pan) = 16', ['predicate other']],
  ["select id from cards where starts_with(pan, '4')", ['predicate other']],
  ['select id from cards where pan::bigint % 2 = 0', ['fallible', 'predicate other']],
  ["select id from cards where (pan || '') = $1", ['predicate other']],
  ['select id from cards where pan = brand', ['predicate equality-column']],
  ['select id from cards where pan in (select note from payments)', ['predicate equality-column']],
  ['select id from cards where brand in (select pan from cards)', ['predicate equality-column']],
  [
    'select id from cards where (pan, 1) = (select note, 1 from payments limit 1)',
    ['predicate equality-column'],
  ],
  [
    "select id from cards where exists (select 1 from payments where note like '%' || pan)",
    ['predicate pattern'],
  ],
  ['select id from cards where not (pan = $1)', ['predicate equality-constant']],
  ['select id from cards where (pan = $1) is true', ['predicate equality-constant']],
  [
    "select id from cards where case when pan like '4%' then true end",
    ['predicate other', 'predicate pattern'],
  ],
  ['select id from cards order by pan', ['order']],
  ['select id from cards order by left(pan, 6) desc', ['order']],
  ['select pan as x from cards order by x', ['order', 'output']],
  ['select pan from cards order by 1', ['order', 'output']],
  ['select pan as id from cards order by id', ['order', 'output']],
  ['select id from cards order by pan using <', ['order']],
  ['select count(*) from cards group by pan', ['group']],
  ['select count(*) from cards group by left(pan, 6)', ['group']],
  ['select left(pan, 6) x, count(*) from cards group by x', ['group', 'output']],
  ['select count(*) from cards group by rollup (brand, pan)', ['group']],
  ['select count(*) from cards group by grouping sets ((pan), ())', ['group']],
  ['select brand from cards group by brand having max(pan) = $1', ['having other']],
  ['select brand from cards group by brand having count(pan) > 3', ['having null-test']],
  ['select distinct pan from cards', ['distinct', 'output']],
  ['select distinct on (pan) id from cards', ['distinct']],
  ['select count(distinct pan) from cards', ['distinct', 'predicate null-test']],
  ["select count(*) filter (where pan like '4%') from cards", ['predicate pattern']],
  ["select string_agg(brand, ',' order by pan) from cards", ['order']],
  ['select rank() over (order by pan) from cards', ['output', 'window']],
  ['select sum(id) over (partition by pan) from cards', ['output', 'window']],
  ['select rank() over w from cards window w as (partition by pan)', ['output', 'window']],
  ['select cards.id from cards join payments on note = pan', ['join equality-column']],
  ["select cards.id from cards left join payments on pan like '4%'", ['join pattern']],
  ['select 1 from cards join tokens using (pan)', ['join equality-column']],
  ['select 1 from cards natural join tokens', ['join equality-column']],
  ['select 1 from cards c, payments p where p.note = c.pan', ['predicate equality-column']],
  [
    'select id from cards limit (select pan::int from cards limit 1)',
    ['fallible', 'output', 'predicate other'],
  ],
  ['select 1 offset (select length(pan) from cards limit 1)', ['output', 'predicate other']],
  ["select case pan when '4' then 1 end from cards", ['output', 'predicate equality-constant']],
  ["select nullif(pan, '4') from cards", ['output', 'predicate equality-constant']],
  ['select pan from cards union select note from payments', ['distinct', 'output']],
  ['select pan from cards intersect select $1', ['join equality-column', 'output']],
  ["select '4' except select pan from cards", ['join equality-column', 'output']],
  ['select exists (select 1 from cards where pan = $1)', ['predicate equality-constant']],
  ['select (select count(*) from cards where pan > $1)', ['predicate range']],
  ["select 1 from card_view where number like '4%'", ['predicate pattern']],
  ['select 1 from (select pan as p from cards) x where p = $1', ['predicate equality-constant']],
  ['with x as (select pan p from cards) select 1 from x where p < $1', ['predicate range']],
  ["select 1 from cards, lateral (select 1 where pan ~ '4') x", ['predicate pattern']],
  [
    'select * from generate_series(1, (select length(pan) from cards limit 1)) g',
    ['output', 'predicate other'],
  ],
  ['select 1 from (select id, pan from cards) x', []],
  ['update cards set pan = $1 where id = 1', ['assignment']],
  ["delete from cards where pan like '4%'", ['predicate pattern']],
  [
    'insert into cards (id, customer_id, pan) values (1, 2, $1) on conflict (pan) do nothing',
    ['assignment', 'predicate equality-constant'],
  ],
  ['update cards set brand = $1 where id = 1 returning pan', ['output', 'returning']],
  [
    'merge into cards c using payments p on c.pan = p.note when matched then delete',
    ['join equality-column'],
  ],
  [
    "merge into cards c using payments p on c.id = p.id when matched and pan like '4%' then delete",
    ['predicate pattern'],
  ],
]

describe('what a statement does with a column', () => {
  test.each(cases)('%s', (statement, expected) => {
    const found = uses(factsOf(statement)).filter(
      use => use.startsWith('cards.pan ') || use.startsWith('unanalyzable'),
    )
    expect(found.map(use => use.replace('cards.pan ', ''))).toEqual(expected)
  })
})

const flowCases: readonly (readonly [string, readonly string[]])[] = [
  ['insert into payments (id, note) select id, pan from cards', ['cards.pan to public.payments.note pan']],
  [
    'insert into payments (id, note) select id, left(pan, 6) from cards',
    ['cards.pan to public.payments.note pan'],
  ],
  [
    'insert into payments (id, note) values (1, (select ssn from customers limit 1))',
    ['customers.ssn to public.payments.note ssn'],
  ],
  ['insert into tokens (pan) select pan from cards', []],
  ['insert into tokens (pan) select ssn from customers', ['customers.ssn to public.tokens.pan ssn']],
  ['insert into card_view (id, number) select 1, pan from cards', []],
  ['insert into payments (amount) select count(pan) from cards', []],
  ['update customers set name = ssn where id = 1', ['customers.ssn to public.customers.name ssn']],
  [
    "update customers set (name, email) = (ssn, 'x') where id = 1",
    ['customers.ssn to public.customers.name ssn'],
  ],
  [
    'update customers set (name, email) = (select ssn, null from customers limit 1) where id = 1',
    ['customers.ssn to public.customers.name ssn', 'customers.ssn to public.customers.email ssn'],
  ],
  [
    'insert into payments (id, note) select 1, pan from cards on conflict (id) do update set status = excluded.note',
    ['cards.pan to public.payments.note pan', 'cards.pan to public.payments.status pan'],
  ],
  [
    'merge into payments p using cards c on p.id = c.id when not matched then insert (id, note) values (1, c.pan)',
    ['cards.pan to public.payments.note pan'],
  ],
  [
    'with x as (select pan from cards) insert into payments (note) select pan from x',
    ['cards.pan to public.payments.note pan'],
  ],
  ['select pan into copied from cards', ['cards.pan to public.copied.pan pan']],
  [
    'select pan into temp copied from cards union all select note from payments',
    ['cards.pan to pg_temp.copied.pan pan'],
  ],
  ['create table vault.copied (x) as select pan from cards', ['cards.pan to vault.copied.x pan']],
  ['create materialized view m as select upper(pan) from cards', ['cards.pan to public.m.upper pan']],
  ['copy cards (pan) to stdout', ['cards.pan to client pan']],
  ["copy (select pan from cards) to '/tmp/x'", ['cards.pan to file pan']],
  ["copy (select pan from cards) to program 'curl'", ['cards.pan to file pan']],
  ['declare c cursor for select pan from cards', ['cards.pan to session pan']],
  ["select set_config('x.y', pan, false) from cards", ['cards.pan to session pan']],
  ["select pg_notify('x', pan) from cards", ['cards.pan to session pan']],
  ['select send_away(pan) from cards', ['cards.pan to function send_away pan']],
  ['select upper(pan) from cards', []],
  [
    'call log_it((select pan from cards limit 1))',
    ['cards.pan to function log_it pan', 'cards.pan to session pan'],
  ],
]

describe('where labelled data goes', () => {
  test.each(flowCases)('%s', (statement, expected) => {
    expect(flows(factsOf(statement))).toEqual(expected)
  })
})
