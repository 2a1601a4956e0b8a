import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Scanner } from '../../src/masking/detectors/scanner.js'
import { ByteGlance } from '../../src/masking/glance/byte-glance.js'
import { SOURCE } from '../../src/masking/glance/module.data.js'
import { TextGlance } from '../../src/masking/glance/text-glance.js'
import { passesLuhn } from '../../src/util/luhn.js'
import { sourceDigest } from '../support/glance-source.js'
import { readCorpus } from './corpus/corpus.js'
import { AMEX, MASTERCARD, VISA } from './support.js'

const scanner = new Scanner()
const texts = new TextGlance()
const bytes = new ByteGlance()

/** Numbers of the texts that have to be looked at, as each glance has it. */
function looks(all: readonly string[]): readonly (readonly number[])[] {
  const inTexts: number[] = []
  texts.cells(
    all.map(text => [text]),
    [0],
    row => inTexts.push(row),
  )
  const buffers = all.map(text => Buffer.from(text))
  const chunk = Buffer.concat(buffers)
  let at = 0
  for (const { length } of buffers) {
    bytes.add(chunk, at, at + length)
    at += length
  }
  return [inTexts, bytes.done()]
}

/** @returns how many were cleared. */
function expectNothingMissed(all: readonly string[]): number {
  let cleared = 0
  for (const look of looks(all)) {
    const closer = new Set(look)
    for (const [i, text] of all.entries()) {
      if (closer.has(i)) continue
      cleared++
      if (scanner.find(text).length > 0) throw new Error(`nothing is said to be in ${JSON.stringify(text)}`)
    }
  }
  return cleared
}

const piece = fc.oneof(
  fc.constantFrom(
    ...[VISA, MASTERCARD, AMEX, '6212348977359580003', '4111', '1111 ', '378282', '5000', '676770001231'],
    ...['cvv', 'CVC2', 'cid=', 'CSC: ', 'PIN block ', 'code', 'kod', 'Prüfnummer', 'verification', 'pin'],
    ...['four one ', '%34', '\\u0034', '&#52;', '0x34', 'chr(52)', '\0', '\u200b', '４', '٤', '𝟒', '④', '四'],
    ...['e+15', 'E15', 'D', '=', '^', ';', ', ', '  ', '      ', '       ', '**', '*', '/', ':', 'is ', '.'],
    ...['-', '#', '00', '16', '18', '52', '49', 'MTIzNDU2Nzg5MDEyMzQ1Njc4', 'order ', 'the ', 'called at '],
  ),
  fc.stringMatching(/^\d{1,19}$/),
  fc.stringMatching(/^[ -~]{0,5}$/),
)
const text = fc.array(piece, { maxLength: 14 }).map(pieces => pieces.join(''))
/** Mostly cleared: twelve digits or a few more, with separators. */
const digits = fc
  .array(fc.tuple(fc.stringMatching(/^\d{1,7}$/), fc.stringMatching(/^[ :/.+,*()a-f-]{0,4}$/)), {
    minLength: 2,
    maxLength: 7,
  })
  .map(groups => groups.flat().join(''))
/** Just twelve digits, up to the end of 64 characters and beyond, many of them a card number of Maestro's. */
const twelve = fc
  .tuple(
    fc.nat(60),
    fc.constantFrom('', '+', 'is ', '= ', 'a: ', '#', 'cvv ', '00'),
    fc.constantFrom('50', '56', '6759', '5018', '41', '44', '2026'),
    fc.stringMatching(/^\d{12}$/),
    fc.constantFrom('', ' ', '-', '.', ', ', '  ', '/'),
    fc.nat(11),
    fc.constantFrom('', 'D', ' d', 'E', ' 12', ' Luhn', ' ', '.', ' is the card'),
  )
  .map(([before, word, begin, rest, gap, at, behind]) => {
    const body = (begin + rest).slice(0, 11)
    const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(digit => body + digit)
    const number = all.find(passesLuhn) ?? body
    return `${'ab '.repeat(20).slice(0, before)}${word}${number.slice(0, at)}${gap}${number.slice(at)}${behind}`
  })

describe('what a glance clears holds nothing', () => {
  test('of the corpus', () => {
    expect(expectNothingMissed(readCorpus().map(line => line.text))).toBeGreaterThan(300)
  })

  test.each([
    ['texts of pieces', text],
    ['groups of digits', digits],
    ['twelve digits', twelve],
    ['any text', fc.string({ unit: 'binary', maxLength: 60 })],
  ])('of %s', (_name, one) => {
    let cleared = 0
    fc.assert(
      fc.property(fc.array(one, { minLength: 40, maxLength: 80 }), all => {
        cleared += expectNothingMissed(all)
      }),
      { numRuns: 60 },
    )
    expect(cleared).toBeGreaterThan(300)
  })
})

describe('a glance', () => {
  test.each([
    ['a name', 'Holder 17'],
    ['an address', 'user1042@example.com'],
    ['a date and a telephone number', 'asked on 2026-01-05 about 977, call +44 20 7946 0958'],
    ['a UUID', '41111111-1111-4111-8111-111111111111'],
    ['a number that is partly shown', '411111******1111'],
    ['an amount', '1234567.25'],
  ])('clears %s', (_name, ordinary) => {
    expect(looks([ordinary, ordinary])).toEqual([[], []])
  })

  test('keeps cells apart', () => {
    expect(looks([VISA.slice(0, 8), VISA.slice(8), VISA, 'cv', 'v 123', 'abcdefgh', 'abcdefgh'])).toEqual([
      [2],
      [2],
    ])
  })

  test('finds a number wherever it stands, in texts of any length', () => {
    for (let length = 0; length < 200; length++) {
      const long = `${'ab '.repeat(70).slice(0, length)} ${VISA} ${'ba '.repeat(length % 70)}`
      expect(looks([long, 'ab'])).toEqual([[0], [0]])
    }
  })

  test('of more bytes than it has room for', () => {
    const filler = 'clear as day. '.repeat(2_000)
    expect(
      looks(['x', filler.repeat(6), VISA, filler, filler, filler, filler, filler, VISA, 'y'])[1],
    ).toEqual([1, 2, 8])
  })

  test('starts anew after a look that was given up', () => {
    const giveUp = (): never => {
      throw new Error('given up')
    }
    expect(() => texts.cells([[VISA], [VISA]], [0], giveUp)).toThrow('given up')
    expect(looks(['nothing'])).toEqual([[], []])
  })

  test('names the row and the column of each cell, of rows of any kind', () => {
    const rows = [
      { a: 1, b: VISA, c: null, d: 4111111111111111n },
      { a: 4111111111111111, b: 'no', c: [VISA], d: new Date(0) },
      { b: undefined, c: ' '.repeat(20_000), d: true },
    ]
    const seen: string[] = []
    texts.cells(rows, ['a', 'b', 'c', 'd'], (row, key) => seen.push(`${'abcd'[key]}${row}`))
    expect(seen.sort()).toEqual(['a1', 'b0', 'c1', 'c2', 'd0'])
  })

  test('is made of the source that is here', () => {
    expect(SOURCE).toBe(sourceDigest())
  })
})
