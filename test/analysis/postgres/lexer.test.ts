/** The lexer that goes by characters finds the very tokens that regular expressions find. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PostgresTokens, skipBlank } from '../../../src/analysis/dialects/postgres/lexer.js'
import { readCorpus } from '../../support/corpus.js'
import { referenceTokens } from './reference-lexer.js'

function tokens(text: string): readonly string[] {
  const found: string[] = []
  const token = new PostgresTokens(text)
  while (token.next()) found.push(`${token.kind} ${token.start} ${token.end}`)
  return found
}

const samples = readFileSync(new URL('samples.sql', import.meta.url), 'utf8').split(/;\n/)
const corpus = [...readCorpus('postgres').map(({ sql }) => sql), ...samples]

/** Whatever can open, close, escape, join or part tokens. */
const HOSTILE = [
  ...["'", "''", '"', '""', '\\', "\\'", '$', '$$', '$a$', '$1', '$é$', '$_1$', '`'],
  ...["e'", "E'\\", "u&'", 'U&"', "b'1'", "X'f", "n'", 'u&', "ee'", "_e'"],
  ...['-', '--', '/*', '*/', '*', '/', '//*', '*/*', '\n', '\r', ' ', '\t', '\v', '\f', '\0', '\x7f'],
  ...[
    '0',
    '1',
    '0x',
    '0xZ',
    '0o7',
    '0B1',
    '0b',
    '1.',
    '.5',
    '..',
    '.',
    '1e',
    '1E5',
    '1e+',
    '1e-5',
    '1_0',
    '_1',
  ],
  ...['12345678901', '1a', 'é', '\u0080', '\uffff', '\u212a', '\u0130', '😀', '\ud83d', '\ude00', '\u00a0'],
  ...[
    '+',
    '=',
    '=-',
    '<@',
    '@',
    '#',
    '?',
    '|',
    '&',
    '~',
    '^',
    '%',
    '!',
    ':',
    '::',
    ';',
    ',',
    '(',
    ')',
    '[',
    '{',
  ],
  ...['select', 'a', 'E', 'x', '_'],
]

const hostile = fc.array(fc.constantFrom(...HOSTILE), { maxLength: 16 }).map(parts => parts.join(''))
/** A statement with pieces cut out of it, and others put in. */
const mutated = fc
  .tuple(
    fc.constantFrom(...corpus),
    fc.array(
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3), fc.constantFrom('', ...HOSTILE)),
      {
        maxLength: 4,
      },
    ),
  )
  .map(([sql, cuts]) =>
    cuts.reduce((text, [where, length, piece]) => {
      const at = Math.floor(where * text.length)
      return text.slice(0, at) + piece + text.slice(at + length)
    }, sql),
  )

describe('the tokens of PostgreSQL', () => {
  test('are those that regular expressions find, in every statement that the tests know', () => {
    expect(corpus.length).toBeGreaterThan(200)
    for (const sql of corpus) expect([sql, ...tokens(sql)]).toEqual([sql, ...referenceTokens(sql)])
  })

  test('and in any text', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, mutated, fc.string({ unit: 'binary' })), text => {
        return tokens(text).join() === referenceTokens(text).join()
      }),
      { numRuns: 8_000 },
    )
  })

  test.each([
    ["e'\\''1", ["literal e'\\''", 'literal 1']],
    ["'\\''1", ["literal '\\''1"]],
    ['1..2', ['literal 1', 'punctuation .', 'literal .2']],
    ['a=-1--2', ['word a', 'operator =-', 'literal 1']],
    ['$1$a$ $$ $a$b', ['literal $1', 'literal $a$ $$ $a$', 'word b']],
    [
      'a$1 $ "b""c"::d/* /* */ */e',
      ['word a$1', 'punctuation $', 'quoted "b""c"', 'operator ::', 'word d', 'word e'],
    ],
    ['U&\'a\'U&"b"u&c', ["literal U&'a'", 'quoted U&"b"', 'word u', 'operator &', 'word c']],
    [
      '0x1Fg 0x 1e5 1e 1.e-5',
      ['literal 0x1Fg', 'literal 0', 'word x', 'literal 1e5', 'literal 1', 'word e', 'literal 1.e-5'],
    ],
  ])('%s', (text, expected) => {
    const found: string[] = []
    const token = new PostgresTokens(text)
    while (token.next()) found.push(`${token.kind} ${text.slice(token.start, token.end)}`)
    expect(found).toEqual(expected)
  })

  test('say where a quote never ends', () => {
    const closed = (text: string): boolean => {
      const token = new PostgresTokens(text)
      while (token.next());
      return token.closed
    }
    for (const text of ["'", "'a", "'a''", "e'a\\'", '"a', '"a""', '$$a$', '$a$ $A$', "u&'a"]) {
      expect([text, closed(text)]).toEqual([text, false])
      expect([text, closed(`select ${text}`)]).toEqual([text, false])
    }
    for (const text of ["'a'", "'a'''", "e'a\\''", '"a"', '$$a$$', "''", '1', '']) {
      expect([text, closed(text)]).toEqual([text, true])
    }
  })

  test('begin behind blanks and comments', () => {
    expect(skipBlank(' \t--a\r\n/*/**/*/x', 0)).toBe(15)
    expect(skipBlank('/* a', 0)).toBe(4)
    expect(skipBlank('--', 0)).toBe(2)
    expect(skipBlank('', 0)).toBe(0)
  })
})
