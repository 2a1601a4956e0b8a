import { describe, expect, test } from '@jest/globals'
import { ibanPack } from '../../../src/masking/detectors/packs/iban.js'
import { IBAN_LENGTHS } from '../../../src/masking/detectors/pan/iban-lengths.data.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { DIGITS, holds, type Random, UPPER } from './kit.js'

const scanner = new Scanner([ibanPack()])
const mask = (text: string): string => scanner.mask(text)?.text ?? text

test.each([
  ['DE89370400440532013000', '[redacted]'],
  ['DE89 3704 0044 0532 0130 00', '[redacted]'],
  ['de89370400440532013000', '[redacted]'],
  ['GB29-NWBK-6016-1331-9268-19', '[redacted]'],
  ['pay to NO93 8601 1117 947 today', 'pay to [redacted] today'],
  ['DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000', '[redacted]'],
  ['IBANDE89370400440532013000', 'IBAN[redacted]'],
  ['IBAN: DE00 3704 0044 0532 0130 00', 'IBAN: [redacted]'],
  ['{"iban":"FR1420041010050500013M02606"}', '{"iban":"[redacted]"}'],
  ['?iban=GB29%20NWBK%206016%201331%209268%2019', '?iban=[redacted]'],
  ['ＤＥ８９３７０４００４４０５３２０１３０００', '[redacted]'],
  ['MT84MALT011000012345MTLCAST001S,SE4550000000058398257466', '[redacted],[redacted]'],
])('%j', (text, masked) => {
  expect(mask(text)).toBe(masked)
})

test.each([
  'DE88370400440532013000',
  'XX89370400440532013000',
  'DE8937040044053201300',
  'DE893704004405320130000',
  'ABDE89370400440532013000',
  'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0',
])('%j stays whole', text => {
  expect(mask(text)).toBe(text)
})

describe('generated', () => {
  holds(
    { detector: ibanPack, member, keys: ['iban', 'IBAN', 'account', 'creditorAccount'] },
    { recall: 1, falsePositives: 0 },
  )
})

function member(random: Random): string {
  const [country = '', length = 0] = random.pick(Object.entries(IBAN_LENGTHS))
  const account = random.word(random.pick([DIGITS, DIGITS + UPPER]), length - 4)
  const number = [...`${account}${country}00`].map(char => String(Number.parseInt(char, 36))).join('')
  const check = String(98n - (BigInt(number) % 97n)).padStart(2, '0')
  const compact = `${country}${check}${account}`
  const grouped = compact.replace(/(.{4})(?=.)/g, `$1${random.pick([' ', '-', '\u00a0'])}`)
  return random.pick([compact, grouped, compact.toLowerCase()])
}
