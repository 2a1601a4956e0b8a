/** All packs over one text, beside the built-in detectors. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { packDetectors } from '../../../src/masking/detectors/packs/packs.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { PACKS } from '../../../src/model/pack.js'

const scanner = new Scanner(packDetectors(PACKS))

const NAMES = [
  'password=',
  '"password":"',
  '<password>',
  'dob: ',
  'phone ',
  'ssn ',
  'iban ',
  'cvv ',
  'Bearer ',
  'name,dob\n',
]
const VALUES = [
  'alice@example.com',
  '1984-03-05',
  '+44 20 7946 0958',
  '415-555-0132',
  '123-45-6789',
  'a1B2c3D4e5F6g7H8',
]
const NUMBERS = [
  'DE89370400440532013000',
  '4111111111111111',
  'eyJhbGciOiJI.eyJzdWIi.abc',
  'postgres://u:p@db',
  '123',
]
const MARKS = [
  ' ',
  ',',
  ';',
  '"',
  "'",
  '\n',
  '=',
  ':',
  ')',
  '}',
  ']',
  '.',
  '-',
  '@',
  '%40',
  '\\u0040',
  '&#64;',
  '[at]',
]
const ODD = ['[redacted]', '４', 'é', '\ud800', '</password>', '1']

test('find everything in one text, each under its name', () => {
  const text =
    'alice@example.com DE89370400440532013000 +442079460958 123-45-6789 dob 1984-03-05 password=hunter2 4111111111111111'
  const scanned = scanner.mask(text)
  expect(scanned?.text).toBe(
    '[redacted] [redacted] [redacted] [redacted] dob [redacted] password=[redacted] 411111******1111',
  )
  expect(scanned?.findings.map(finding => finding.detector).sort()).toEqual([...PACKS, 'pan'].sort())
})

test('what they have masked they leave alone, however their findings touch', () => {
  const pieces = [...NAMES, ...VALUES, ...NUMBERS, ...MARKS, ...ODD]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 14 }), parts => {
      const masked = scanner.mask(parts.join(''))
      if (masked !== undefined) expect(scanner.mask(masked.text)).toBeUndefined()
    }),
    { numRuns: 4_000 },
  )
})
