import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Catalog } from '../../src/model/catalog.js'
import {
  catalog,
  type FactsOf,
  functions,
  loadFacts,
  outputs,
  relation,
  relations,
  uses,
  withRoutines,
} from './kit.js'

let factsOf: FactsOf
beforeAll(async () => {
  factsOf = await loadFacts()
})

describe('what a name cannot be resolved to is refused', () => {
  test.each([
    ['select * from nowhere', 'unknown_relation'],
    ['select * from vault.cards', 'unknown_relation'],
    ['select * from archive', 'unknown_relation'],
    ['select * from other.public.cards', 'unknown_relation'],
    ['select * from "CARDS"', 'unknown_relation'],
    ['select * from loop', 'unknown_relation'],
    ['select * from broken', 'unknown_relation'],
    ['select * from hidden', 'unknown_relation'],
    ['with recursive r as (select * from r) select * from r', 'unknown_relation'],
    ['with recursive a as (select * from b), b as (select * from a) select * from a', 'unknown_relation'],
    ['insert into nowhere values (1)', 'unknown_relation'],
    ['copy nowhere to stdout', 'unknown_relation'],
    ['select nope from cards', 'unknown_column'],
    ['select cards.nope from cards', 'unknown_column'],
    ['select c.pan from cards', 'unknown_column'],
    ['select cards.pan from cards c', 'unknown_column'],
    ['select vault.cards.pan from cards', 'unknown_column'],
    ['select a.b.c.d from cards', 'unknown_column'],
    ['select (c).nope from cards c', 'unknown_column'],
    ['select x.* from cards', 'unknown_column'],
    ['select *', 'unknown_column'],
    ['select x.pan from (select id from cards) x', 'unknown_column'],
    ['select (jsonb_populate_record(null::cards, body)).* from events', 'unknown_column'],
    ['select 1 from cards c, (select c.pan) x', 'unknown_column'],
    ['select 1 from payments join cards using (note)', 'unknown_column'],
    ['select rank() over nope from cards', 'unknown_column'],
    ['select id from cards order by 2', 'unknown_column'],
    ['select id from cards union select id from payments order by pan', 'unknown_column'],
    ['select id from cards union select id, pan from cards', 'unknown_column'],
    ['insert into tokens (nope) values (1)', 'unknown_column'],
    ['insert into tokens values (1, 2, 3)', 'unknown_column'],
    ['update tokens set nope = 1', 'unknown_column'],
    ['update tokens set pan = other.pan', 'unknown_column'],
    ['copy cards (nope) to stdout', 'unknown_column'],
    ['insert into tokens (pan) values (excluded.pan)', 'unknown_column'],
    ['select id from cards, payments', 'ambiguous_name'],
    ['select cards.id from cards, cards', 'ambiguous_name'],
    ['select x.a from (select 1 as a, 2 as a) x', 'ambiguous_name'],
    [
      'select 1 from cards c join payments p using (id) join customers u using (id) where id = 1 and note = card_id',
      undefined,
    ],
    ['select 1 from (cards join customers on true) join payments using (id)', 'ambiguous_name'],
  ] as const)('%s: %s', (statement, code) => {
    const facts = factsOf(statement)
    expect(facts.analyzable ? undefined : facts.code).toBe(code)
  })

  test('reasons name what is missing, and no number that could be a card', () => {
    expect(factsOf('select * from nowhere')).toMatchObject({ reason: expect.stringContaining('"nowhere"') })
    expect(factsOf('select "4111111111111111" from cards')).toMatchObject({
      reason: expect.not.stringMatching(/\d{6}/),
    })
    expect(factsOf('select * from "4111 1111 1111 1111"')).toMatchObject({
      reason: expect.not.stringMatching(/\d{4}/),
    })
  })
})

describe('the search path', () => {
  const shadowed: Catalog = {
    ...catalog,
    version: 'shadowed',
    searchPath: ['app', 'public'],
    relations: [
      ...relations,
      relation('cards', ['id int4!', 'label text'], { schema: 'app' }),
      relation('pg_class', ['oid oid'], { schema: 'app' }),
    ],
  }

  test('decides between relations of one name', () => {
    expect(outputs(factsOf('select * from cards', shadowed))).toEqual([
      'id direct cards.id',
      'label direct cards.label',
    ])
    expect(outputs(factsOf('select pan from public.cards', shadowed))).toEqual(['pan direct cards.pan'])
  })

  test('comes after the system schema unless it names it', () => {
    const named = { ...shadowed, version: 'named', searchPath: ['app', 'pg_catalog', 'public'] }
    expect(factsOf('select * from pg_class', shadowed)).toMatchObject({
      relations: [{ schema: 'pg_catalog', system: true }],
    })
    expect(factsOf('select * from pg_class', named)).toMatchObject({
      relations: [{ schema: 'app', system: false }],
    })
  })
})

