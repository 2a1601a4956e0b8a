import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { NAMED_DIGITS } from '../../src/masking/detectors/prescan.js'
import { prescanBytes } from '../../src/masking/detectors/prescan-bytes.js'
import { Scanner } from '../../src/masking/detectors/scanner.js'
import { Folding } from '../../src/masking/detectors/unicode.js'
import { partial } from '../../src/masking/formats.js'
import { partialInPlace } from '../../src/masking/partial-bytes.js'
import { AMEX, MASTERCARD, VISA } from './support.js'

const scanner = new Scanner()
/** What is said of a text when it is read character by character. */
const prescan = (read: string): number => new Folding(read.length).read(read)
const words = [
  ...[
    'cvv',
    'CVC2',
    'csc: ',
    'cid ',
    'CID=',
    'card',
    'code',
    'PIN block ',
    'security code',
    'verification',
    'kod cvv',
  ],
  ...['Prüfnummer', 'ziffer', 'nummer', 'cryptogramme', 'código de segurança', '安全码', 'carta', 'kod bezp'],
  ...[
    'four one ',
    '%34',
    '\\u0034',
    '&#52;',
    '=34',
    'chr(52)',
    '0x34',
    '\\x',
    '\0',
    '\u200b',
    '４',
    '٤',
    '𝟒',
    '④',
    '四',
    '²',
  ],
  ...[
    VISA,
    MASTERCARD,
    AMEX,
    '4111',
    '1111 ',
    '123',
    '9',
    '.',
    '-',
    ' ',
    '\n',
    '=',
    '^',
    ';',
    '?',
    'B',
    'D',
    'MTIzNDU2Nzg5MDEyMzQ1Njc4',
  ],
]
const text = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 4 })), {
      maxLength: 12,
    })
    .map(parts => parts.join('')),
  fc.string({ unit: 'binary-ascii', maxLength: 80 }),
  fc.stringMatching(/^[a-zA-Z]{0,12}[ :=]{0,3}\d{0,20}$/),
)
const padded = fc.record({
  text,
  before: fc.uint8Array({ maxLength: 4 }),
  after: fc.uint8Array({ maxLength: 4 }),
})

/** The text as bytes among others, which must not count. */
function among({ text: inner, before, after }: { text: string; before: Uint8Array; after: Uint8Array }) {
  const bytes = Buffer.from(inner, 'utf8')
  return {
    bytes: Buffer.concat([before, bytes, after]),
    start: before.length,
    end: before.length + bytes.length,
    read: bytes.toString('utf8'),
  }
}

