/** Texts that are made anew, by templates that the detectors were not written for, against floors that were reached. */
import { describe, expect, test } from '@jest/globals'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { FAMILIES, type Kind, samples, wrong } from './families.js'

const scanner = new Scanner()
const mask = (text: string): string => scanner.mask(text)?.text ?? text

/** Where the family stays behind the others of its kind, and why. */
const WEAKER: Readonly<Record<string, number>> = {
  // Without a gap or a word, a length in front of a number of 13 digits or 17 is one of many.
  'bcd-llvar': 0.15,
  // Ten or twelve digits, a full stop and the rest are a decimal.
  'mixed-separators': 0.03,
  // Of text in UTF-16 whose first letters are beyond Latin-1, some bytes look like control characters.
  'utf16-in': 0.04,
  // Rows of four groups of four digits.
  matrix: 0.04,
}

describe.each([
  ['ordinary', 0.002],
  ['evasive', 0.003],
  ['encoded', 0.005],
  ['sensitive', 0.002],
  ['harmless', 0.002],
] as const)('%s', (kind: Kind, ceiling) => {
  const made = samples(kind, 150, 20261129)

  test('most are as they should be', () => {
    expect(wrong(kind, made, mask).length / made.length).toBeLessThanOrEqual(ceiling)
  })

  test('no family is far behind', () => {
    const behind = Object.keys(FAMILIES[kind]).filter(name => {
      const own = made.filter(sample => sample.kind.startsWith(`${name}:`))
      return wrong(kind, own, mask).length / own.length > (WEAKER[name] ?? 0.02)
    })
    expect(behind).toEqual([])
  })
})

test('a detector that sees nothing fails', () => {
  const blind = (text: string): string => text
  for (const kind of ['ordinary', 'evasive', 'encoded', 'sensitive'] as const) {
    const made = samples(kind, 20, 1)
    expect(wrong(kind, made, blind).length / made.length).toBeGreaterThan(0.95)
  }
  const all = (): string => '[redacted]'
  expect(wrong('harmless', samples('harmless', 20, 1), all)).toHaveLength(
    20 * Object.keys(FAMILIES.harmless).length,
  )
})
