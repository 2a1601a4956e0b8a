import { describe, expect, test } from '@jest/globals'
import { phonePack } from '../../../src/masking/detectors/packs/phone.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { DIGITS, holds, type Random } from './kit.js'

const scanner = new Scanner([phonePack()])
const mask = (text: string): string => scanner.mask(text)?.text ?? text

test.each([
  ['+14155550132', '[redacted]'],
  ['+1 (415) 555-0132', '[redacted]'],
  ['+44 20 7946 0958', '[redacted]'],
  ['+44 (0)20 7946 0958', '[redacted]'],
  ['+49-30-901820', '[redacted]'],
  ['+33.1.23.45.67.89', '[redacted]'],
  ['+1.4155550132', '[redacted]'],
  ['+14155550132 12', '[redacted] 12'],
  ['tel:+1-415-555-0132', 'tel:[redacted]'],
  ['(415) 555-0132', '[redacted]'],
  ['phone: 415-555-0132', 'phone: [redacted]'],
  ['phone 020 7946 0958', 'phone [redacted]'],
  ['Tel. 030/901820', 'Tel. [redacted]'],
  ['mobile no. 07700 900123', 'mobile no. [redacted]'],
  ['{"phoneNumber":"4155550132"}', '{"phoneNumber":"[redacted]"}'],
  ['{"phones":["415-555-0132","415-555-0199"]}', '{"phones":["[redacted]","[redacted]"]}'],
  ['?phone=%2B14155550132', '?phone=[redacted]'],
  ['call me at 415.555.0132 ext. 12', 'call me at [redacted]'],
  ['Telefonnummer: 0049 30 901820', 'Telefonnummer: [redacted]'],
  ['телефон: 8 495 123-45-67', 'телефон: [redacted]'],
  ['name,phone\nBob,4155550132\n', 'name,phone\nBob,[redacted]\n'],
  ['msisdn=447700900123', 'msisdn=[redacted]'],
  ['tel ０２０ ７９４６ ０９５８', 'tel [redacted]'],
])('%j', (text, masked) => {
  expect(mask(text)).toBe(masked)
})

test.each([
  '4155550132',
  '+0000000000',
  '+10000000000',
  'a+14155550132',
  '1e+14155550132',
  '+12 apples',
  '+40.7127837-074.0059413/',
  '2024-01-01T00:00:00+0100',
  'phone book, page 12',
  'phone: 192.168.100.20',
  'phone: 2024-01-05',
  'hotel 12345678',
  'cancelled 12345678',
  '1 + 14155550132',
])('%j stays whole', text => {
  expect(mask(text)).toBe(text)
})

describe('generated', () => {
  holds(
    {
      detector: phonePack,
      member,
      keys: ['phone', 'telephone', 'mobile', 'phoneNumber', 'contact_phone', 'fax', 'Tel'],
    },
    { recall: 1, falsePositives: 0 },
  )
})

function member(random: Random): string {
  const area = `${2 + random.int(8)}${random.word(DIGITS, 2)}`
  const exchange = `${2 + random.int(8)}${random.word(DIGITS, 2)}`
  const line = random.word(DIGITS, 4)
  return random.pick([
    `+1${area}${exchange}${line}`,
    `+1 (${area}) ${exchange}-${line}`,
    `(${area}) ${exchange}-${line}`,
    `${area}-${exchange}-${line}`,
    `${area}.${exchange}.${line}`,
    `+44 20 7${random.word(DIGITS, 3)} ${line}`,
    `020 7${random.word(DIGITS, 3)} ${line}`,
    `07700 9${random.word(DIGITS, 5)}`,
    `+49 30 9${random.word(DIGITS, 7)}`,
    `+351 21 ${random.word(DIGITS, 3)} ${line}`,
    `+8190${random.word(DIGITS, 8)}`,
    `0033 1 ${random.word(DIGITS, 2)} ${random.word(DIGITS, 2)} ${random.word(DIGITS, 2)} ${random.word(DIGITS, 2)}`,
  ])
}
