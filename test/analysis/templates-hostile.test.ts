/**
 * Facts by shape, attacked: at every literal of statements in which a literal can mean a great deal, one after the
 * other stands everything that could mean something else. What the analyser finds must be what an analyser finds
 * that has seen no other statement.
 */
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { loadAnalyzer } from '../../src/analysis/analyze.js'
import { postgresTemplate } from '../../src/analysis/dialects/postgres/template.js'
import { type FactsOf, factsWith, literalsOf } from './kit.js'

const STATEMENTS = [
  // Counts, places and positions.
  'select name from customers limit 1 offset 2',
  'select name from customers fetch first 5 rows only',
  'select name from customers limit (select 1)',
  'select name from customers limit 2 * 3',
  'select id, ssn from customers order by 1, 2',
  'select ssn, name from customers order by 2 limit 3',
  'select brand, pan, count(*) from cards group by 1, 2',
  'select distinct on (1) id, pan from cards',
  'select substring(pan from 1 for 6), overlay(pan placing 7 from 1 for 3) from cards',
  "select overlay(pan placing 'xxxxxx' from 7), left(pan, 6), right(pan, 4), substr(pan, 7, 1) from cards",
  "select lpad(pan, 3, 'x'), split_part(ssn, '-', 3), repeat(pan, 0) from customers, cards",
  'select lag(pan, 1) over (order by id), nth_value(pan, 2) over (order by id), ntile(4) over (order by id) from cards',
  'select tags[1], tags[2:3], body -> 0 from events',
  'select generate_series(1, 10), generate_series(1, 3)',
  'select n from generate_series(1, 1000) n limit 5',
  'values (1, 2), (3, 4)',
  // Truths.
  'delete from payments where 1 = 1',
  "delete from payments where 'a' = 'b' or id = 3",
  'delete from payments where id = 1 or 2 < 1',
  'delete from payments where id in (1, 2, 3)',
  'delete from payments where 1 in (2, 3)',
  'delete from payments where 1 between 0 and 2',
  "delete from payments where status like '%' and id > 0",
  "delete from payments where 'x' like 'x'",
  "update payments set amount = 1 where not (1 = 2) or status <> ''",
  "update payments set status = 'x' where (id, amount) = (1, 2)",
  "update payments set status = case when 1 = 1 then 'a' else 'b' end where id = 4",
  "update payments set status = 'x' where id = coalesce(1, 2)",
  "update payments set status = 'x' where '1'::int = 1 and id = 1::bigint",
  'update payments set amount = -1 where id = -1 or id = - 1 or id = +1',
  'delete from payments where id = 1 or id <> 1',
  "delete from payments where status = 'a' or not (status = 'a')",
  'delete from seats where "row" = 1 and seat = 2',
  "select id from cards where pan = '4111111111111111' or 'a' = 'a'",
  "select id from cards where pan in ('4111111111111111', 'x')",
  "select id from cards where pan like '4%' escape 'x'",
  "select id from customers where ssn is distinct from ''",
  "select id from customers where ssn <> 'x' and email = 'y'",
  "select id from customers where ssn similar to 'x' or ssn ~ 'y'",
  'select exists (select 1 from cards where 1 = 2), 1 = any (array[1, 2])',
  // Names and whole statements in strings.
  "select 'cards'::regclass, to_regclass('cards'), 'int4'::regtype, 'public'::regnamespace",
  "select nextval('payments_id_seq'), currval('x'), setval('x', 1)",
  "select pg_read_file('x'), current_setting('x'), set_config('role', 'x', false)",
  "select query_to_xml('select 1', true, false, ''), lo_import('x'), dblink('x', 'select 1')",
  "select pg_relation_size('cards'), has_table_privilege('cards', 'select'), obj_description('cards'::regclass)",
  "select json_build_object('pan', pan, 'id', id), row_to_json(cards) ->> 'pan' from cards",
  "select body ->> 'pan', body #>> '{a,b}', jsonb_path_query(body, '$.pan'), body @> '{}' from events",
  "select json_extract_path_text('{}'::json, 'a', 'b'), jsonb_set(body, '{a}', '1') from events",
  "select xmlelement(name x, pan), xpath('/a', 'x'::xml) from cards",
  "select to_char(amount, '999'), to_char(at, 'YYYY'), to_date('x', 'YYYY'), format('%s', note) from payments, events",
  "select date_trunc('day', at), date_part('year', at), extract(year from at), at at time zone 'UTC' from events",
  "select interval '1 day', interval '1' day, date '2024-01-01', timestamp 'now', time '10:00', '1'::varchar(3)",
  "select encode('x'::bytea, 'hex'), decode('00', 'hex'), convert_from('x'::bytea, 'UTF8'), chr(65)",
  "select name collate \"C\" || 'x', string_agg(name, ','), array_to_string(array['a', 'b'], ',') from customers group by 1",
  "select regexp_replace(ssn, 'a', 'b', 'g'), translate(ssn, '1', '2'), replace(ssn, 'a', 'b') from customers",
  "insert into payments (id, card_id, amount, status, note) values (1, 2, 3, 'a', 'b'), (4, 5, 6, 'c', 'd')",
  "insert into payments (id, note) select id, 'x' from cards where id = 1",
  "insert into payments (id, status) values (1, 'a') on conflict (id) do update set status = 'b' where payments.id = 2 returning 3",
  "with a as (select 1 as n, 'x' as t), b as (delete from payments where id = 7 returning id) select * from a, b limit 9",
  "select * from customers where id = 1 union select 2, 'a', 'b', 'c' order by 1",
  "explain (analyze 1, format 'json') select 1",
  'select id from customers tablesample bernoulli (10) repeatable (1)',
  "set work_mem = '1MB'",
  'set local statement_timeout = 5',
  'set transaction isolation level serializable',
  "copy cards to 'x'",
  'listen x',
  "select 'a' 'b'",
  "select 'a'\n  'b', E'a'\n  'b\\'c', U&'a' uescape '!', B'1'\n  '0'",
  'select 1 as "1", \'a\' as a, 1e3, 1.5, 0x1F, $$x$$, 12345678901, 1_000',
  'select /* 1 */ 2 -- 3\n, 4',
]

