import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import luhn from 'luhn'
import { Scanner } from '../../src/masking/detectors/scanner.js'
import { passesLuhn } from '../../src/util/luhn.js'
import { AMEX, MASTERCARD, VISA } from './support.js'

const scanner = new Scanner()
const mask = (text: string): string => scanner.mask(text)?.text ?? text
const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('the check digit agrees with another implementation', () => {
  fc.assert(
    // The other implementation takes no number to be all zeros.
    fc.property(fc.stringMatching(/^\d{0,23}[1-9]\d{1,23}$/), digits => {
      expect(passesLuhn(digits)).toBe(luhn.validate(digits))
    }),
  )
  expect(passesLuhn('')).toBe(false)
  expect(passesLuhn('4111 1111 1111 1111')).toBe(false)
})

describe('card numbers', () => {
  test.each([
    [`12 ${VISA}`, '12 411111******1111'],
    [`7-${VISA}`, '7-411111******1111'],
    [`${VISA} 12/27 `, '411111******1111 12/27 '],
    [`id ${VISA}, ${MASTERCARD}`, 'id 411111******1111, 555555******4444'],
    ['4111 1111 1111 1111 12 27', '411111******1111 12 27'],
    ['2023 4111 1111 1111 1111 2027', '2023 411111******1111 2027'],
    ['4111-1111-1111-1111-1227', '411111******1111-1227'],
    ['3782 822463 10005', '378282*****0005'],
    ['621456•6452094768652', '621456*********8652'],
    ['[4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]', '[411111******1111]'],
    ['["4111","1111","1111","1111"]', '["411111******1111"]'],
    ['4111 1111\n1111 1111', '411111******1111'],
    ['４１１１１１１１１１１１１１１１', '411111******1111'],
    ['4️⃣1️⃣1️⃣1️⃣ 1111 1111 1111', '411111******1111'],
    ['4111\u200b1111\u2060-1111\u00ad1111', '411111******1111'],
    [Buffer.from(VISA, 'utf16le').toString('latin1'), '411111******1111\0'],
    ['4111&nbsp;1111&#160;1111&#xa0;1111', '411111******1111'],
    ['%7B%22card%22%3A%224111111111111111%22%7D', '%7B%22card%22%3A%22411111******1111%22%7D'],
    ['4111%25201111%25201111%25201111', '411111******1111'],
    ['\\u0034\\u0031\\u0031\\u0031 1111 1111 1111', '411111******1111'],
    [`blob ${base64(VISA)}`, 'blob [redacted]'],
    [base64(base64(VISA)), '[redacted]'],
    [`\\x${Buffer.from(VISA).toString('hex')}`, '[redacted]'],
    [Buffer.from(VISA, 'utf16le').toString('hex'), '[redacted]'],
    ['④①①①①①①①①①①①①①①①', '[redacted]'],
    ['四一一一一一一一一一一一一一一一', '[redacted]'],
    ['card number 4111 1111 1111 1112', 'card number 411111******1112'],
    ['Kreditkartennummer: 4111111111111112', 'Kreditkartennummer: 411111******1112'],
  ])('%j', (text, masked) => {
    expect(mask(text)).toBe(masked)
  })

  test('beside each other, none shows more than its own first six and last four', () => {
    const text = '4111 1111 1111 1111 5555 5555 5555 4444 3782 822463 10005'
    expect(mask(text)).not.toMatch(/5555 555555/)
    expect(mask(text)).not.toMatch(/822463|2463/)
  })

  test('are found wherever they stand in a long text', () => {
    fc.assert(
      fc.property(
        fc.nat(3000),
        fc.constantFrom(VISA, MASTERCARD, AMEX),
        fc.constantFrom('1 ', '12 34, ', 'ab '),
        (at, pan, filler) => {
          const before = filler.repeat(at).slice(0, at)
          expect(mask(`${before}; ${pan}`)).not.toContain(pan)
        },
      ),
    )
  })
})

