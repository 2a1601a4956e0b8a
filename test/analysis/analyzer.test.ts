import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { loadAnalyzer } from '../../src/analysis/analyze.js'
import { catalog, effects, type FactsOf, factsWith, loadFacts } from './kit.js'

let factsOf: FactsOf
beforeAll(async () => {
  factsOf = await loadFacts()
})

describe('text that is refused before it is understood', () => {
  test.each([
    ['', 'empty'],
    [' \n ', 'empty'],
    ['-- nothing', 'empty'],
    ['/* nothing */;', 'empty'],
    [';', 'empty'],
    ['select 1; select 2', 'multiple_statements'],
    ['select 1; drop table cards', 'multiple_statements'],
    ["select '; drop table cards", 'syntax'],
    ['selec 1', 'syntax'],
    ['select 1 from', 'syntax'],
    ['select 1\0; drop table cards', 'ill_formed'],
    ['\0', 'ill_formed'],
    ["select '\ud800'", 'ill_formed'],
    ["select '\udc00\ud800'", 'ill_formed'],
    ['select ?', 'syntax'],
    ['select `id` from cards', 'syntax'],
    ['/*!50000 select 1 */', 'empty'],
  ])('%j: %s', (statement, code) => {
    expect(factsOf(statement)).toMatchObject({ analyzable: false, code, catalogVersion: 'v1' })
  })

  test('one trailing semicolon is no second statement', () => {
    expect(factsOf('select 1;')).toMatchObject({ analyzable: true })
    expect(factsOf('select 1;;; -- x')).toMatchObject({ analyzable: true })
  })

  test('reasons never quote the statement’s literals', () => {
    const facts = factsOf("select '4111111111111111' '5555555555554444' from from")
    expect(facts).toMatchObject({ analyzable: false, reason: expect.not.stringMatching(/4111|5555/) })
  })

  test('length and depth have limits, and they can be set', async () => {
    const strict = factsWith(await loadAnalyzer({ maxLength: 20, maxDepth: 3 }))
    expect(strict('select 1111111111111111')).toMatchObject({ code: 'too_long' })
    expect(strict('select ((((1))))')).toMatchObject({ code: 'too_deep' })
    expect(strict('select ((1))')).toMatchObject({ analyzable: true })
    expect(factsOf(`select '${'x'.repeat(300_000)}'`)).toMatchObject({ code: 'too_long' })
  })
})

describe('facts are cached', () => {
  test('by exact text', () => {
    expect(factsOf('select 1 as cached')).toBe(factsOf('select 1 as cached'))
    expect(factsOf('select 1 as cached')).not.toBe(factsOf('select  1 as cached'))
  })

  test('per catalog version', () => {
    const bare = { ...catalog, version: 'bare', relations: [] }
    expect(factsOf('select pan from cards')).toMatchObject({ analyzable: true })
    expect(factsOf('select pan from cards', bare)).toMatchObject({
      code: 'unknown_relation',
      catalogVersion: 'bare',
    })
    expect(factsOf('select pan from cards')).toMatchObject({ analyzable: true })
  })

  test('within bounds', async () => {
    const small = factsWith(await loadAnalyzer({ cacheSize: 4 }))
    const first = small('select 0 as c0')
    expect(small('select 0 as c0')).toBe(first)
    for (let number = 1; number < 10; number += 1) small(`select 0 as c${number}`)
    expect(small('select 0 as c0')).not.toBe(first)
    expect(small('select 0 as c0')).toEqual(first)
    const kept = small('select 0 as c0')
    for (let number = 1; number < 40; number += 1) {
      small(`select 0 as c${number}`)
      expect(small('select 0 as c0')).toBe(kept)
    }
  })

  test('and cannot be changed by whoever reads them', () => {
    const facts = factsOf('select pan from cards')
    const deeplyFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(deeplyFrozen))
    expect(deeplyFrozen(facts)).toBe(true)
  })
})

