import { describe, expect, test } from '@jest/globals'
import { brackets, expressionOf, reader, select, verdict } from './kit.js'

describe('what a server could execute and a reader skip is refused', () => {
  test.each([
    ['select 1 /*! union select pan from cards */'],
    ['select 1 /*!50000 union select pan from cards */'],
    ['select 1 /*!99999 union select pan from cards */'],
    ['/*! delete from payments */'],
    ['select /*M! pan, */ 1 from cards'],
    ['select /*M!100000 pan, */ 1 from cards'],
    ['select /* a /*! b */ 1'],
    ['select /* a /* b */ 1 */'],
    ['select 1 /*!*/'],
    ['select/*!*/1'],
    ['select /*+ set_var(sql_mode = ansi_quotes) */ 1'],
    ['select /*+ RESOURCE_GROUP(a) */ 1'],
    ["select /*+ qb_name('*/ union select pan from cards -- ') */ 1"],
  ])('%s', sql => {
    expect(verdict(sql)).toBe('syntax')
  })
})

describe('what never ends is refused', () => {
  test.each([
    ["select 'a"],
    ["select 'a\\'"],
    ['select "a'],
    ['select `a'],
    ['select 1 /* a'],
    ['select /* a * /'],
    ["select x'41"],
    ["select @'a"],
    ['select (1'],
    ['select 1)'],
    ["select 'a\\"],
  ])('%s', sql => {
    expect(verdict(sql)).toBe('syntax')
  })
})

describe('numbers and words grown together are refused', () => {
  test.each([
    ['select * from cards where id=1.union select 1'],
    ['select 1e0union select 2'],
    ['select 1.e(pan)'],
    ['select * from cards where id = 1e5x'],
    ['select 1.5x'],
    ['select 1.pan from cards'],
    ['select .5a'],
    ['select 1..2'],
    ['select 0x4G'],
    ['select 0X41'],
    ['select 0b12'],
    ['select 1e'],
    ['select 5e+x'],
    ['select 1e+5x'],
    ['select ?for'],
    ['select t .1a from t'],
  ])('%s', sql => {
    expect(verdict(sql)).toBe('syntax')
  })
})

describe('what means something else elsewhere is refused', () => {
  test.each([
    ['select pan from .cards', 'syntax'],
    ['select .cards.pan from cards', 'syntax'],
    ["select _nocharset'a'", 'syntax'],
    ["select _gb18030'a'", 'syntax'],
    ['select _utf8mb4 from cards', 'syntax'],
    ['select `count`(pan) from cards', 'syntax'],
    ['select sql_cache pan from cards', 'syntax'],
    ['select 1 <! = 2', 'syntax'],
    ['select 1 =< 2', 'syntax'],
    ['select 1 <=! = 2', 'syntax'],
    ['select - interval 1 day + now()', 'syntax'],
    ['select pan\u00a0from cards', 'ill_formed'],
    ['select pan\u200b from cards', 'ill_formed'],
    ['select \ufeff1', 'ill_formed'],
    ['select pan\u2028from cards', 'ill_formed'],
    ['select pan \u0001 from cards', 'syntax'],
    ['select pan \u001a from cards', 'syntax'],
    ['select pan \u007f from cards', 'syntax'],
    ['select 1\0', 'ill_formed'],
    ['select \ud800', 'ill_formed'],
    ['select \\x', 'syntax'],
    ['select ``', 'syntax'],
    ['select `a `', 'syntax'],
    ['select @', 'syntax'],
    ['select @@', 'syntax'],
    ['select @@`version`', 'syntax'],
    ['select :id', 'syntax'],
    ['select $1', 'read'],
    ['select 1 procedure analyse()', 'syntax'],
    ['select pan from cards procedure analyse()', 'syntax'],
    ['select 1 --\u00a01', 'ill_formed'],
  ])('%s', (sql, expected) => {
    expect(verdict(sql)).toBe(expected)
  })
})

