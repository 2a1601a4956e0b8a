/** Whatever the card, however it is written, wherever it stands: it is masked, and masking is done once. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import luhn from 'luhn'
import { CellScan, SensitiveDataFound } from '../../../src/masking/cell-scan.js'
import { Tally } from '../../../src/masking/counts.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { passesLuhn } from '../../../src/util/luhn.js'
import { BRANDS, type Card, card, checkDigit, embossed, everyDigit, thousands } from './cards.js'
import { FAMILIES } from './families.js'
import { Random } from './random.js'
import { leaks } from './sample.js'
import { DIGITS, INVISIBLE, inScript, LINE_BREAKS, SEPARATORS } from './scripts.js'

const scanner = new Scanner()
const mask = (text: string): string => scanner.mask(text)?.text ?? text
const clear = (made: Card, masked: string): boolean =>
  !leaks({ kind: '', text: '', pans: [made.pan], secrets: [] }, masked)

/** Every brand and each of its lengths, evenly. */
const anyCard: fc.Arbitrary<Card> = fc
  .tuple(fc.constantFrom(...BRANDS), fc.nat(), fc.nat())
  .map(([brand, seed, length]) => {
    const lengths = [brand.lengths[length % brand.lengths.length] ?? 16]
    return card(new Random(seed), [{ ...brand, lengths }])
  })
/** What may stand around a number without being a part of it. */
const before = fc.constantFrom(
  '',
  'card ',
  '{"pan":"',
  '(',
  'id=',
  '<td>',
  'no. ',
  'x_',
  '卡号',
  'e: ',
  '\n',
  '“',
)
const after = fc.constantFrom(
  '',
  '.',
  '"}',
  ')',
  '</td>',
  ' ok',
  '_v2',
  'です',
  ' exp 12/27',
  '\n',
  '&x=1',
  '”',
)
const framed = (written: string, left: string, right: string): string => `${left}${written}${right}`