/** Statements that overflow the parser's stack when nothing stops them first. */
const POISON: readonly (readonly [string, string])[] = [
  ['additions', `select 1${'+1'.repeat(12_000)}`],
  ['concatenations', `select ''${"||''".repeat(12_000)}`],
  ['unions', `select 1${' union select 1'.repeat(12_000)}`],
  ['joins', `select 1 from a${' join b on true'.repeat(12_000)}`],
  ['brackets', `select ${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
  ['negations', `select ${'not '.repeat(30_000)}true`],
  ['casts', `select 1${'::int'.repeat(30_000)}`],
  ['sub-queries', `select ${'(select '.repeat(20_000)}1${')'.repeat(20_000)}`],
  ['cases', `select ${'case when true then '.repeat(12_000)}1${' end'.repeat(12_000)}`],
  ['subscripts', `select a${'[1]'.repeat(50_000)} from cards`],
  ['fields', `select (a)${'.b'.repeat(50_000)} from cards`],
  ['minus signs', `select ${'- '.repeat(50_000)}1`],
  ['comments', `select ${'/*'.repeat(50_000)}${'*/'.repeat(50_000)} 1`],
  ['operators', `select ${'+-'.repeat(50_000)}1`],
  ['adjacent comments', `select ${'/**/'.repeat(50_000)}1`],
  ['collations', `select a${' collate "C"'.repeat(15_000)} from cards`],
  ['null tests', `select a${' is null'.repeat(20_000)} from cards`],
  ['tables', `select 1 from ${Array.from({ length: 20_000 }, (_, at) => `a${at}`).join(',')}`],
  ['arrays', `select ${'array['.repeat(20_000)}1${']'.repeat(20_000)}`],
  ['windows', `select ${'sum('.repeat(20_000)}1${')'.repeat(20_000)} over ()`],
  ['with', `${'with a as ('.repeat(15_000)}select 1${') select 1'.repeat(15_000)}`],
]

describe('hostile statements', () => {
  test.each(POISON)('%s are refused, and the next statement is not', (_name, statement) => {
    expect(['too_deep', 'too_long', 'unknown_relation', 'unknown_column', undefined]).toContain(
      codeOf(factsOf(statement)),
    )
    expect(effects(factsOf('delete from payments where id = 1'))).toEqual(['delete payments keyed 1'])
  })

  test('that get past the caps cost one parser, which is replaced', async () => {
    const open = factsWith(await loadAnalyzer({ maxLength: 10_000_000, maxDepth: 10_000_000, cacheSize: 0 }))
    const hostile = `select 1${'+1'.repeat(14_000)}`
    for (let round = 0; round < 12; round += 1) {
      expect(codeOf(open(hostile))).toMatch(/^(parser_failure|too_deep)$/)
      await recovery(() => codeOf(open('select 1')) === undefined)
    }
    open(hostile)
    open(hostile)
    open(hostile)
    expect(codeOf(open('select 1'))).toBe('parser_failure')
    await recovery(() => codeOf(open('select 1')) === undefined)
  })

  test.each([
    [
      'a long list of alternatives',
      `select 1 from cards where ${Array.from({ length: 5000 }, (_, at) => `id = ${at}`).join(' or ')}`,
    ],
    [
      'a bulk insert',
      `insert into payments (id, note) values ${Array.from({ length: 3000 }, (_, at) => `(${at}, 'x')`).join(', ')}`,
    ],
    ['nested brackets', `select ${'('.repeat(400)}1${')'.repeat(400)}`],
    [
      'a chain of 300 joins',
      `select 1 from cards a0 ${Array.from({ length: 300 }, (_, at) => `join cards a${at + 1} on true`).join(' ')}`,
    ],
    [
      'a long IN list',
      `select 1 from cards where id in (${Array.from({ length: 20_000 }, (_, at) => at).join(',')})`,
    ],
  ])('%s is not hostile', (_name, statement) => {
    expect(factsOf(statement)).toMatchObject({ analyzable: true })
  })

  test('work that multiplies is cut off', () => {
    const doubling = Array.from({ length: 40 }, (_, at) => {
      const before = at === 0 ? 'cards' : `t${at - 1}`
      return `t${at} as (select a.* from ${before} a, ${before} b)`
    })
    expect(factsOf(`with ${doubling.join(', ')} select 1 from t39`)).toMatchObject({ analyzable: true })
    const widening = Array.from({ length: 40 }, (_, at) => {
      const before = at === 0 ? 'cards' : `t${at - 1}`
      return `t${at} as (select a.*, b.* from ${before} a, ${before} b)`
    })
    expect(factsOf(`with ${widening.join(', ')} select 1 from t39`)).toMatchObject({ code: 'too_deep' })
  })
})

describe('analysis never throws', () => {
  const corpus = [
    "select c.pan, count(*) filter (where p.status = 'x') over w from cards c join payments p on p.card_id = c.id window w as (order by c.id)",
    "with recursive r as (select 1 n union all select n + 1 from r) insert into payments (id) select n from r on conflict (id) do update set note = 'x' returning *",
    "update payments set (note, status) = (select pan, 'x' from cards limit 1) where id = any($1) and note ~ E'\\\\d'",
    "select * from json_table('{}', '$' columns (a int path '$.a')) j, lateral generate_series(1, j.a) g(x) where x between 1 and $1",
    'merge into payments p using cards c on p.id = c.id when matched and true then delete when not matched then insert values (1)',
    "copy (select pan::text || $$x$$ from cards) to '/tmp/x' with (format csv)",
  ]

  test('on random text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 200 })),
        statement => {
          expect(typeof factsOf(statement).analyzable).toBe('boolean')
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('on mutated statements', () => {
    const tokens = corpus.flatMap(statement => statement.match(/\w+|\s+|[^\w\s]/g) ?? [])
    const mutation = fc.tuple(
      fc.constantFrom(...corpus),
      fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom(...tokens)), { minLength: 1, maxLength: 4 }),
    )
    let understood = 0
    fc.assert(
      fc.property(mutation, ([statement, edits]) => {
        const parts = statement.match(/\w+|\s+|[^\w\s]/g) ?? []
        for (const [place, kind, token] of edits) {
          const at = place % parts.length
          if (kind === 0) parts.splice(at, 1)
          else if (kind === 1) parts.splice(at, 0, token)
          else if (kind === 2) parts[at] = token
          else parts.splice(at, 0, parts[(at * 7) % parts.length] ?? '')
        }
        const facts = factsOf(parts.join(''))
        if (facts.analyzable) understood += 1
        else expect(facts.code).not.toBe('parser_failure')
      }),
      { numRuns: 2000 },
    )
    expect(understood).toBeGreaterThan(50)
  })
})

function codeOf(facts: { analyzable: boolean; code?: string }): string | undefined {
  return facts.analyzable ? undefined : facts.code
}

async function recovery(isBack: () => boolean): Promise<void> {
  for (let wait = 0; wait < 400 && !isBack(); wait += 1) await new Promise(resolve => setTimeout(resolve, 10))
  expect(isBack()).toBe(true)
}
