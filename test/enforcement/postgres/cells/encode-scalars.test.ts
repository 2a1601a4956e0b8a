import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeCell } from '../../../../src/enforcement/postgres/cells/decode.js'
import { encodeCell } from '../../../../src/enforcement/postgres/cells/encode.js'

const FORMATS = ['text', 'binary'] as const
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const days = fc
  .date({ min: new Date('0002-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
  .map(date => {
    date.setHours(0, 0, 0, 0)
    return date
  })
const stamps = fc.date({ min: new Date('0002-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })

describe.each(FORMATS)('in %s', format => {
  test.each<[string, number, fc.Arbitrary<unknown>]>([
    ['int2', 21, fc.integer({ min: -32_768, max: 32_767 })],
    ['int4', 23, fc.integer()],
    ['int8', 20, int64.map(String)],
    ['float4', 700, fc.float({ noNaN: true, noDefaultInfinity: true }).filter(it => !Object.is(it, -0))],
    ['float8', 701, fc.double({ noNaN: true, noDefaultInfinity: true }).filter(it => !Object.is(it, -0))],
    ['numeric', 1700, fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String)],
    ['date', 1082, days],
    ['timestamp', 1114, stamps],
    ['timestamptz', 1184, stamps],
  ])('a value of %s is read as what it was', (_name, type, values) => {
    fc.assert(
      fc.property(values, value => {
        const cell = encodeCell(type, format, value)
        if (cell === null) throw new Error('not written')
        const read = decodeCell(type, format, cell)
        expect(type === 700 ? Math.fround(Number(read)) : read).toEqual(value)
      }),
    )
  })

  test.each<[number, unknown]>([
    [21, 32_768],
    [23, -2_147_483_649],
    [20, '9223372036854775808'],
    [20, '411111******1111'],
    [20, '[redacted]'],
    [1700, 'NaN'],
    [1700, '[redacted]'],
    [701, Number.NaN],
    [1082, new Date(Number.NaN)],
    [1082, '1987-01-01'],
    [1184, new Date('-000044-03-15T00:00:00Z')],
    [1114, new Date('+010000-06-01T00:00:00Z')],
  ])('type %d holds no %p', (type, value) => {
    expect(encodeCell(type, format, value)).toBeNull()
  })
})
