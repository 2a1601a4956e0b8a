import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { scan } from '../../src/analysis/dialects/postgres/scan.js'
import { type FactsOf, loadFacts } from './kit.js'

let factsOf: FactsOf
beforeAll(async () => {
  factsOf = await loadFacts()
})

function fingerprint(statement: string): string {
  const facts = factsOf(statement)
  return facts.analyzable ? facts.fingerprint : facts.code
}

describe('a fingerprint', () => {
  test.each([
    ['SELECT  Id\nFROM Cards -- 4111\nWHERE id = 5', 'select id from cards where id = ?'],
    ["select 'a', e'b\\'c', $1, 1.5e-3, .5, 0x1F, x'1f', b'01', n'x'", 'select ?, ?, ?, ?, ?, ?, ?, ?, ?'],
    ["select $$it's$$, $tag$ $$ $tag$", 'select ?, ?'],
    ["select 'it''s' /* 4111 /* nested */ */ || \"A\"", 'unknown_column'],
    ['select id from cards where id in (1, 2, $3)', 'select id from cards where id in (?)'],
    [
      "insert into payments (id, note) values (1, 'a'), (2, 'b')",
      'insert into payments (id, note) values (?, ?), …',
    ],
    ['select id::text, c.id from cards c', 'select id::text, c.id from cards c'],
    ['select 1 as "4111111111111111"', 'select ? as "?"'],
    ['select 1 as "4111 1111 1111 1111"', 'select ? as "?"'],
    ['select 1 as a4111111111111111', 'select ? as "?"'],
    ["comment on table cards is '4111111111111111'", 'comment on table cards is ?'],
    ["copy cards to '/tmp/4111111111111111'", 'copy cards to ?'],
    ['do $x$ begin perform 4111111111111111; end $x$', 'do ?'],
    ['set x to 4111111111111111', 'set x to ?'],
    ["notify c, '4111111111111111'", 'notify c, ?'],
    ['select tags[1:2] from events', 'select tags[? : ?] from events'],
    ['select - -1, 5--2\n', 'select - - ?, ?'],
    ["select u&'\\0034111111111111'", 'select ?'],
    ["select 'a'\n'b'", 'select ? ?'],
    ['select 1 + $1', 'select ? + ?'],
  ])('of %j', (statement, expected) => {
    expect(fingerprint(statement)).toBe(expected)
  })

  test('is the same for the same shape, and differs where the shape differs', () => {
    expect(fingerprint('select id from cards where id=1')).toBe(
      fingerprint('SELECT id FROM cards WHERE id = 22 -- x'),
    )
    expect(fingerprint('select id, brand from cards')).not.toBe(fingerprint('select brand, id from cards'))
    expect(fingerprint('select "Id" from cards')).not.toBe(fingerprint('select id from cards'))
    expect(fingerprint('select 1, 2')).not.toBe(fingerprint('select 1'))
  })

  test('never holds a literal, wherever it stands and whatever it looks like', () => {
    const secret = fc.constantFrom('4111111111111111', '5555555555554444', '378282246310005')
    const quote = fc.constantFrom(
      (text: string) => text,
      (text: string) => `'${text}'`,
      (text: string) => `'it''s ${text}'`,
      (text: string) => `e'\\' ${text}'`,
      (text: string) => `$$${text}$$`,
      (text: string) => `$a$ $$ ' ${text} $a$`,
      (text: string) => `/* ' ${text} */ 1`,
      (text: string) => `1 -- " ${text}\n`,
      (text: string) => `/* /* ${text} */ ' */ 1`,
      (text: string) => `u&'${text}'`,
      (text: string) => `"${text}"`,
      (text: string) => `x${text}`,
    )
    const filler = fc.constantFrom(
      'select ',
      ' , ',
      ' = ',
      '(',
      ')',
      ' a ',
      "'x'",
      '"y"',
      ' $1 ',
      '::',
      '.',
      '+',
    )
    const parts = fc.array(
      fc.oneof(
        filler,
        fc.tuple(quote, secret).map(([wrap, text]) => ` ${wrap(text)} `),
      ),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(parts, pieces => {
        expect(scan(pieces.join(''), 1000)).not.toMatch(/\d{9}/)
      }),
      { numRuns: 2000 },
    )
  })

  test('comes to an end on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => {
        expect(typeof scan(text, 10_000)).toBe('string')
      }),
      { numRuns: 2000 },
    )
  })
})
