/** What columns are taken for, from their values and names. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import luhn from 'luhn'
import { valueJudge } from '../../src/cli/scan/judge.js'
import { Series } from '../../src/profiling/series.js'
import { cardNumber, checkDigit, profiled, randomDigits, seeded, times } from './kit.js'

const random = seeded(7)
const visa = () => cardNumber('4', 16, random)
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
const BRANDS: readonly (readonly [string, number])[] = [
  ['4', 16],
  ['51', 16],
  ['2221', 16],
  ['37', 15],
  ['6011', 16],
  ['36', 14],
]
const anyCard = () => cardNumber(...(pick(BRANDS) as [string, number]), random)
const fours = (digits: string, by: string) => digits.replace(/(.{4})(?=.)/g, `$1${by}`)

/** 19 digits, none of which a float could hold. */
const long = () => cardNumber('4', 19, random)

describe('card numbers under a name that says nothing', () => {
  test.each<[string, () => unknown[]]>([
    ['of every brand', () => times(200, anyCard)],
    ['of American Express alone', () => times(100, () => cardNumber('37', 15, random))],
    ['of 19 digits', () => times(100, long)],
    ['of 13 digits', () => times(100, () => cardNumber('4', 13, random))],
    ['spaced', () => times(100, () => fours(visa(), ' '))],
    ['with dashes', () => times(100, () => fours(visa(), '-'))],
    ['of one issuer', () => times(100, () => cardNumber('411111', 16, random))],
    ['zero-padded', () => times(100, () => visa().padStart(19, '0'))],
    ['zero-padded beyond a PAN', () => times(100, () => visa().padStart(30, '0'))],
    ['in a column of fixed width', () => times(100, () => `${visa()}        `)],
    ['as decimals', () => times(100, () => `${visa()}.00`)],
    ['as floats', () => times(100, () => String(Number(visa()).toExponential()))],
    ['in base64', () => times(100, () => Buffer.from(visa()).toString('base64'))],
    ['in hexadecimal', () => times(100, () => Buffer.from(visa()).toString('hex'))],
    ['percent-encoded', () => times(100, () => visa().replace(/./g, digit => `%3${digit}`))],
    [
      'in full-width digits',
      () => times(100, () => visa().replace(/\d/g, digit => String.fromCharCode(0xff10 + Number(digit)))),
    ],
    ['as bytes', () => times(100, () => Buffer.from(visa()))],
    ['as packed decimals', () => times(100, () => Buffer.from(visa(), 'hex'))],
    ['with a percent of garbage', () => [...times(198, anyCard), 'unknown', '4111']],
    ['with ten mistyped of two hundred', () => [...times(190, anyCard), ...times(10, () => wrong(visa()))]],
    ['with NULL and empty cells', () => [...times(60, anyCard), ...times(200, at => (at % 2 ? null : ''))]],
    ['as twenty, the fewest that tell', () => times(20, anyCard)],
  ])('%s are', (_, cells) => {
    const { verdict, label, holds } = profiled('reference', cells())
    expect([verdict, label, holds]).toEqual(['pan', 'pan', {}])
  })

  test.each<[string, () => unknown[]]>([
    ['one value in every row', () => times(500, () => '4111111111111111')],
    ['nineteen, one too few to tell', () => times(19, anyCard)],
    ['a single one', () => [visa()]],
    ['half of them tokens of the same form', () => [...times(50, visa), ...times(50, () => wrong(visa()))]],
    ['UnionPay numbers without check digits', () => times(100, () => `62${randomDigits(14, random)}`)],
    ['device numbers (IMEI)', () => times(100, () => cardNumber('35', 15, random))],
    ['private-label numbers', () => times(100, () => cardNumber('7', 16, random))],
  ])('%s: a person has to look', (_, cells) => {
    const judgement = profiled('reference', cells())
    expect(judgement).toMatchObject({ verdict: 'ambiguous', label: 'pan' })
    expect(judgement.reason).not.toBe('')
  })
})

