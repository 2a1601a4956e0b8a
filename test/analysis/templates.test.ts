/**
 * Facts that are found by a statement's shape are the facts that a look at the statement itself finds, whatever its
 * literals are.
 */
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { loadAnalyzer } from '../../src/analysis/analyze.js'
import { postgresTemplate } from '../../src/analysis/dialects/postgres/template.js'
import { readCorpus } from '../support/corpus.js'
import { type FactsOf, factsWith, literalsOf } from './kit.js'

const MORE = [
  'select name from customers where id = 5',
  "select id from cards where pan = '4111111111111111' and exp_year > 2024",
  'select id from cards where 1 = 1',
  'select id from cards where 1 = 2 or id = 3',
  "select id from cards where 'a' = 'a'",
  "select name from customers where name like '%'",
  "select name from customers where name like 'a%' limit 10",
  'select name from customers limit 10 offset 5',
  "update payments set status = 'x' where id in (1, 2, 3)",
  'delete from payments where id = 1',
  'delete from payments where 5 > 4',
  'delete from payments where id = 1 or 3 = 3',
  "select coalesce(ssn, '') from customers",
  'select substring(pan from 1 for 6) from cards',
  "select date_trunc('day', at) from events",
  "select at at time zone 'UTC' from events where id = 9",
  "select body ->> 'pan' from events",
  'select id from customers order by 1',
  'select id, name from customers group by 1, 2',
  "insert into payments (id, card_id, amount, status) values (1, 2, 10, 'open')",
  "select left(pan, 6), right(pan, 4), pan || 'x' from cards",
  "select nullif(ssn, 'x'), 10 / 2, 5 % 3, amount / 3 from customers, payments",
  'select generate_series(1, 10)',
  "select set_config('role', 'x', false), current_setting('a')",
  "select 'a'::date, '1'::int, 7::text, '[1]'::jsonb from customers",
  'select id from customers where true and id between 1 and 9',
  "select case when id = 1 then 'a' else ssn end from customers",
  "select regexp_replace(ssn, '1', '2') from customers",
]

const LITERALS = [
  ...['0', '1', '2', '4', '7', '100', '2024', '999999999', '1000000000'],
  ...["''", "'x'", "'a'", "'%'", "'%%'", "'1'", "'true'", "'2024-01-01'", "'a''b'", "'day'", "'cards'"],
]

const statements = [...MORE, ...readCorpus('postgres').map(({ sql }) => sql)].filter(
  sql => postgresTemplate(sql) !== undefined,
)

/** The text with each literal replaced, or left, as the choices say. */
function variant(sql: string, choices: readonly number[]): string {
  let text = ''
  let from = 0
  for (const [index, { at, text: literal }] of literalsOf(sql).entries()) {
    const choice = choices[index % choices.length] ?? 0
    text += sql.slice(from, at) + (LITERALS[choice] ?? literal)
    from = at + literal.length
  }
  return text + sql.slice(from)
}

describe('facts by shape', () => {
  let known: FactsOf
  let fresh: FactsOf
  beforeAll(async () => {
    known = factsWith(await loadAnalyzer())
    fresh = factsWith(await loadAnalyzer({ cacheSize: 0 }))
  })

  test('are the facts of each statement of that shape', () => {
    expect(statements.length).toBeGreaterThan(200)
    fc.assert(
      fc.property(
        fc.constantFrom(...statements),
        fc.array(fc.nat(LITERALS.length), { minLength: 1, maxLength: 4 }),
        (sql, choices) => {
          for (const text of [sql, variant(sql, choices)]) expect(known(text)).toEqual(fresh(text))
        },
      ),
      { numRuns: 800 },
    )
  })

  test('are one object for statements that differ where no rule looks', () => {
    const first = known('select name from customers where id = 41')
    expect(known('select name from customers where id = 42')).toBe(first)
    expect(known("select name from customers where name = 'Ann'")).toBe(
      known("select name from customers where name = 'Bea'"),
    )
    expect(known('select name from customers where id = 4294967296')).not.toBe(first)
  })

  test('differ where a rule looks', () => {
    const rows = (sql: string): unknown => {
      const facts = known(sql)
      return facts.analyzable ? facts.maxRowsReturned : undefined
    }
    expect(rows('select name from customers limit 10')).toBe(10)
    expect(rows('select name from customers limit 11')).toBe(11)
    const scope = (sql: string): unknown => {
      const facts = known(sql)
      return facts.analyzable ? facts.effects[0]?.scope : undefined
    }
    expect(scope('delete from payments where 1 = 2 or id = 5')).not.toBe('tautology')
    expect(scope('delete from payments where 2 = 2 or id = 5')).toBe('tautology')
  })

  test('a text with anything but plain characters has no shape', () => {
    for (const text of ["select 'é'", "select 'a\0'", "select '\ud800'", 'select 1\u00a0']) {
      expect(postgresTemplate(text)).toBeUndefined()
    }
    expect(postgresTemplate("select E'a', $$a$$, 1.5, 1e3, x'1', $1, 12345678901")).toBeUndefined()
  })
})
