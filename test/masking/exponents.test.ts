/** Card numbers written as floats are: by databases, languages and spreadsheets, as text and as numbers. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CellScan } from '../../src/masking/cell-scan.js'
import { Tally } from '../../src/masking/counts.js'
import { Scanner } from '../../src/masking/detectors/scanner.js'
import { BRANDS, type Card, card } from './generated/cards.js'
import { Random } from './generated/random.js'

const scanner = new Scanner()
const cells = new CellScan(scanner)
const mask = (text: string): string => scanner.mask(text)?.text ?? text
const cell = (value: unknown, context = ''): unknown => cells.cell(value, new Tally(), context)

const cards: fc.Arbitrary<Card> = fc.integer().map(seed => card(new Random(seed), BRANDS))
const exact = cards.filter(({ pan }) => Number.isSafeInteger(Number(pan)))

/** One number in the notations of any printer: the point anywhere, zeros at both ends, every form of exponent. */
interface Notation {
  readonly point: number
  readonly zerosBefore: number
  readonly zerosBehind: number
  readonly trims: boolean
  readonly comma: boolean
  readonly sign: '' | '-' | '+'
  readonly letter: 'e' | 'E'
  readonly plus: '' | '+'
  readonly pad: number
}
const notations: fc.Arbitrary<Notation> = fc.record({
  point: fc.integer({ min: -3, max: 24 }),
  zerosBefore: fc.nat({ max: 3 }),
  zerosBehind: fc.nat({ max: 4 }),
  trims: fc.boolean(),
  comma: fc.boolean(),
  sign: fc.constantFrom('', '-', '+'),
  letter: fc.constantFrom('e', 'E'),
  plus: fc.constantFrom('', '+'),
  pad: fc.integer({ min: 1, max: 3 }),
})

function written(pan: string, how: Notation): string {
  const trimmed = how.trims ? pan.replace(/0{1,5}$/, '') : pan
  const digits = trimmed.padEnd(Math.max(trimmed.length, how.point), '0') + '0'.repeat(how.zerosBehind)
  const [integer, fraction] =
    how.point > 0
      ? [digits.slice(0, how.point), digits.slice(how.point)]
      : ['0', '0'.repeat(-how.point) + digits]
  const point = fraction === '' ? '' : `${how.comma ? ',' : '.'}${fraction}`
  const power = pan.length - how.point
  const exponent = `${power < 0 ? '-' : how.plus}${String(Math.abs(power)).padStart(how.pad, '0')}`
  return `${how.sign}${'0'.repeat(how.zerosBefore)}${integer}${point}${how.letter}${exponent}`
}

const around = fc.constantFrom(
  ['', ''],
  ['paid with ', '.'],
  ['{"v":', ',"n":1}'],
  ['[1, ', ', 2]'],
  ['[1,', ',2]'],
  ['7;', ';x'],
  ["select '", "'::float8"],
  ['<v>', '</v>'],
  ['v=', '&w=1'],
  ['(', ')'],
  ['n1 ', '\n'],
  ['値', 'です'],
)

describe('a card number with an exponent is masked', () => {
  test.each([
    ['4.111111111111111e+15', '411111******1111'],
    ['4.111111111111111e15', '411111******1111'],
    ['4.1111111111111110E+0015'.replace('0015', '015'), '411111******1111'],
    ['4111111111111111E0', '[redacted]'],
    ['41111111111111110e-1', '411111******1111'],
    ['0.4111111111111111e16', '411111******1111'],
    ['4,111111111111111E+15', '411111******1111'],
    ['-3.78282246310005e14', '-378282*****0005'],
    ['{"a":4.111111111111111e15}', '{"a":411111******1111}'],
    // What a double is left with of 6212348977359580003.
    ['6.21234897735958e18', '[redacted]'],
    ['6.2123489773595802e+18', '[redacted]'],
  ])('%s: %s', (text, masked) => {
    expect(mask(text)).toBe(masked)
  })

  test('in any notation, anywhere', () => {
    fc.assert(
      fc.property(cards, notations, around, ({ pan }, how, [left = '', right = '']) => {
        const number = written(pan, how)
        fc.pre(number.replace(/e.*$/i, '').replace(/\D/g, '').length >= 10)
        const masked = mask(left + number + right)
        const middle = pan.slice(6, -4)
        expect([number, masked.replace(/\D/g, '').includes(middle)]).toEqual([
          number,
          middle.length < 4 ? expect.anything() : false,
        ])
        expect(masked).not.toContain(number)
        expect(mask(masked)).toBe(masked)
      }),
      { numRuns: 3_000 },
    )
  })

  test('as a double prints it, whatever it has lost', () => {
    fc.assert(
      fc.property(cards, fc.integer({ min: 15, max: 17 }), ({ pan }, precision) => {
        const value = Number(pan)
        for (const text of [value.toExponential(), value.toExponential(precision - 1)]) {
          const kept = text.replace(/e.*$/, '').replace(/\D|0+$/g, '').length
          // With fewer, one card number in a thousand is no longer told from any other number.
          if (kept >= 13) expect(mask(text)).not.toBe(text)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('as a number, with a fraction or without, of either sign', () => {
    fc.assert(
      fc.property(exact, fc.constantFrom(0, 0.5, 0.25, 0.125), fc.boolean(), ({ pan }, fraction, below) => {
        const value = (below ? -1 : 1) * (Number(pan) + fraction)
        expect(String(cell(value))).not.toContain(pan)
        expect(JSON.stringify(cell({ a: [value] }))).not.toContain(pan)
      }),
    )
    expect(cell(Number('-6212348977359580003'))).toBe('[redacted]')
  })
})

describe('what is none stays whole', () => {
  test.each([
    '6.02214076e23',
    '1.602176634e-19',
    '1.7976931348623157e+308',
    '2.2250738585072014e-308',
    '5.972e24 kg',
    '4.111111111111112e+15',
    '4.111111111111111e+25',
    '4.111111111111111e-15',
    '4e15, 4.1e15, 1e12',
    'deadbeef4111111111111110e0cafe1234',
    '4111111111e5',
    '411111******1111e5',
  ])('%s', text => {
    expect(mask(text)).toBe(text)
  })

  test.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    4.111111111111111e25,
    0.4111111111111111,
    -1e15,
    4539578763621.375,
    1e11 + 0.5,
  ])('%s', value => {
    expect(cell(value)).toBe(value)
  })

  test('doubles of any size, but for as many as look like card numbers by chance', () => {
    const random = new Random(7)
    let changed = 0
    for (let i = 0; i < 20_000; i++) {
      const text = ((1 + 9 * random.next()) * 10 ** random.int(-30, 30)).toExponential()
      if (mask(text) !== text) changed++
    }
    // Of the sizes of card numbers, one in eight; of lost ones, as many as issuers have.
    expect(changed).toBeLessThan(20_000 * (8 / 61) * 0.25)
  })

  test('the look at bytes misses none', () => {
    fc.assert(
      fc.property(cards, notations, ({ pan }, how) => {
        const text = `v ${written(pan, how)} w`
        if (mask(text) !== text) expect(scanner.clears(Buffer.from(text), 0, text.length)).toBe(false)
      }),
    )
  })
})
