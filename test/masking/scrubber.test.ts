import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createScrubber } from '../../src/masking/scrubber.js'
import type { Dialect } from '../../src/model/dialect.js'
import type { Reserve } from '../../src/model/scrub.js'
import type { Binding } from '../../src/model/submission.js'
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
    expect(scrubber.statement(statement, dialect, 'sealed')).toBe(scrubbed)
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
        expect(typeof scrubber.statement(raw, dialect, 'sealed')).toBe('string')
        expect(
          scrubber.statement(raw.replaceAll("'", '').replace('4929 secret', VISA), dialect, 'open'),
        ).not.toContain(VISA)
      }),
    )
  })

  test.each(dialects)('%s: an open quote takes all that follows', dialect => {
    for (const open of ["'", "x'", "N'"]) {
      expect(
        scrubber.statement(`select ${open}a secret; select another secret`, dialect, 'sealed'),
      ).not.toContain('secret')
    }
  })
})

describe('any statement', () => {
  test.each(dialects)('%s: has its card numbers masked', dialect => {
    const statement = `select * from t where c = '${VISA}' and d = ${VISA} -- ${VISA}`
    expect(scrubber.statement(statement, dialect, 'open')).toBe(
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
    for (const reserve of ['sealed', 'guarded', 'open'] as const) {
      expect(scrubber.statement(statement, 'postgres', reserve).replace(/\D/g, '').length).toBeLessThan(4)
    }
  })

  test.each([
    ['select 4.111111111111111e15', 'select 411111******1111'],
    ['select 411111111111111100E-2', 'select 411111******1111'],
    ['select 0xe9b08a568f1c7', 'select 411111******1111'],
    ['select 0o9, 0b2, 0x_, 1e5, 1.5e-3, 0xff', 'select 0o9, 0b2, 0x_, 1e5, 1.5e-3, 0xff'],
  ])('%s: a PAN in another notation is not shown', (statement, shown) => {
    expect(scrubber.statement(statement, 'postgres', 'open')).toBe(shown)
  })

  test('is left alone where there is nothing to mask', () => {
    const statement = "select id, 'settled' from payments where amount > 100 and id in (1, 2000, 30000)"
    expect(scrubber.statement(statement, 'postgres', 'open')).toBe(statement)
    expect(scrubber.statement(statement, 'postgres', 'open')).toBe(statement)
  })

  test('is not confused with the strict reading of the same text', () => {
    const statement = "select 'abc'"
    expect(scrubber.statement(statement, 'postgres', 'open')).toBe("select 'abc'")
    expect(scrubber.statement(statement, 'postgres', 'sealed')).toBe("select '[redacted]'")
  })
})

describe('a guarded statement', () => {
  test.each([
    [
      "update cards set pan = '4111111111111111' where id = 1234",
      "update cards set pan = '411111******1111' where id = 1234",
    ],
    [
      "select pan || '-' from cards where brand = 'visa'",
      "select pan || '-' from cards where brand = 'visa'",
    ],
    [
      "select 1 from cards where substr(pan, 7, 6) = '111111'",
      "select 1 from cards where substr(pan, 7, 6) = '[redacted]'",
    ],
    ['select pan from cards where id = 184423', 'select pan from cards where id = [redacted]'],
    ['select pan /* 123456 */ from cards', 'select pan /* [redacted] */ from cards'],
  ])('%s', (statement, shown) => {
    expect(scrubber.statement(statement, 'postgres', 'guarded')).toBe(shown)
  })
})

describe('a binding', () => {
  test.each<[Binding, Reserve, string]>([
    [VISA, 'open', '411111******1111'],
    [VISA, 'sealed', '411111******1111'],
    [4111111111111111n, 'sealed', '411111******1111'],
    ['secret', 'open', 'secret'],
    ['secret', 'sealed', '[redacted]'],
    [7, 'sealed', '7'],
    [1234, 'sealed', '[redacted]'],
    [null, 'sealed', 'null'],
    [undefined, 'sealed', 'null'],
    [true, 'sealed', 'true'],
    [new Date(0), 'open', '1970-01-01T00:00:00.000Z'],
    [new Date(0), 'sealed', '[redacted]'],
    [new Date(Number.NaN), 'open', 'invalid date'],
    [Uint8Array.from([1, 2]), 'open', '[2 bytes]'],
    [['a', VISA], 'open', '[a, 411111******1111]'],
    [['4111', '1111', '1111', '1111'], 'sealed', '[[redacted], [redacted], [redacted], [redacted]]'],
    [VISA, 'guarded', '411111******1111'],
    [184423, 'guarded', '[redacted]'],
    [12345, 'guarded', '12345'],
    ['visa', 'guarded', 'visa'],
    ['123-45-6789', 'guarded', '[redacted]'],
    [['4111', '1111', '1111', '1111'], 'guarded', '[[redacted], [redacted], [redacted], [redacted]]'],
  ])('%p, %s, is %s', (value, reserve, shown) => {
    expect(scrubber.binding(value, reserve)).toBe(shown)
  })
})
