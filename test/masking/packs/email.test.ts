import { describe, expect, test } from '@jest/globals'
import { emailPack } from '../../../src/masking/detectors/packs/email.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { ALNUM, holds, LOWER, type Random } from './kit.js'

const scanner = new Scanner([emailPack()])
const mask = (text: string): string => scanner.mask(text)?.text ?? text

test.each([
  ['alice@example.com', '[redacted]'],
  ['Write to alice.b+news@mail.example.co.uk.', 'Write to [redacted].'],
  ['"Alice" <alice@example.com>, bob@example.org', '"Alice" <[redacted]>, [redacted]'],
  ["o'brien@example.ie", '[redacted]'],
  ["where email = 'alice@example.com'", "where email = '[redacted]'"],
  ["values (E'alice@example.com')", "values (E'[redacted]')"],
  ['"john doe"@example.com', '[redacted]'],
  ['müller@bücher.example', '[redacted]'],
  ['用户@例子.广告', '[redacted]'],
  ['alice@[192.0.2.1]', '[redacted]'],
  ['mailto:alice%40example.com?subject=x', 'mailto:[redacted]?subject=x'],
  ['alice\\u0040example.com', '[redacted]'],
  ['alice&#64;example.com', '[redacted]'],
  ['alice＠example．com', '[redacted]'],
  ['alice@example.com-and more', '[redacted]-and more'],
  ['alice [at] example [dot] com', '[redacted]'],
  ['alice(at)example.com', '[redacted]'],
  ['ALICE@EXAMPLE.COM', '[redacted]'],
  ['a@b.co', '[redacted]'],
])('%j', (text, masked) => {
  expect(mask(text)).toBe(masked)
})

test.each([
  'git@github.com:acme/cardea.git',
  'react@18.2.0',
  'pkg@1.0.0-beta.rc',
  'logo@2x.png',
  '@angular/core',
  'see @alice and @bob',
  'user@localhost',
  'a @ b.com',
  'https://example.com/@alice/posts',
  'x@y',
])('%j stays whole', text => {
  expect(mask(text)).toBe(text)
})

describe('generated', () => {
  holds(
    { detector: emailPack, member, keys: ['email', 'e_mail', 'contactEmail', 'from'] },
    { recall: 1, falsePositives: 0 },
  )
})

function member(random: Random): string {
  const local = [random.word(LOWER, 2 + random.int(8)), random.word(ALNUM, 1 + random.int(8))].join(
    random.pick(['.', '_', '-', '+', '']),
  )
  const host = random.word(LOWER, 3 + random.int(8))
  const sub = random.pick(['', 'mail.', 'eu-west.', 'x1.'])
  return `${local}@${sub}${host}.${random.pick(['com', 'co.uk', 'de', 'io', 'bank', 'xn--p1ai', 'photography'])}`
}
