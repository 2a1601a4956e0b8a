import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CellScan } from '../../src/masking/cell-scan.js'
import { Tally } from '../../src/masking/counts.js'
import type { Detector } from '../../src/masking/detectors/detector.js'
import { Scanner } from '../../src/masking/detectors/scanner.js'
import { isUuid, isUuidText } from '../../src/masking/detectors/uuid.js'
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
const almost = fc
  .tuple(uuid, fc.nat(40), fc.constantFrom('', '-', 'g', '\u0130', '４', '/', ' '), fc.nat(2))
  .map(([text, at, other, cut]) => text.slice(0, at) + other + text.slice(at + cut))

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

  test('is told from everything else', () => {
    fc.assert(
      fc.property(fc.oneof(uuid, almost), text => {
        expect(isUuid(text)).toBe(UUID.test(text))
        const bytes = Buffer.from(`4${text}1`)
        expect(isUuidText(bytes, 1, bytes.length - 1)).toBe(UUID.test(text))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a cell of the type', () => {
  const id = '41111111-1111-1111-4111-111111111111'
  const own: Detector = { name: 'own', find: text => [{ start: 0, end: text.length }] }
  const cell = (value: unknown, context = '', detectors: readonly Detector[] = []): unknown =>
    new CellScan(new Scanner(detectors)).uuid(value, new Tally(), context)

  test('is left as it is', () => {
    expect(cell(id)).toBe(id)
    expect(cell(null)).toBeNull()
  })

  test.each([VISA, `${id} ${VISA}`, { pan: VISA }])('that holds another value is looked at: %j', value => {
    expect(JSON.stringify(cell(value))).not.toContain(VISA)
  })

  test('is looked at where its name speaks of codes, and by detectors of the owner', () => {
    expect(cell('123a4567-e89b-12d3-a456-426614174000', 'cvv: ')).toBe(
      new CellScan(scanner).cell('123a4567-e89b-12d3-a456-426614174000', new Tally(), 'cvv: '),
    )
    expect(cell(id, '', [own])).toBe('[redacted]')
  })

  test('is cleared from its bytes, in either format and in no other', () => {
    const scan = new CellScan(scanner)
    const clears = (text: string, form: 'uuid' | 'uuid-bytes'): boolean => {
      const bytes = Buffer.from(`4${text}1`)
      return scan.clears(bytes, 1, bytes.length - 1, form)
    }
    expect(clears(id, 'uuid')).toBe(true)
    expect(clears(VISA, 'uuid')).toBe(false)
    expect(clears('0123456789abcdef', 'uuid-bytes')).toBe(true)
    expect(clears('0123456789abcde', 'uuid-bytes')).toBe(false)
    expect(new CellScan(new Scanner([own])).clears(Buffer.alloc(16), 0, 16, 'uuid-bytes')).toBe(false)
  })
})