function wrong(digits: string): string {
  return digits.slice(0, -1) + ((Number(digits.at(-1)) + 1) % 10)
}

describe('other numbers are not', () => {
  test.each<[string, () => unknown[]]>([
    ['ids of 16 digits', () => times(500, () => randomDigits(16, random))],
    ['ids of 16 digits that start with 4', () => times(500, () => `4${randomDigits(15, random)}`)],
    ['ids that count up', () => times(500, at => String(4000_0000_0000_0000n + BigInt(at)))],
    [
      'twenty ids that start with 4',
      () => times(20, at => String(4000_0000_0000_0000n + BigInt(at) * 7919n)),
    ],
    ['EAN codes that start with 4', () => times(300, () => ean(`4${randomDigits(11, random)}`))],
    ['IMEISV', () => times(300, () => `35${randomDigits(14, random)}`)],
    ['tracking numbers', () => times(300, () => `6129${randomDigits(8, random)}`)],
    ['UPS tracking numbers', () => times(300, () => `1Z999AA1${randomDigits(10, random)}`)],
    ['milliseconds', () => times(300, () => `17${randomDigits(11, random)}`)],
    ['moments', () => times(300, at => `202611291530${String(at % 60).padStart(2, '0')}`)],
    ['snowflakes', () => times(300, () => `1${randomDigits(18, random)}`)],
    ['phone numbers', () => times(300, () => `+49${randomDigits(11, random)}`)],
    [
      'UUIDs',
      () => times(100, () => `${randomDigits(8, random)}-1234-4567-8901-${randomDigits(12, random)}`),
    ],
    ['card numbers that were cut', () => times(100, () => `411111******${randomDigits(4, random)}`)],
    ['words', () => ['alpha', 'beta']],
    ['nothing', () => []],
    ['NULL alone', () => [null, null]],
  ])('%s', (_, cells) => {
    const { verdict, holds } = profiled('reference', cells())
    expect([verdict, holds]).toEqual(['none', {}])
  })

  /** The check digit of EAN and UPC weighs by three, not by two. */
  function ean(body: string): string {
    const sum = [...body].reverse().reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 1 : 3), 0)
    return `${body}${(10 - (sum % 10)) % 10}`
  }
})

describe('a name that says card number', () => {
  test.each([
    'pan',
    'card_number',
    'cardNumber',
    'customerCardNumber',
    'CARDNO',
    'cc_num',
    'kartennummer',
    'numero_tarjeta',
    'cust_pan_1',
  ])('makes few values certain: %s', name => {
    expect(profiled(name, [visa(), visa()])).toMatchObject({ verdict: 'pan' })
    expect(
      profiled(
        name,
        times(300, () => '4111111111111111'),
      ),
    ).toMatchObject({ verdict: 'pan' })
  })

  test('makes a column of which most are tokens one of card numbers', () => {
    const cells = [...times(80, () => `tok_${randomDigits(8, random)}`), ...times(20, visa)]
    expect(profiled('card_number', cells)).toMatchObject({ verdict: 'pan' })
    expect(profiled('reference', cells)).toMatchObject({ verdict: 'none', holds: { pan: 20 } })
  })

  test('makes a column of them with something beside one of card numbers', () => {
    const cells = times(5, () => `${visa()} 12/30`)
    expect(profiled('card_number', cells)).toMatchObject({ verdict: 'pan' })
    expect(profiled('reference', cells)).toMatchObject({ verdict: 'none', holds: { pan: 5 } })
  })

  test('is looked into where the check digits say no', () => {
    const cells = times(200, () => randomDigits(16, random))
    expect(profiled('card_number', cells)).toMatchObject({ verdict: 'ambiguous', label: 'pan' })
  })

  test('makes numbers of a private brand card numbers', () => {
    expect(
      profiled(
        'gift_card_number',
        times(50, () => cardNumber('7', 16, random)),
      ),
    ).toMatchObject({ verdict: 'pan' })
  })

  test('is all that there is to say of an empty column', () => {
    expect(profiled('card_number', [null, ''])).toMatchObject({ verdict: 'ambiguous', label: 'pan' })
    expect(profiled('cvv', [])).toMatchObject({ verdict: 'ambiguous', label: 'sad' })
  })

  test('says nothing of values that are none', () => {
    expect(profiled('card_number', ['411111******1111', 'x'])).toMatchObject({ verdict: 'none' })
  })

  test.each([
    'company',
    'expand',
    'pancake',
    'scorecard',
    'discard_no_more',
    'japan',
    'cardinality',
    'account',
    'track',
    'pin',
  ])('is not %s', name => {
    expect(profiled(name, [])).toMatchObject({ verdict: 'none' })
  })
})