describe('functions', () => {
  test.each([
    ['select upper(name) from customers', ['upper listed']],
    ['select pg_catalog.upper(name) from customers', ['upper listed']],
    ['select "UPPER"(name) from customers', ['upper unlisted']],
    ['select public.upper(name) from customers', ['public.upper unlisted']],
    [
      'select count(*), current_date, extract(year from now())',
      ['count listed', 'current_date listed', 'now listed', 'extract listed'],
    ],
    ["select nextval('x')", ['nextval volatile']],
    ["select pg_read_file('x')", ['pg_read_file unlisted']],
    ["select current_setting('x')", ['current_setting unlisted']],
    ["select lo_import('x')", ['lo_import unlisted']],
    ["select 'pg_read_all_data'::regrole", ['cast to regrole unlisted']],
    ["select cast('x' as public.mood)", ['cast to public.mood unlisted']],
    ["select 'x'::mood", ['cast to mood unlisted']],
    ["select '{x}'::mood[]", ['cast to mood unlisted']],
    ['select id operator(public.+) 1 from cards', ['operator public.+ user']],
    ['select id operator(pg_catalog.+) 1 from cards', []],
    ['select id <~~> 1 from cards', ['operator <~~> unlisted']],
    ['select id from cards order by id using operator(public.<)', ['operator public.< user']],
    ['select * from cards tablesample mine (1)', ['mine unlisted']],
    ['select * from cards tablesample system (1)', ['system listed']],
    ['select * from json_to_record($1) as x(a mood)', ['json_to_record listed', 'cast to mood unlisted']],
    [
      "select * from json_table('{}', '$' columns (a pg_ddl_command path '$'))",
      ['cast to pg_ddl_command unlisted'],
    ],
    ["select json_value('{}', '$' returning mood)", ['cast to mood unlisted']],
    ['call mine(1)', ['mine unlisted']],
    ['select pan(cards) from cards', ['pan unlisted']],
    ["select ts_stat('select 1'), ts_rewrite('a', 'select 1')", ['ts_stat unlisted', 'ts_rewrite unlisted']],
    ['explain select mine()', ['mine unlisted']],
    ['select 1 from (select mine() limit 0) x', ['mine unlisted']],
  ])('%s', (statement, expected) => {
    expect(functions(factsOf(statement))).toEqual(expected)
  })

  test('of the user shadow a built-in of the same name', () => {
    const shadowed = withRoutines('shadow', [{ name: 'upper' }, { name: 'away', schema: 'vault' }])
    expect(functions(factsOf('select upper(name) from customers', shadowed))).toEqual(['upper user'])
    expect(functions(factsOf('select pg_catalog.upper(name) from customers', shadowed))).toEqual([
      'upper listed',
    ])
    expect(functions(factsOf('select vault.away(1), away(1)', shadowed))).toEqual([
      'vault.away user',
      'away unlisted',
    ])
    expect(outputs(factsOf('select upper(name) from customers', shadowed))).toEqual(['upper unknown'])
  })

  test('of the user that are immutable compute from their arguments', () => {
    const pure = withRoutines('pure', [{ name: 'tail', volatility: 'immutable' }])
    expect(outputs(factsOf('select tail(pan) from cards', pure))).toEqual(['tail derived cards.pan'])
    const mixed = withRoutines('mixed', [{ name: 'tail', volatility: 'immutable' }, { name: 'tail' }])
    expect(outputs(factsOf('select tail(pan) from cards', mixed))).toEqual(['tail unknown'])
  })

  test('operators of the user are recorded wherever they work unseen', () => {
    const shadowed = withRoutines('operators', [
      { name: '=', kind: 'operator' },
      { name: '<=', kind: 'operator' },
    ])
    for (const statement of [
      'select 1 from cards where id = 1',
      'select 1 from cards where id in (1)',
      'select 1 from cards where id in (select 1)',
      'select 1 from cards join payments using (id)',
      'select 1 from cards natural join payments',
      'select case id when 1 then 2 end from cards',
      'select nullif(id, 1) from cards',
      'select 1 from cards where id is not distinct from 1',
    ]) {
      expect(functions(factsOf(statement, shadowed))).toContain('operator = user')
    }
    expect(functions(factsOf('select 1 from cards where id between 1 and 2', shadowed))).toEqual([
      'operator <= user',
    ])
  })

  test('aggregates of the user leave one row', () => {
    const own = withRoutines('aggregate', [{ name: 'total', kind: 'aggregate', volatility: 'immutable' }])
    expect(functions(factsOf('select total(id) from cards', own))).toEqual(['total user'])
  })
})

describe('views', () => {
  test('that fail to resolve leave the statement refused, also in a condition', () => {
    expect(factsOf('select 1 from cards where id in (select id from broken)')).toMatchObject({
      code: 'unknown_relation',
    })
  })

  test('record the functions inside them, and the labelled columns that decide which rows there are', () => {
    const filtered: Catalog = {
      ...catalog,
      version: 'filtered',
      relations: [
        ...relations,
        relation('visa', ['id int4'], {
          kind: 'view',
          definition:
            "SELECT cards.id FROM cards WHERE cards.pan ~~ '4%'::text AND odd(cards.id) AND 'x'::mood = 'x'::mood",
        }),
      ],
    }
    const facts = factsOf('select id from visa', filtered)
    expect(functions(facts)).toEqual(['odd unlisted'])
    expect(uses(facts)).toEqual(['cards.id output', 'cards.pan predicate pattern'])
  })

  test('of the engine stand for themselves', () => {
    expect(outputs(factsOf('select most_common_vals from pg_stats'))).toEqual([
      'most_common_vals direct pg_stats.most_common_vals',
    ])
  })
})
