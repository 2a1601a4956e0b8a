import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CellScan } from '../../../src/masking/cell-scan.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import type { Coarseness } from '../../../src/model/decision.js'
import type { Dialect } from '../../../src/model/dialect.js'
import type { Field } from '../../../src/model/result.js'
import { masked } from './kit.js'

const of = (value: unknown, to: Coarseness, type?: Field['type'], dialect: Dialect = 'postgres') =>
  masked({ method: 'generalise', label: 'x', to }, value, {
    field: type === undefined ? { name: 'v' } : { name: 'v', type },
    dialect,
  })

const [DATE, STAMP, STAMPTZ, INT4, INT8, NUMERIC] = [1082, 1114, 1184, 23, 20, 1700]
const local = (year: number, month: number, day: number, ...time: number[]) => {
  const date = new Date(2000, 0, 1)
  date.setFullYear(year, month - 1, day)
  date.setHours(time[0] ?? 0, time[1] ?? 0, time[2] ?? 0, 0)
  return date
}

describe('a date', () => {
  test.each<[Coarseness, Date]>([
    ['month', local(1987, 5, 1)],
    ['year', local(1987, 1, 1)],
    ['decade', local(1980, 1, 1)],
  ])('to the %s stays a date, the first', (to, first) => {
    expect(of(local(1987, 5, 6), to, DATE)).toEqual(first)
    expect(of(local(1987, 5, 6, 7, 8, 9), to, STAMP)).toEqual(first)
    expect(of(first, to, DATE)).toBe(first)
  })

  test('with a time zone goes by UTC, which is the same for every reader', () => {
    expect(of(new Date('1987-12-31T23:30:00-05:00'), 'year', STAMPTZ)).toEqual(
      new Date('1988-01-01T00:00:00Z'),
    )
    expect(of(new Date('1987-05-06T00:00:00Z'), 'month', STAMPTZ)).toEqual(new Date('1987-05-01T00:00:00Z'))
  })

  test('of early years and of the first decade', () => {
    expect(of(local(7, 5, 6), 'decade', DATE)).toEqual(local(1, 1, 1))
    expect(of(local(33, 5, 6), 'decade', DATE)).toEqual(local(30, 1, 1))
    expect(of('0007-05-06', 'decade')).toBe('0001-01-01')
  })

  test.each<[string, Coarseness, string]>([
    ['1987-05-06', 'month', '1987-05-01'],
    ['1987-05-06', 'year', '1987-01-01'],
    ['1987-05-06', 'decade', '1980-01-01'],
    ['1987-05-06 07:08:09.123456', 'year', '1987-01-01 00:00:00'],
    ['1987-05-06T07:08Z', 'month', '1987-05-01T00:00:00Z'],
    ['1987-05-06 07:08:09+02', 'month', '1987-05-01 00:00:00+02'],
  ])('as the text %s to the %s is %s', (text, to, first) => {
    expect(of(text, to)).toBe(first)
    expect(of(first, to)).toBe(first)
  })

  test.each([
    '1987',
    '6.5.1987',
    '1987-13-01',
    '1987-05-32',
    '0000-00-00',
    '1987-05-06 x',
    'born 1987-05-06',
    '',
  ])('that is not one is not shown: %j', text => {
    expect(of(text, 'year')).toBe('[redacted]')
    expect(of(text, 'year', DATE)).toBeNull()
  })

  test.each([
    Number.POSITIVE_INFINITY,
    local(-44, 3, 15),
    local(10_000, 6, 1),
    new Date(Number.NaN),
    1987,
    true,
  ])('outside the calendar is NULL in a column of dates: %p', value => {
    expect(of(value, 'year', DATE)).toBeNull()
    expect(of(value, 'year')).toBe('[redacted]')
  })

  test('never tells more than its period', () => {
    const days = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(days, fc.constantFrom(DATE, STAMP, STAMPTZ), (day, type) => {
        const first = of(day, 'year', type)
        if (!(first instanceof Date)) throw new Error('no date')
        const year = type === STAMPTZ ? first.getUTCFullYear() : first.getFullYear()
        const utc = new Date(Date.UTC(2000, 0, 1))
        utc.setUTCFullYear(year)
        expect(first).toEqual(type === STAMPTZ ? utc : local(year, 1, 1))
        expect(day.getTime() - first.getTime()).toBeLessThan(367 * 86_400_000)
        expect(of(first, 'year', type)).toEqual(first)
      }),
    )
  })
})

describe('a number', () => {
  test.each<[unknown, number, unknown]>([
    [52_300, 10_000, 50_000],
    [52_300.75, 10_000, 50_000],
    [50_000, 10_000, 50_000],
    [0, 10, 0],
    [-1, 10, -10],
    [-10, 10, -10],
    [9_999.999999999998, 10_000, 0],
    [52_300n, 10_000, 50_000n],
    [-1n, 10, -10n],
    ['52300', 10_000, '50000'],
    ['52300.75', 10_000, '50000'],
    ['-0.5', 10, '-10'],
    ['-10.0', 10, '-10'],
    ['0042', 10, '40'],
    ['0', 10, '0'],
  ])('%p in ranges of %d begins at %p, of its own type', (value, width, begins) => {
    expect(of(value, width, NUMERIC)).toEqual(begins)
    expect(of(begins, width, NUMERIC)).toEqual(begins)
  })

  test('begins at or below the value, less than a width away', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 2, max: 1e9 }), (value, width) => {
        const begins = of(value, width, INT8)
        // A PAN by chance, or beyond what a double counts.
        if (begins === null) return
        if (typeof begins !== 'number') throw new Error('no number')
        expect(value - begins).toBeGreaterThanOrEqual(0)
        expect(value - begins).toBeLessThan(width)
        expect(of(String(value), width, INT8)).toBe(String(begins))
      }),
    )
  })

  test.each([
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    1e300,
    'NaN',
    '1e5',
    '$5,000.00',
    true,
    new Date(0),
    [1],
    { a: 1 },
    '',
  ])('that is none is NULL in a column of numbers, redacted elsewhere: %p', value => {
    expect(of(value, 10, INT4)).toBeNull()
    expect(of(value, 10)).toBe('[redacted]')
  })

  test('that is a PAN is not shown, though its last digits would be', () => {
    for (const pan of ['4111111111111111', 4111111111111111, 4111111111111111n, '6212348977359580003']) {
      expect(of(pan, 10, NUMERIC)).toBeNull()
      expect(of(pan, 10)).toBe('[redacted]')
    }
  })
})

test('nothing that comes out is what a scan would find', () => {
  const scan = new CellScan(new Scanner())
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 19n }), fc.integer({ min: 2, max: 1e6 }), (value, width) => {
      const shown = of(value, width, INT8)
      if (shown !== null) expect(scan.text(String(shown), { add() {} } as never)).toBe(String(shown))
    }),
  )
})

test('types that hold no date, or no number, become text', () => {
  expect(of('a2c4f5c8-0000-4000-8000-000000000000', 10, 2950)).toBe('[redacted]')
  expect(of(true, 'year', 16)).toBe('[redacted]')
  expect(of(5, 'year', INT4)).toBe('[redacted]')
  expect(of('1987-05-06', 'year', 'DATE', 'sqlite')).toBe('1987-01-01')
  expect(of(52_300, 10_000, 'INTEGER', 'sqlite')).toBe(50_000)
  expect(of('x', 10_000, 'INTEGER', 'sqlite')).toBeNull()
})
