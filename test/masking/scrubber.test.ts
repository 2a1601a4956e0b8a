import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createScrubber } from '../../src/masking/scrubber.js'
import type { Dialect } from '../../src/model/dialect.js'
import { VISA } from './support.js'

const scrubber = createScrubber()
const dialects: readonly Dialect[] = ['postgres', 'mysql', 'sqlite']

describe('a strict statement', () => {
  test.each<[Dialect, string, string]>([
    [
      'postgres',
      "select name from people where ssn = '123-45-6789' and id = 7",
      "select name from people where ssn = '[redacted]' and id = 7",
    ],
    [
      'postgres',
      `select 1 from cards where pan = '${VISA}'`,
      "select 1 from cards where pan = '411111******1111'",
    ],
    ['postgres', "select 'it''s', '', $1, t.c1 from t1024", "select '[redacted]', '', $1, t.c1 from t1024"],
    ['postgres', "select E'a\\'b c', x'41', N'x'", "select E'[redacted]', x'[redacted]', N'[redacted]'"],
    ['postgres', 'select $q$ secret $$ more $q$, 1', 'select $q$[redacted]$q$, 1'],
    ['postgres', 'select $$secret', 'select $$[redacted]'],
    ['postgres', "select 'secret", "select '[redacted]"],
    ['postgres', "select 'a\\' or 'secret", "select '[redacted]"],
    [
      'postgres',
      'select "Full Name" from "order" limit 1000',
      'select "Full Name" from "order" limit [redacted]',
    ],
    [
      'postgres',
      "select 1 /* 'x' /* nested */ y */ + 2 -- 'tail'",
      'select 1 /* [redacted] */ + 2 -- [redacted]',
    ],
    ['postgres', 'select 1 /* routed by the pool */', 'select 1 /* routed by the pool */'],
    [
      'mysql',
      "select \"secret\", 'a\\'b', `a col` from t # 'x'",
      'select "[redacted]", \'[redacted]\', `a col` from t # [redacted]',
    ],
    [
      'mysql',
      "select _utf8mb4'secret', 0xDEADBEEF, 1e100",
      "select _utf8mb4'[redacted]', 0xDEADBEEF, 1e100".replace('1e100', '[redacted]'),
    ],
    [
      'sqlite',
      'select [a col], `b`, "c" from t where x = \'secret\' and y = 12.345',
      'select [a col], `b`, "c" from t where x = \'[redacted]\' and y = [redacted]',
    ],
  ])('%s: %s', (dialect, statement, scrubbed) => {
    expect(scrubber.statement(statement, dialect, true)).toBe(scrubbed)
  })

  test.each(dialects)('%s: shows nothing of a literal, however the text around it ends', dialect => {
    const around = fc.array(
      fc.constantFrom(
        "'",
        "''",
        '"',
        '`',
        '$$',
        '$a$',
        '\\',
        '--',
        '/*',
        '*/',
        '#',
        '\n',
        ' ',
        'select',
        'E',
        '1',
        ',',
        '(',
        ')',
      ),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(around, around, (before, after) => {
        const raw = `${before.join('')} '4929 secret' ${after.join('')}`
        expect(typeof scrubber.statement(raw, dialect, true)).toBe('string')
        expect(
          scrubber.statement(raw.replaceAll("'", '').replace('4929 secret', VISA), dialect, false),
        ).not.toContain(VISA)
      }),
    )
  })

  test.each(dialects)('%s: an open quote takes all that follows', dialect => {
    for (const open of ["'", "x'", "N'"]) {
      expect(
        scrubber.statement(`select ${open}a secret; select another secret`, dialect, true),
      ).not.toContain('secret')
    }
  })
})

describe('any statement', () => {
  test.each(dialects)('%s: has its card numbers masked', dialect => {
    const statement = `select * from t where c = '${VISA}' and d = ${VISA} -- ${VISA}`
    expect(scrubber.statement(statement, dialect, false)).toBe(
      "select * from t where c = '411111******1111' and d = 411111******1111 -- 411111******1111",
    )
  })

  test.each([
    "select '4111111' || '111111111'",
    "select '4111' || '1111' || '1111' || '1111'",
    "select '4111111'::text || '111111111'::text",
    "select concat('4111', '1111', '1111', '1111')",
    "select concat('4111111', 111111111)",
    "select '4111111'\n'111111111'",
  ])('%s: a PAN in pieces is not shown', statement => {
    for (const strict of [true, false]) {
      expect(scrubber.statement(statement, 'postgres', strict).replace(/\D/g, '').length).toBeLessThan(4)
    }
  })

  test.each([
    ['select 4.111111111111111e15', 'select 411111******1111'],
    ['select 411111111111111100E-2', 'select 411111******1111'],
    ['select 0xe9b08a568f1c7', 'select 411111******1111'],
    ['select 0o9, 0b2, 0x_, 1e5, 1.5e-3, 0xff', 'select 0o9, 0b2, 0x_, 1e5, 1.5e-3, 0xff'],
  ])('%s: a PAN in another notation is not shown', (statement, shown) => {
    expect(scrubber.statement(statement, 'postgres', false)).toBe(shown)
  })

  test('is left alone where there is nothing to mask', () => {
    const statement = "select id, 'settled' from payments where amount > 100 and id in (1, 2000, 30000)"
    expect(scrubber.statement(statement, 'postgres', false)).toBe(statement)
    expect(scrubber.statement(statement, 'postgres', false)).toBe(statement)
  })

  test('is not confused with the strict reading of the same text', () => {
    const statement = "select 'abc'"
    expect(scrubber.statement(statement, 'postgres', false)).toBe("select 'abc'")
    expect(scrubber.statement(statement, 'postgres', true)).toBe("select '[redacted]'")
  })
})

describe('a binding', () => {
  test.each([
    [VISA, false, '411111******1111'],
    [VISA, true, '411111******1111'],
    [4111111111111111n, true, '411111******1111'],
    ['secret', false, 'secret'],
    ['secret', true, '[redacted]'],
    [7, true, '7'],
    [1234, true, '[redacted]'],
    [null, true, 'null'],
    [undefined, true, 'null'],
    [true, true, 'true'],
    [new Date(0), false, '1970-01-01T00:00:00.000Z'],
    [new Date(0), true, '[redacted]'],
    [new Date(Number.NaN), false, 'invalid date'],
    [Uint8Array.from([1, 2]), false, '[2 bytes]'],
    [['a', VISA], false, '[a, 411111******1111]'],
    [['4111', '1111', '1111', '1111'], true, '[[redacted], [redacted], [redacted], [redacted]]'],
  ])('%p strict %p is %s', (value, strict, shown) => {
    expect(scrubber.binding(value, strict)).toBe(shown)
  })
})