describe('the look at bytes is as careful as the look at their text', () => {
  test('no flag is missing', () => {
    fc.assert(
      fc.property(padded, given => {
        const { bytes, start, end, read } = among(given)
        const flags = prescan(read)
        expect(prescanBytes(bytes, start, end) & flags).toBe(flags)
      }),
      { numRuns: 2000 },
    )
  })

  test('of ASCII text it says the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 90 }), ascii => {
        const bytes = Buffer.from(ascii, 'latin1')
        expect(prescanBytes(bytes, 0, bytes.length) & ~NAMED_DIGITS).toBe(prescan(ascii))
      }),
    )
  })

  test('bytes that are no UTF-8 have no flag less than their text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), raw => {
        const flags = prescan(Buffer.from(raw).toString('utf8'))
        expect(prescanBytes(raw, 0, raw.length) & flags).toBe(flags)
      }),
    )
  })

  test('where nothing is said to be, nothing is found', () => {
    let cleared = 0
    fc.assert(
      fc.property(padded, given => {
        const { bytes, start, end, read } = among(given)
        if (!scanner.clears(bytes, start, end)) return
        cleared++
        expect(scanner.find(read)).toEqual([])
      }),
      { numRuns: 3000 },
    )
    expect(cleared).toBeGreaterThan(300)
  })

  test('nor among many digits', () => {
    const part = fc.oneof(
      fc.constantFrom(
        ...[
          VISA,
          MASTERCARD,
          AMEX,
          '4111',
          '111111',
          '1111-1111',
          ' 1111',
          '52',
          '49',
          ' x34',
          '0x31',
          'X35',
          '3',
          '00',
        ],
        ...[
          ',',
          ' ',
          '-',
          ', ',
          ' || chr(',
          '      ',
          '       ',
          '   ',
          '**',
          '*',
          '^',
          '=',
          'D',
          ';',
          'a',
          'T',
          ':',
          '/',
        ],
      ),
      fc.stringMatching(/^\d{1,19}$/),
      fc.stringMatching(/^[ -~]{0,3}$/),
    )
    const plain = fc.array(part, { minLength: 6, maxLength: 40 }).map(parts => parts.join(''))
    const codes = fc
      .tuple(
        fc.constantFrom(',', ', ', ' ', ') || chr(', ' 0x', ',0x', ' x', '||'),
        fc.array(fc.integer({ min: 28, max: 60 }), { maxLength: 40 }),
      )
      .map(([gap, numbers]) => numbers.join(gap))
    const apart = fc
      .tuple(
        fc.constantFrom(VISA, AMEX, `${VISA}^NAME/A^30121010000000000000`, `;${VISA}=30121010000000000000?`),
        fc.stringMatching(/^[ -/:-@]{0,8}$/),
      )
      .map(([number, gap]) => [...number].join(gap))
    let cleared = 0
    fc.assert(
      fc.property(fc.oneof(plain, codes, apart), given => {
        const bytes = Buffer.from(given)
        if (!scanner.clears(bytes, 0, bytes.length)) return
        cleared++
        expect(scanner.find(given)).toEqual([])
      }),
      { numRuns: 6000 },
    )
    expect(cleared).toBeGreaterThan(300)
  })

  test('nor among digits behind the name of a code', () => {
    const name = fc.constantFrom(
      ...[
        'cvv',
        'CVV 2',
        'cvc2',
        'Cvn2',
        'cav 2',
        'CSC',
        'cvd',
        'CID',
        'card verification number',
        'card-security code',
      ],
      ...[
        'security code',
        'verification value',
        'Sicherheitsnummer',
        'Prufziffer',
        'codigo de seguridad',
        'kod cvv',
      ],
      ...['cryptogramme visuel', 'codice di verifica', 'beveiligingscode', 'ordinary', 'could', 'zebra', 'k'],
    )
    const filler = fc.constantFrom(
      ...[' ', ':', '=', '#', '.', '(', '\n', 'is', 'no', 'number', 'field', 'value', 'x'],
    )
    const behind = fc
      .tuple(
        fc.constantFrom('', 'order 77777 ', 'x'.repeat(1_100)),
        name,
        fc.array(filler, { maxLength: 9 }),
        fc.stringMatching(/^\d{1,7}$/),
        fc.constantFrom('', ' and 1234567', ' of 2024-01-01', '.', ' 22'),
      )
      .map(
        ([before, named, fillers, digits, after]) => `${before}${named}${fillers.join('')}${digits}${after}`,
      )
    let cleared = 0
    let found = 0
    fc.assert(
      fc.property(behind, given => {
        const bytes = Buffer.from(given)
        const findings = scanner.find(given)
        if (findings.length > 0) found++
        if (!scanner.clears(bytes, 0, bytes.length)) return
        cleared++
        expect(findings).toEqual([])
      }),
      { numRuns: 4000 },
    )
    expect(cleared).toBeGreaterThan(300)
    expect(found).toBeGreaterThan(300)
  })

  const coded = (number: string, code: (digit: string) => string): string => [...number].map(code).join('')
  test.each([
    ['wide gaps', '4111      1111      1111      1111'],
    ['codes', coded('4222222222222', digit => `chr(${digit.charCodeAt(0)}) || `)],
    ['codes in hex', coded('4222222222222', digit => `h,0x3${digit}`)],
    ['codes in hex with hyphens', '343131312d 313131312d 313131312d 31313131'],
    ['codes in hex, plainly', coded('4222222222222', digit => `h,X3${digit}`)],
    ['a stripe that is torn', `B4${' '.repeat(8)}11111111111^NAME/A^3012101`],
  ])('a number in %s is looked at', (_name, number) => {
    const bytes = Buffer.from(number)
    expect(scanner.find(number)).not.toEqual([])
    expect(scanner.clears(bytes, 0, bytes.length)).toBe(false)
  })

  test('digits that are too far apart are not decoded', () => {
    const bytes = Buffer.from('0123456789abcde '.repeat(20))
    expect(scanner.clears(bytes, 0, bytes.length)).toBe(true)
    const timed = Buffer.from('2024-01-01T10:00:00Z 2024-01-01T10:00:01Z')
    expect(scanner.clears(timed, 0, timed.length)).toBe(true)
  })

  test.each([
    'cvv 123',
    'CVC2: 456',
    'csc=789',
    'CID: 1234',
    'security code 123',
    'Kartenprüfnummer 123',
    'kod cvv 321',
  ])('%s is looked at', code => {
    const bytes = Buffer.from(code)
    expect(scanner.find(code)).not.toEqual([])
    expect(scanner.clears(bytes, 0, bytes.length)).toBe(false)
  })

  test.each([
    'user1042@example.com',
    '2024-01-01',
    '1234.56',
    'ORD-10042',
    'see 42 and 43',
    'Zoe Wünsch',
    '10.0.0.17',
  ])('%s is not', ordinary => {
    const bytes = Buffer.from(ordinary)
    expect(scanner.clears(bytes, 0, bytes.length)).toBe(true)
  })

  test('nor in a number that is called nothing', () => {
    const number = fc.oneof(
      fc.stringMatching(/^-?\d{1,14}(?:\.\d{0,8})?$/),
      fc.constantFrom('NaN', 'Infinity', '-Infinity', '', VISA, AMEX, '676770001231', '67677000.1231'),
    )
    let cleared = 0
    fc.assert(
      fc.property(number, given => {
        const bytes = Buffer.from(`4${given}1`)
        if (!scanner.clearsNumber(bytes, 1, bytes.length - 1)) return
        cleared++
        expect(scanner.find(given)).toEqual([])
      }),
      { numRuns: 2000 },
    )
    expect(cleared).toBeGreaterThan(300)
    expect(scanner.clearsNumber(Buffer.from(VISA), 0, VISA.length)).toBe(false)
  })

  test('a detector of the owner is always asked', () => {
    const own = new Scanner([{ name: 'own', find: () => [] }])
    expect(own.clears(Buffer.from('a'), 0, 1)).toBe(false)
    expect(own.clearsNumber(Buffer.from('1'), 0, 1)).toBe(false)
    expect(own.clearsJson(Buffer.from('1'), 0, 1)).toBe(false)
  })
})

test('a number is truncated in place exactly where partial would truncate it', () => {
  const digits = fc.oneof(
    fc.constantFrom(VISA, MASTERCARD, AMEX, '6212348977359580003', '8171999927660000', '62123489773595801'),
    fc.stringMatching(/^\d{10,20}$/),
    fc.stringMatching(/^(?:62|81)\d{13,17}$/),
    fc.string({ maxLength: 20 }),
  )
  fc.assert(
    fc.property(digits, given => {
      const bytes = Buffer.from(`<${given}>`)
      const done = partialInPlace(bytes, 1, bytes.length - 1)
      const plain = /^[1-9]\d{11,18}$/.test(given) && partial(given) !== '[redacted]'
      expect(done).toBe(plain)
      expect(bytes.toString()).toBe(`<${plain ? partial(given) : given}>`)
    }),
    { numRuns: 1000 },
  )
})