describe('statements beside each other', () => {
  test.each([
    ['select 1;', 'read'],
    ['select 1 ; -- the end', 'read'],
    ['select 1;;', 'multiple_statements'],
    ['select 1; select 2', 'multiple_statements'],
    ['select 1; delete from payments', 'multiple_statements'],
    ['commit; delete from payments', 'multiple_statements'],
    ['', 'empty'],
    [' \t\n', 'empty'],
    ['-- nothing', 'empty'],
    ['/* nothing */ # nothing', 'empty'],
    [';', 'syntax'],
  ])('%s', (sql, expected) => {
    expect(verdict(sql)).toBe(expected)
  })
})

test('two dashes begin a comment only before a blank, a control character or the end', () => {
  expect(brackets('5--2')).toBe('(5 - -2)')
  expect(brackets('5-- 2')).toBe('5')
  expect(brackets('5--\u00012')).toBe('5')
  expect(brackets('5--\n-2')).toBe('(5 - 2)')
  expect(brackets('5--')).toBe('5')
  expect(brackets('5#-2\n+ 1')).toBe('(5 + 1)')
})

test('a line ends with a line feed alone', () => {
  expect(select('select 1 -- a\r, pan\n, 2').targets).toHaveLength(2)
  expect(select('select 1 # a\u2028, pan\n, 2').targets).toHaveLength(2)
})

test('vertical tab and form feed are blanks', () => {
  expect(select('select\u000bpan\u000cfrom\u000bcards').from).toHaveLength(1)
})

test('a hint without quotes and settings is a comment', () => {
  expect(verdict('select /*+ no_index(cards) max_execution_time(100) */ pan from cards')).toBe('read')
})

describe('strings', () => {
  test.each([
    ["'it''s'", "it's"],
    ["'it\\'s'", "it's"],
    ['"say ""hi"""', 'say "hi"'],
    ["'a' 'b' \"c\"", 'abc'],
    ["'a\\nb\\tc\\\\d'", 'a\nb\tc\\d'],
    ["'\\%\\_\\x'", '\\%\\_x'],
    ["'\\0\\Z'", '\0\u001a'],
    ["'/*! x */ -- y'", '/*! x */ -- y'],
    ["'a' /* b */ 'c'", 'ac'],
  ])('%s', (text, value) => {
    expect(expressionOf(text)).toEqual({ type: 'constant', value })
  })

  test('with a character set, in bytes or national are not plain', () => {
    for (const text of ["_latin1'a'", "_binary x'41'", "n'a'", "N'a' 'b'", "x'41'", '0x41', "b'1'", '0b1'])
      expect(expressionOf(text)).toMatchObject({ type: 'compose', form: 'collate' })
  })

  test('a letter before a double quote is a name before a string', () => {
    expect(select('select n"a", x "b"').targets).toEqual([
      { name: 'a', expression: { type: 'column', path: ['n'], star: false } },
      { name: 'b', expression: { type: 'column', path: ['x'], star: false } },
    ])
  })
})

describe('numbers', () => {
  test.each([
    ['1', 1],
    ['007', 7],
    ['.5', 0.5],
    ['5.', 5],
    ['1.50', 1.5],
    ['1e3', 1000],
    ['1E-2', 0.01],
    ['1.5e+2', 150],
    ['-1', -1],
    ['- 1', -1],
    ['+1', 1],
  ])('%s', (text, value) => {
    expect(expressionOf(text)).toEqual({ type: 'constant', value })
  })

  test('that JavaScript would round keep their digits', () => {
    for (const digits of ['12345678901234567890', '0.12345678901234567890'])
      expect(expressionOf(digits)).toMatchObject({ type: 'cast', operand: { type: 'constant' } })
  })
})

test('what only the pinned settings tell', () => {
  expect(brackets('\\N')).toBe('null')
  expect(expressionOf('count (pan)')).toMatchObject({ type: 'call', name: { name: 'count' } })
  expect(expressionOf('a || b')).toMatchObject({ type: 'logic', operator: 'or' })
  expect(expressionOf('"pan"')).toEqual({ type: 'constant', value: 'pan' })
})