describe('card numbers in other text', () => {
  test('are told apart from a column of them', () => {
    const cells = [...times(50, at => `note ${at}`), 'read over the phone: 4111 1111 1111 1111']
    expect(profiled('note', cells)).toMatchObject({ verdict: 'none', holds: { pan: 1 } })
  })

  test('also where every text has one', () => {
    const cells = times(50, () => `card ${visa()} exp 12/30`)
    expect(profiled('message', cells)).toMatchObject({ verdict: 'none', holds: { pan: 50 } })
  })
})

describe('documents', () => {
  test('have columns of their own, which label the whole', () => {
    const cells = times(30, at =>
      JSON.stringify({ id: at, customer: { cards: [{ number: visa(), kind: 'credit' }] } }),
    )
    expect(profiled('payload', cells)).toMatchObject({ verdict: 'pan', at: 'customer.cards.[].number' })
  })

  test('with numbers beyond 2^53, and with documents in texts', () => {
    const numbers = times(30, () => `{"n": ${long()}, "list": [${long()}, 1]}`)
    expect(profiled('payload', numbers)).toMatchObject({ verdict: 'pan' })
    const nested = times(30, () => JSON.stringify({ body: JSON.stringify({ a: visa() }) }))
    expect(profiled('payload', nested)).toMatchObject({ verdict: 'pan', at: 'body.a' })
  })

  test('whose keys are card numbers hold them, and show none', () => {
    const cells = times(30, () => JSON.stringify({ [visa()]: { amount: 1, ref: visa() } }))
    const judgement = profiled('payload', cells)
    expect(judgement).toMatchObject({ verdict: 'pan', at: '*.ref', holds: { pan: 30 } })
    expect(JSON.stringify(judgement)).not.toMatch(/\d{9}/)
  })

  test('with a verification code under its name', () => {
    const cells = times(5, () => JSON.stringify({ card: { cvv: randomDigits(3, random) } }))
    expect(profiled('payload', cells)).toMatchObject({ verdict: 'sad', at: 'card.cvv' })
  })

  test('with more places than are told apart are still counted', () => {
    const cells = times(300, at => JSON.stringify({ [`k${at}`]: visa() }))
    expect(profiled('payload', cells)).toMatchObject({ verdict: 'pan', at: '*' })
  })

  test('that are none are texts', () => {
    expect(profiled('payload', [`{"cut": "${visa()}", "rest`])).toMatchObject({ holds: { pan: 1 } })
    expect(profiled('payload', [`{"n": ${'['.repeat(90)}${visa()}${']'.repeat(90)}}`])).toMatchObject({
      holds: { pan: 1 },
    })
  })

  test('arrays of PostgreSQL are their elements', () => {
    const cells = times(20, () => `{${visa()},NULL,"${fours(visa(), ' ')}"}`)
    expect(profiled('numbers', cells, { array: true })).toMatchObject({ verdict: 'pan' })
  })
})

