/** Card numbers among other numbers, in notations of which more than one reading is possible. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Scanner } from '../../src/masking/detectors/scanner.js'
import { AMEX, MASTERCARD, VISA } from './support.js'

const scanner = new Scanner()
const DINERS = '30569309025904'
const card = fc.constantFrom(VISA, MASTERCARD, AMEX, DINERS, '4222222222222', '6212348977359580003')

function expectHidden(text: string): void {
  const masked = scanner.mask(text)?.text
  if (masked === undefined || /\d{9}/.test(masked.replace(/[\s,]/g, ''))) throw new Error(`shown: ${text}`)
}

describe('a card number', () => {
  test('in lakhs and crores, as in India', () => {
    fc.assert(
      fc.property(
        card,
        fc.constantFrom('', '₹ ', 'Rs. '),
        fc.constantFrom('', '.00', ' only'),
        (pan, sign, end) => expectHidden(`${sign}${BigInt(pan).toLocaleString('en-IN')}${end}`),
      ),
    )
  })

  test('in codes of its digits, with a number before or behind that could be one more code', () => {
    const other = fc.constantFrom('', 'row 50: ', 'amount 1,234.56 is ', '[48] ', '10:50:49 got ', '0x33 - ')
    const gap = fc.constantFrom(',', ', ', ' ', ' | ', '\n')
    const write = fc.constantFrom<(code: number) => string>(String, code => `0x${code.toString(16)}`)
    fc.assert(
      fc.property(
        card,
        other,
        gap,
        write,
        fc.constantFrom('', '; 57 in all', ' [50]'),
        (pan, before, between, one, end) => {
          const codes = [...pan].map(digit => one(digit.charCodeAt(0))).join(between)
          const text = `${before}${codes}${end}`
          const masked = scanner.mask(text)?.text ?? text
          if (masked.includes(codes)) throw new Error(`shown: ${text}`)
        },
      ),
    )
  })

  test.each(['", "', "', '", '?', ' ?'])('in fours parted by %j', gap => {
    expectHidden(`[${[VISA.slice(0, 4), VISA.slice(4, 8), VISA.slice(8, 12), VISA.slice(12)].join(gap)}]`)
  })

  test.each([
    ['5A07', DINERS],
    ['5A08', `${AMEX}F`],
    ['5A08', VISA],
    ['5A07', '4222222222222F'],
  ])('in the field %s of a payment message: %s', (tag, value) => {
    expectHidden(`${tag}${value}`)
    expectHidden(`tlv=${tag}${value}9F1A0208405F2A02`)
  })
})

test.each([
  'rooms 50, 51, 52, 53, 54, 55, 56, 57, 58',
  'index 12,34,567 rose to 1,23,45,678',
  '"2019", "2020", "2021", "2022"',
  'https://host/a?4111?b=1',
])('nothing is found in %s', text => {
  expect(scanner.find(text)).toEqual([])
})