describe('sensitive authentication data', () => {
  test.each([
    `;${VISA}=27121010000012345678?`,
    `${VISA}=27121010000012345678`,
    `${VISA}D27121010000012345678F`,
    `%B${VISA}^DOE/JOHN^2712101000000000?`,
    base64(`;${VISA}=27121010000012345678?`),
    `2024-01-15 00:00 ${VISA}^DOE/JOHN^2712101000000000?`,
  ])('track %j refuses', text => {
    expect(scanner.mask(text)?.findings.some(finding => finding.refuse)).toBe(true)
  })

  test.each([
    'cvv 123',
    "cvv2='1234'",
    'CVC: 123',
    'Cvv123Exp0925',
    'cvv123',
    'security code 123',
    '<cvv>123</cvv>',
    'SecurityCode=123',
    'código de segurança 123',
    'CID 1234 on the front',
  ])('verification code %j is redacted', text => {
    expect(mask(text)).toContain('[redacted]')
    expect(mask(text)).not.toMatch(/123/)
    expect(scanner.mask(text)?.findings.some(finding => finding.refuse)).toBe(false)
  })
})

test.each([
  'f47ac10b-58cc-4372-a567-0e02b2c3d479',
  '2024-01-15T10:30:00.000Z',
  '1700000000000',
  '+44 20 7946 0958',
  'order 4111111111111112',
  '3.141592653589793',
  '0.4111111111111111',
  '6f1ed002ab5595859014ebf0951522d9',
  'DE89 3704 0044 0532 0130 00',
  'rows: 4111, 1111, 1111, 1111',
  'cvv required',
  'security code must be 3 or 4 digits',
  'qaeA4iSyP4i/cav442SU8oWyQczViSR8jxcerdU8U/A=',
  'BCSC591Htb6s6EKa93lomiK_rVbKjyKt',
  '01M8KC9XMG1MC2NSPJDCAV609Y',
  'Cardea test authority0\x1e\x17\r261128095328Z',
  'cardinal 1234567890128, discarded 1234567890128',
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c',
])('%j is no card data', text => {
  expect(mask(text)).toBe(text)
})

describe('whatever the text', () => {
  const unit = fc.integer({ min: 0, max: 0xffff }).map(code => String.fromCharCode(code))
  const hostile = fc.constantFrom(
    ...'0123456789 -./*%=^;&#\\xu,\n',
    '4111',
    '1111111',
    '６',
    '\ud835',
    '\udfd2',
    '[redacted]',
    '411111******1111',
    VISA,
    '%34',
    '\\u0031',
    'cvv',
    'card ',
    'D2712',
    '&#52;',
  )
  const text = fc.array(fc.oneof(unit, hostile), { maxLength: 120 }).map(parts => parts.join(''))

  test('scanning never throws, and masking twice is masking once', () => {
    fc.assert(
      fc.property(text, raw => {
        const once = mask(raw)
        expect(mask(once)).toBe(once)
      }),
      { numRuns: 5000 },
    )
  })

  test('spans are in order, apart and within the text', () => {
    fc.assert(
      fc.property(text, raw => {
        let at = 0
        for (const { start, end } of scanner.find(raw)) {
          expect(start).toBeGreaterThanOrEqual(at)
          expect(end).toBeGreaterThan(start)
          at = end
        }
        expect(at).toBeLessThanOrEqual(raw.length)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    '4 ',
    '4',
    '4111 ',
    'card 4 ',
    '%34',
    '&#52;',
    '\\u0034',
    '34',
    'NDEx',
    '52,',
    'four ',
    '^',
    '4111111111111111^',
    '=',
    '\ud835',
    '４ ',
    'cvv is ',
    '1.',
    'a',
    '(',
  ])('two million characters of %j are read', part => {
    const long = part.repeat(2_000_000 / part.length)
    expect(typeof mask(long)).toBe('string')
  })
})

test('a detector of the owner runs beside the built-in ones', () => {
  const employee = {
    name: 'employee',
    find: (text: string) =>
      [...text.matchAll(/EMP-\d{6}/g)].map(m => ({ start: m.index, end: m.index + m[0].length })),
  }
  const scanned = new Scanner([employee]).mask(`EMP-123456 paid with ${VISA}`)
  expect(scanned?.text).toBe('[redacted] paid with 411111******1111')
  expect(scanned?.findings.map(({ detector }) => detector)).toEqual(['employee', 'pan'])
})