/** What a literal may be and mean. */
const NUMBERS = ['0', '1', '2', '3', '4', '16', '100', '00', '1000000', '999999999']
const STRINGS = [
  ...["'x'", "'a'", "'b'", "'%'", "'%%'", "'_'", "'1'", "'0'", "'t'", "'off'", "'null'"],
  ...["'pan'", "'cards'", "'public.cards'", "'pg_authid'", "'role'", "'$.*'", "'$.pan'", "'{pan}'"],
  ...[
    "'select pan from cards'",
    "'4111111111111111'",
    "'now'",
    "'infinity'",
    "'it''s'",
    "'\\'",
    "'/* '",
    "'--'",
  ],
  ...["'yes'", "'9999-12-31'", "'FM9999999999999999'", "'escape'", "'g'", "'/etc/passwd'", "'e'''", "'\"'"],
]

/** Every literal at every place by night; a quarter of them, another at each place, for every change. */
const ALL = process.env['CARDEA_GOVERNANCE'] === 'all'

interface Slot {
  readonly before: string
  readonly literal: string
  readonly after: string
}

/** Each literal of a statement, with what stands before and behind it. */
function slotsOf(sql: string): readonly Slot[] {
  return literalsOf(sql).map(({ at, text }) => ({
    before: sql.slice(0, at),
    literal: text,
    after: sql.slice(at + text.length),
  }))
}

describe('facts by shape, attacked', () => {
  let fresh: FactsOf
  beforeAll(async () => {
    fresh = factsWith(await loadAnalyzer({ cacheSize: 0 }))
  })

  test('no literal ever gets the facts of another that mean something else', async () => {
    const known = factsWith(await loadAnalyzer())
    const counted = { shared: 0, different: 0 }
    const wrong: object[] = []
    let turn = 0
    for (const sql of STATEMENTS) {
      for (const { before, literal, after } of slotsOf(sql)) {
        const seen = new Set<object>()
        turn += 1
        const first = JSON.stringify(known(sql))
        const pool = literal.startsWith("'") ? STRINGS : NUMBERS
        for (const other of ALL ? pool : pool.filter((_, at) => (at + turn) % 4 === 0)) {
          const text = `${before}${other}${after}`
          const facts = known(text)
          const should = fresh(text)
          if (JSON.stringify(facts) !== JSON.stringify(should)) wrong.push({ text, facts, should })
          if (seen.has(facts)) counted.shared += 1
          if (JSON.stringify(should) !== first) counted.different += 1
          seen.add(facts)
        }
      }
    }
    expect(wrong).toEqual([])
    // Both happen often, or nothing is shown.
    expect(counted.shared).toBeGreaterThan(200)
    expect(counted.different).toBeGreaterThan(20)
  })

  test('whatever order they come in, and however many of them change at once', async () => {
    const known = factsWith(await loadAnalyzer())
    fc.assert(
      fc.property(
        fc.constantFrom(...STATEMENTS),
        fc.array(fc.nat(STRINGS.length * NUMBERS.length), { minLength: 1, maxLength: 6 }),
        (sql, choices) => {
          let at = 0
          const literals = literalsOf(sql).map(({ at: start, text }) => {
            const pool = text.startsWith("'") ? STRINGS : NUMBERS
            const chosen = choices[at++ % choices.length] ?? 0
            return { start, end: start + text.length, text: pool[chosen % (pool.length + 1)] ?? text }
          })
          let text = ''
          let from = 0
          for (const literal of literals) {
            text += sql.slice(from, literal.start) + literal.text
            from = literal.end
          }
          text += sql.slice(from)
          const [found, should] = [known(text), fresh(text)].map(facts => JSON.stringify(facts))
          return found === should
        },
      ),
      { numRuns: ALL ? 20_000 : 400 },
    )
  })

  test('a sign, a bit string, a longer list and another kind of literal are another shape', () => {
    const shape = (sql: string): string | undefined => postgresTemplate(sql)?.shape
    for (const [one, other] of [
      ['select 1', 'select -1'],
      ['select 1', "select '1'"],
      ["select '1'", "select B'1'"],
      ["select 'a'", "select E'a'"],
      ["select 'a'", "select U&'a'"],
      ["select 'a'", "select ''"],
      ['select 1', 'select 1.0'],
      ['select 1', 'select 0x1'],
      ['select 1', 'select 1234567890'],
      ['select 1 where 1 in (1)', 'select 1 where 1 in (1, 2)'],
      ["select 'a'", "select 'a' 'b'"],
      ["select 'a'", "select 'a' -- 'b'"],
      ["select 'a'", "select 'a''"],
    ] as const) {
      expect([one, shape(one)]).not.toEqual([one, shape(other)])
    }
  })
})
