import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Scanner } from '../../src/masking/detectors/scanner.js'
import { AMEX, VISA } from './support.js'

const scanner = new Scanner()
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Hexadecimal digits that are much of a card number, of codes of digits, of an exponent. */
const part = fc.oneof(
  fc.constantFrom(VISA, AMEX, '5a08', '52a49b', '3131', '0011', 'f4f1', '57', 'e15', 'E5', 'cd', '0123'),
  fc.stringMatching(/^\d{1,12}$/),
  fc.stringMatching(/^[0-9a-fA-F]{1,6}$/),
)
const uuid = fc
  .array(part, { minLength: 32, maxLength: 32 })
  .map(parts => parts.join('').slice(0, 32))
  .map(hex => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
describe('a UUID that stands alone', () => {
  test('holds nothing, whatever its digits', () => {
    fc.assert(
      fc.property(uuid, text => {
        expect(text).toMatch(UUID)
        expect(scanner.find(text)).toEqual([])
      }),
      { numRuns: 3000 },
    )
  })
})