describe('sensitive authentication data', () => {
  const track2 = () => `;${visa()}=30121010000012345678?`
  const track1 = () => `%B${visa()}^BYRON/ADA^30121010000000000000?`

  test.each([
    ['track 2', track2],
    ['track 1', track1],
  ])('%s needs no name and no number of values', (_, make) => {
    expect(profiled('data', [make()])).toMatchObject({ verdict: 'sad', label: 'sad' })
    expect(profiled('data', times(50, make))).toMatchObject({ verdict: 'sad' })
  })

  test('in other text is told apart', () => {
    expect(profiled('log', [...times(9, at => `line ${at}`), `swipe ${track2()}`])).toMatchObject({
      verdict: 'none',
      holds: { sad: 1 },
    })
    expect(profiled('log', ['a', 'b', 'cvv: 123'])).toMatchObject({ verdict: 'none', holds: { sad: 1 } })
  })

  test.each(['cvv', 'CVC2', 'card_verification_value', 'securityCode', 'cvv_2', 'csc'])(
    'codes under %s are',
    name => {
      expect(
        profiled(
          name,
          times(30, () => randomDigits(3, random)),
        ),
      ).toMatchObject({ verdict: 'sad' })
      expect(profiled(name, ['123'])).toMatchObject({ verdict: 'sad' })
      // As whole numbers, which have no zeros at the start.
      expect(
        profiled(
          name,
          times(200, () => String(Number(randomDigits(3, random)))),
        ),
      ).toMatchObject({ verdict: 'sad' })
    },
  )

  test.each(['code', 'status', 'branch', 'amount', 'cid'])('codes under %s are not, alone', name => {
    expect(
      profiled(
        name,
        times(30, () => randomDigits(3, random)),
      ),
    ).toMatchObject({ verdict: 'none' })
  })

  test('the answer to a code is none', () => {
    expect(
      profiled(
        'cvv',
        times(30, () => pick(['M', 'N', 'U'])),
      ),
    ).toMatchObject({ verdict: 'none' })
    expect(
      profiled(
        'cvv',
        times(30, () => pick(['1', '2'])),
      ),
    ).toMatchObject({ verdict: 'none' })
  })

  test('PINs are for a person to look at, where no card numbers stand beside them', () => {
    const pins = times(30, () => randomDigits(4, random))
    expect(profiled('pin', pins)).toMatchObject({ verdict: 'ambiguous', label: 'sad' })
    expect(
      profiled(
        'pin_code',
        times(30, () => randomDigits(6, random)),
      ),
    ).toMatchObject({ verdict: 'none' })
  })

  test('PIN blocks are under their name', () => {
    const block = () => 'A1B2C3D4'.replace(/\d/g, () => randomDigits(1, random)).padEnd(16, '0F')
    expect(profiled('pin_block', times(30, block))).toMatchObject({ verdict: 'sad' })
    expect(profiled('hash', times(30, block))).toMatchObject({ verdict: 'none' })
  })
})

describe('the figures', () => {
  test('agree with the package luhn, and with the kit', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 19 })
    fc.assert(
      fc.property(fc.array(digits, { maxLength: 40 }), lists => {
        const numbers = [...new Set(lists.map(list => `1${list.join('').slice(1)}`))]
        const series = new Series(valueJudge([]), 'x')
        for (const number of numbers) series.add(number)
        const { numbers: count, luhn: right } = series.figures()
        expect([count, right]).toEqual([
          numbers.length,
          numbers.filter(number => luhn.validate(number)).length,
        ])
        for (const number of numbers) {
          expect(luhn.validate(number)).toBe(checkDigit(number.slice(0, -1)) === number.at(-1))
        }
      }),
    )
  })

  test('hold no value, whatever is added, and nothing throws', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.json(),
      fc.uint8Array(),
      fc.constantFrom(null, undefined, 0, 1e300, Number.NaN, 12n, true, '\ud800', '[{', '{"a":'),
    )
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 20 }), fc.string(), (cells, name) => {
        expect(() => profiled(name, cells)).not.toThrow()
      }),
    )
    const told = JSON.stringify(profiled('x', times(50, visa)))
    expect(told).not.toMatch(/\d{5}/)
  })
})