describe('names', () => {
  test.each([
    ['1a', ['1a']],
    ['`a``b`', ['a`b']],
    ['t.select', ['t', 'select']],
    ['select.a', ['select', 'a']],
    ['t.1', ['t', '1']],
    ['t.1e5', ['t', '1e5']],
    ['`t`.`select`', ['t', 'select']],
    ['t . a', ['t', 'a']],
    ['db.t.a', ['db', 't', 'a']],
    ['é', ['é']],
    ['$a', ['$a']],
    ['Pan', ['Pan']],
    ['date', ['date']],
    ['count', ['count']],
    ['rank', ['rank']],
    ['_nocharset', ['_nocharset']],
    ['t._utf8mb4', ['t', '_utf8mb4']],
  ])('%s', (text, path) => {
    expect(expressionOf(text)).toEqual({ type: 'column', path, star: false })
  })

  test.each([['select'], ['key'], ['group'], ['t. select'], ['limit'], ['a.b.c.d']])('not %s', text => {
    expect(verdict(`select ${text} from t`)).toBe('syntax')
  })
})

test('FULL is an alias, as the servers have it', () => {
  expect(select('select * from cards full join customers').from[0]).toMatchObject({
    type: 'join',
    kind: 'inner',
    left: { alias: { name: 'full' } },
  })
})

test('escapes of ODBC do not hide what they hold', () => {
  expect(expressionOf('{x pan}')).toEqual({ type: 'column', path: ['pan'], star: false })
  expect(expressionOf('{fn upper(pan)}')).toMatchObject({ type: 'call', name: { name: 'upper' } })
  expect(expressionOf("{d '2024-01-01'}")).toMatchObject({ type: 'cast', to: { name: 'date' } })
  expect(expressionOf('{d pan}')).toEqual({ type: 'column', path: ['pan'], star: false })
  expect(select('select * from {oj cards a left join tokens b on 1}').from[0]).toMatchObject({ kind: 'left' })
})

test('a reason holds no literal and no long run of digits', () => {
  for (const sql of [
    "select 'secret' 5 'x'",
    'select 4111111111111111 5 6',
    'select a `4111111111111111`.5',
  ]) {
    expect(() => reader.read(sql)).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/secret|4111/) }),
    )
  }
})

describe('bounds', () => {
  const deep: readonly (readonly [string, string])[] = [
    ['brackets', `select ${'('.repeat(5000)}1${')'.repeat(5000)}`],
    ['sums', `select 1${' + 1'.repeat(20_000)}`],
    ['negations', `select ${'not '.repeat(20_000)}1`],
    ['signs', `select ${'- '.repeat(20_000)}1`],
    ['tests', `select 1${' is null'.repeat(20_000)}`],
    ['unions', `select 1${' union select 1'.repeat(10_000)}`],
    ['joins', `select 1 from a${' join a'.repeat(20_000)}`],
    ['cases', `select ${'case when '.repeat(5000)}1`],
    ['shifts', `select now()${' + interval 1 day'.repeat(10_000)}`],
    ['intervals', `select ${'interval '.repeat(20_000)}1`],
    ['likes', `select 1${' like 1'.repeat(20_000)}`],
    ['collations', `select a${' collate x'.repeat(20_000)}`],
    ['betweens', `select ${'1 between 1 and '.repeat(10_000)}1`],
    ['variables', `select ${'@a := '.repeat(20_000)}1`],
    ['towers', `select ${'('.repeat(100)}1${`${' + 1'.repeat(500)})`.repeat(100)}`],
  ]
  test.each(deep)('%s', (_what, sql) => {
    expect(verdict(sql)).toMatch(/^(?:too_deep|syntax)$/)
  })

  test('flat lists are not deep', () => {
    expect(verdict(`select ${'1, '.repeat(20_000)}1`)).toBe('read')
    expect(verdict(`select 1 where ${'a = 1 or '.repeat(10_000)}b`)).toBe('read')
    expect(verdict(`insert into t values ${'(1, 2), '.repeat(10_000)}(1, 2)`)).toBe('read')
    expect(verdict(`select 1 from ${'a, '.repeat(10_000)}a`)).toBe('read')
  })

  test('longer texts than agreed are refused', () => {
    expect(verdict(`select '${'a'.repeat(262_144)}'`)).toBe('too_long')
  })
})