describe('any card number is masked', () => {
  test('plainly, and between anything', () => {
    fc.assert(
      fc.property(anyCard, before, after, (made, left, right) => {
        expect(clear(made, mask(framed(made.pan, left, right)))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('in its groups, with any separator', () => {
    fc.assert(
      fc.property(
        anyCard,
        fc.constantFrom(...SEPARATORS, ...LINE_BREAKS, ' ', '-', '•'),
        before,
        after,
        (made, gap, left, right) => {
          expect(clear(made, mask(framed(embossed(made).join(gap), left, right)))).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('in fours, with another separator each time', () => {
    fc.assert(
      fc.property(
        anyCard,
        fc.array(fc.constantFrom(...SEPARATORS), { minLength: 5, maxLength: 5 }),
        before,
        after,
        (made, gaps, left, right) => {
          const groups = made.pan.match(/.{1,4}/g) ?? []
          const written = groups.map((group, i) => (i === 0 ? group : `${gaps[i - 1]}${group}`)).join('')
          expect(clear(made, mask(framed(written, left, right)))).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('digit by digit, and by thousands', () => {
    fc.assert(
      fc.property(
        anyCard,
        fc.constantFrom(' ', '-', '.', '_', '\u00a0', '/'),
        fc.boolean(),
        after,
        (made, gap, single, right) => {
          const groups = single ? everyDigit(made) : thousands(made)
          expect(clear(made, mask(framed(groups.join(gap), 'n: ', right)))).toBe(true)
        },
      ),
      { numRuns: 1500 },
    )
  })

  test('with characters between that nobody sees', () => {
    const anywhere = fc.array(fc.tuple(fc.nat(18), fc.constantFrom(...INVISIBLE)), { maxLength: 8 })
    fc.assert(
      fc.property(anyCard, anywhere, before, after, (made, places, left, right) => {
        const signs = [...made.pan]
        for (const [at, sign] of places) signs.splice(at, 0, sign)
        const written = signs.join('')
        expect(clear(made, mask(framed(written, left, right)))).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  test('in the digits of any script', () => {
    fc.assert(
      fc.property(anyCard, fc.constantFrom(...Object.keys(DIGITS)), (made, script) => {
        expect(clear(made, mask(inScript(made.pan, script)))).toBe(true)
      }),
      { numRuns: 1500 },
    )
  })

  test('as a number, a bigint, bytes and within JSON at any depth', () => {
    const scan = new CellScan(scanner)
    const nested = fc.letrec<{ value: (made: Card) => unknown }>(tie => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant((made: Card): unknown => made.pan),
        fc.constant((made: Card): unknown => BigInt(made.pan)),
        fc.constant((made: Card): unknown => Buffer.from(made.pan)),
        fc.constant((made: Card): unknown => `{"n":${made.pan}}`),
        tie('value').map(inner => (made: Card): unknown => [1, inner(made)]),
        tie('value').map(inner => (made: Card): unknown => ({ a: null, key: inner(made) })),
        tie('value').map(
          inner =>
            (made: Card): unknown =>
              JSON.stringify(inner(made), plain),
        ),
      ),
    })).value
    fc.assert(
      fc.property(anyCard, nested, (made, build) => {
        const masked = JSON.stringify(scan.cell(build(made), new Tally()), plain)
        expect(clear(made, masked)).toBe(true)
      }),
      { numRuns: 1500 },
    )
  })
})

/** JSON of what JSON does not know. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  const bytes = value as { type?: unknown; data?: unknown } | null
  return bytes?.type === 'Buffer' ? Buffer.from(bytes.data as number[]).toString('latin1') : value
}

describe('whatever a generator makes', () => {
  const all = Object.values(FAMILIES).flatMap(families => Object.values(families))
  const anyText = fc
    .tuple(fc.constantFrom(...all), fc.nat(), fc.nat(200))
    .map(([family, seed, n]) => family(new Random(seed), n).text)

  test('masking it twice is masking it once', () => {
    fc.assert(
      fc.property(anyText, text => {
        const once = mask(text)
        expect(mask(once)).toBe(once)
      }),
      { numRuns: 4000 },
    )
  })

  test('and what its bytes clear holds nothing', () => {
    let cleared = 0
    fc.assert(
      fc.property(anyText, text => {
        const bytes = Buffer.from(text)
        if (!scanner.clears(bytes, 0, bytes.length)) return
        cleared++
        expect(scanner.find(bytes.toString())).toEqual([])
      }),
      { numRuns: 4000 },
    )
    expect(cleared).toBeGreaterThan(200)
  })
})

test('no value of any type makes it throw, but for stripes', () => {
  const scan = new CellScan(scanner)
  const unit = fc.integer({ min: 0, max: 0xffff }).map(code => String.fromCharCode(code))
  const text = fc.string({ unit, maxLength: 60 })
  const value = fc.oneof(
    text,
    fc.double(),
    fc.bigInt(),
    fc.uint8Array({ maxLength: 60 }),
    fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
    fc.jsonValue(),
    fc.anything({
      key: text,
      withBigInt: true,
      withDate: true,
      withTypedArray: true,
      withNullPrototype: true,
    }),
  )
  fc.assert(
    fc.property(value, text, (given, name) => {
      try {
        scan.cell(given, new Tally(), scan.context(name))
      } catch (error) {
        if (!(error instanceof SensitiveDataFound)) throw error
      }
    }),
    { numRuns: 4000 },
  )
})

test('the check digit of the hot path is that of another implementation', () => {
  fc.assert(
    fc.property(anyCard, fc.integer({ min: 0, max: 9 }), ({ pan }, last) => {
      const changed = pan.slice(0, -1) + last
      expect(passesLuhn(changed)).toBe(luhn.validate(changed))
      expect(passesLuhn(pan)).toBe(true)
      expect(checkDigit(pan.slice(0, -1))).toBe(Number(pan.at(-1)))
      expect(mask(changed) !== changed).toBe(luhn.validate(changed))
    }),
    { numRuns: 2000 },
  )
})
