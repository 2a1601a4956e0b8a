import { describe, expect, test } from '@jest/globals'
import { ssnPack } from '../../../src/masking/detectors/packs/ssn.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { DIGITS, holds, type Random } from './kit.js'

const scanner = new Scanner([ssnPack()])
const mask = (text: string): string => scanner.mask(text)?.text ?? text

test.each([
  ['123-45-6789', '[redacted]'],
  ['held for 123-45-6789.', 'held for [redacted].'],
  ['SSN 123456789', 'SSN [redacted]'],
  ['ssn: 123 45 6789', 'ssn: [redacted]'],
  ['{"ssn":123456789}', '{"ssn":[redacted]}'],
  ['{"socialSecurityNumber":"123.45.6789"}', '{"socialSecurityNumber":"[redacted]"}'],
  ['customerSsn=987654321', 'customerSsn=[redacted]'],
  ['Social Security Number (SSN): 123-45-6789', 'Social Security Number (SSN): [redacted]'],
  ['ssns: 123-45-6789, 234-56-7890', 'ssns: [redacted], [redacted]'],
  ['name,ssn\nBob,123456789\nEve,234567890', 'name,ssn\nBob,[redacted]\nEve,[redacted]'],
  ['ssn=12345678', 'ssn=[redacted]'],
  ['ITIN 900-70-0000', 'ITIN [redacted]'],
  ['１２３-４５-６７８９', '[redacted]'],
  ['123–45–6789', '[redacted]'],
])('%j', (text, masked) => {
  expect(mask(text)).toBe(masked)
})

test.each([
  '000-45-6789',
  '666-45-6789',
  '900-45-6789',
  '123-00-6789',
  '123-45-0000',
  '123456789',
  '123-45-67890',
  'A123-45-6789',
  '1-123-45-6789',
  '123-45-6789-0',
  '123-456-789',
  'ssn: none',
  'the session 123456789',
])('%j stays whole', text => {
  expect(mask(text)).toBe(text)
})

describe('generated', () => {
  holds(
    { detector: ssnPack, member, keys: ['ssn', 'SSN', 'social_security_number', 'employeeSsn', 'ssn_no'] },
    { recall: 1, falsePositives: 0 },
  )
})

function member(random: Random): string {
  const area = String(1 + random.int(898))
    .padStart(3, '0')
    .replace('666', '667')
  const group = String(1 + random.int(99)).padStart(2, '0')
  const serial = random.word(DIGITS, 3) + String(1 + random.int(9))
  return [area, group, serial].join(random.pick(['-', '', ' ', '.', '-']))
}
