/** Texts for the packs: members in every usual surrounding, and what looks like none of them. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Detector } from '../../../src/masking/detectors/detector.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'

export interface Random {
  /** A whole number from 0 to `below`, exclusive. */
  int(below: number): number
  pick<T>(items: readonly T[]): T
  /** So many characters of an alphabet. */
  word(alphabet: string, length: number): string
}

/** The same numbers each time (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (below: number): number => Math.floor(next() * below)
  const pick = <T>(items: readonly T[]): T => items[int(items.length)] as T
  return {
    int,
    pick,
    word: (alphabet, length) => Array.from({ length }, () => alphabet[int(alphabet.length)]).join(''),
  }
}

export const DIGITS = '0123456789'
export const LOWER = 'abcdefghijklmnopqrstuvwxyz'
export const UPPER = LOWER.toUpperCase()
export const HEX = '0123456789abcdef'
export const ALNUM = LOWER + UPPER + DIGITS
export const BASE64URL = `${ALNUM}-_`

/** A member inside a text; `key` is a name that announces it. */
export const SURROUNDINGS: Readonly<Record<string, (member: string, key: string) => string>> = {
  prose: (member, key) => `As agreed the ${key}: ${member}, which we will keep on file.`,
  alone: (member, key) => `${key}: ${member}`,
  json: (member, key) => JSON.stringify({ id: 7, [key]: member, active: true }),
  nestedJson: (member, key) => JSON.stringify({ event: JSON.stringify({ [key]: member }) }),
  jsonList: (member, key) => JSON.stringify({ [key]: [member] }),
  url: (member, key) => `GET /v1/find?${key}=${encodeURIComponent(member)}&page=2 HTTP/1.1`,
  logLine: (member, key) => `2026-03-01T10:22:01Z INFO service=crm ${key}=${member} status=200 took=12ms`,
  syslog: (member, key) => `<34>Mar  1 10:22:01 web01 app[421]: lookup ${key} "${member}" ok`,
  csv: (member, key) => `id,${key},city\n7,"${member}",Lisbon\n`,
  tsv: (member, key) => `id\t${key}\tcity\r\n7\t${member}\tLisbon\r\n`,
  xml: (member, key) => `<row><id>7</id><${key}>${member}</${key}></row>`,
  html: (member, key) => `<tr><td>${key}</td><td>${member}</td></tr>`,
  yaml: (member, key) => `customer:\n  id: 7\n  ${key}: ${member}\n`,
  sql: (member, key) => `update customer set ${key} = '${member}' where id = 7`,
  markdown: (member, key) => `**${key}:** ${member}\n\n- done`,
}

export interface PackFixture {
  readonly detector: () => Detector
  readonly member: (random: Random) => string
  readonly keys: readonly string[]
  /** Surroundings that say nothing to this pack. */
  readonly without?: readonly string[]
}

/** Whether six or more of the member's last letters and digits are still to be read. */
export function leaks(masked: string, member: string): boolean {
  const rest = compact(member).slice(-6)
  return [masked, decoded(masked)].some(text => compact(text).includes(rest))
}

function compact(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase()
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Texts without a member of any pack; `key` names what is none. */
export const HARD_NEGATIVES: Readonly<Record<string, (random: Random) => string>> = {
  uuid: random =>
    `id ${random.word(HEX, 8)}-${random.word(HEX, 4)}-4${random.word(HEX, 3)}-a${random.word(HEX, 3)}-${random.word(HEX, 12)}`,
  gitHash: random => `commit ${random.word(HEX, 40)}\nMerge: ${random.word(HEX, 7)} ${random.word(HEX, 7)}`,
  digest: random => `sha256:${random.word(HEX, 64)}`,
  order: random => `order ${random.pick(['ORD', 'PO', 'SO', 'INV'])}-${random.word(DIGITS, 8)} shipped`,
  longNumber: random => `batch ${random.word('123456789', 1)}${random.word(DIGITS, 9 + random.int(12))}`,
  version: random =>
    `upgraded left-pad@${random.int(20)}.${random.int(20)}.${random.int(20)}-rc.${random.int(9)}`,
  ip: random =>
    `from ${random.int(256)}.${random.int(256)}.${random.int(256)}.${random.int(256)}:${random.int(65_536)}`,
  ipv6: random => `listening on [2001:db8:${random.word(HEX, 4)}::${random.word(HEX, 4)}]:443`,
  mac: random => `eth0 ${Array.from({ length: 6 }, () => random.word(HEX, 2)).join(':')} up`,
  date: random => `due 20${10 + random.int(20)}-0${1 + random.int(9)}-${10 + random.int(18)}`,
  slashDate: random =>
    `invoice of ${10 + random.int(18)}/0${1 + random.int(9)}/20${10 + random.int(20)} paid`,
  timestamp: random =>
    `2025-1${random.int(3)}-2${random.int(9)}T10:${10 + random.int(49)}:00.${random.word(DIGITS, 3)}+0100 ok`,
  epoch: random => `ts=17${random.word(DIGITS, 11)} seq=${random.word(DIGITS, 6)}`,
  price: random => `total ${random.int(9_000)},${random.word(DIGITS, 3)}.${random.word(DIGITS, 2)} EUR`,
  coordinates: random => `at +40.${random.word(DIGITS, 7)}-074.${random.word(DIGITS, 7)}/`,
  decimals: random => `[${random.int(9)}.${random.word(DIGITS, 12)}, -0.${random.word(DIGITS, 15)}]`,
  tracking: random => `UPS 1Z${random.word(UPPER + DIGITS, 16)} in transit`,
  isbn: random =>
    `ISBN 978-${random.int(9)}-${random.word(DIGITS, 4)}-${random.word(DIGITS, 4)}-${random.int(9)}`,
  partNumber: random =>
    `part ${random.word(UPPER, 3)}-${random.word(DIGITS, 3)}-${random.word(DIGITS, 2)}-${random.word(DIGITS, 5)}`,
  arithmetic: random =>
    `x = ${random.word(DIGITS, 5)} + ${random.word(DIGITS, 4)} - ${random.word(DIGITS, 4)}`,
  tokens: random =>
    `max_tokens=${random.int(9_999)} total_tokens: ${random.int(99_999)} token_count=${random.int(99)}`,
  passwordProse: random =>
    random.pick([
      'Password: required',
      'password: must contain 8 characters',
      'The password is wrong',
      'password reset link sent',
      'forgot your password?',
      'password=[redacted]',
      'password = ?',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in such files
      'DB_PASSWORD=${DB_PASSWORD}',
      '"password": null',
      'password: string;',
    ]),
  bearerProse: random =>
    random.pick([
      'the bearer of this letter',
      'Basic information about accounts',
      'authorization failed for user 12345678',
      'a secret: nobody knows it',
      'tests: pass=12, fail=0',
    ]),
  handle: random => `thanks @${random.word(LOWER, 8)}, see @scope/pkg@${random.int(9)}.1.0 and logo@2x.png`,
  gitUrl: random => `git@github.com:acme/${random.word(LOWER, 6)}.git and https://example.com:8443/a@b`,
  code: random => `const a${random.int(99)} = items.map(x => x.id) // @ts-ignore ${random.word(HEX, 6)}`,
  path: random => `/var/lib/app/${random.word(LOWER, 6)}-${random.int(99)}/data.csv`,
  base64: random => `blob ${random.word(`${ALNUM}+/`, 120)}==`,
  dna: random => `seq ${random.word('ACGT', 80)}`,
  words: random =>
    `${random.word(LOWER, 5)} ${random.word(LOWER, 7)} ${random.word(LOWER, 3)} phone book, mobile app ${random.int(9)}, born leader`,
  slug: random => `task-${random.word(LOWER, 8)}-${random.word(LOWER, 6)} risk-${random.word(LOWER, 20)}`,
}

/** What every pack holds to. Floors are of the generated texts, which its tests print on failure. */
export function holds(
  { detector, member, keys, without = [] }: PackFixture,
  { recall, falsePositives }: { recall: number; falsePositives: number },
): void {
  const scanner = new Scanner([detector()])
  const name = detector().name
  const mask = (text: string): string => scanner.mask(text)?.text ?? text
  const surroundings = Object.keys(SURROUNDINGS).filter(kind => !without.includes(kind))
  const text = (random: Random): { kind: string; member: string; text: string } => {
    const kind = random.pick(surroundings)
    const one = member(random)
    return { kind, member: one, text: SURROUNDINGS[kind]?.(one, random.pick(keys)) ?? '' }
  }

  test(`finds at least ${recall * 100} % of generated members`, () => {
    const random = seeded(20_261)
    const missed: string[] = []
    const total = 6_000
    for (let i = 0; i < total; i++) {
      const sample = text(random)
      const masked = mask(sample.text)
      if (leaks(masked, sample.member)) missed.push(`${sample.kind}: ${sample.text}`)
    }
    expect(missed.slice(0, Math.max(0, missed.length - total * (1 - recall)))).toEqual([])
  })

  test(`takes at most ${falsePositives * 100} % of other texts for members`, () => {
    const random = seeded(20_262)
    const kinds = Object.keys(HARD_NEGATIVES)
    const taken: string[] = []
    const total = 6_000
    for (let i = 0; i < total; i++) {
      const sample = HARD_NEGATIVES[kinds[i % kinds.length] ?? '']?.(random) ?? ''
      const findings = scanner.mask(sample)?.findings.filter(finding => finding.detector === name) ?? []
      if (findings.length > 0) taken.push(sample)
    }
    expect(taken.slice(0, Math.max(0, taken.length - total * falsePositives))).toEqual([])
  })

  test('masking again finds nothing', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string({ unit: 'binary', maxLength: 30 }), (seed, tail) => {
        const masked = mask(`${text(seeded(seed)).text} ${tail}`)
        expect(scanner.mask(masked)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  test('finds a member whatever surrounds its text', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.string({ maxLength: 40 }),
        fc.string({ maxLength: 40 }),
        (seed, before, after) => {
          const random = seeded(seed)
          const one = member(random)
          const sample = `${before.replace(/\w/g, '')}\n${SURROUNDINGS['json']?.(one, random.pick(keys))}\n${after}`
          expect(leaks(mask(sample), one)).toBe(false)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('no text makes it throw, and its spans lie in the text in some order', () => {
    const find = detector().find
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fragments(keys), loneSurrogates()), sample => {
        for (const { start, end } of find(sample)) {
          expect(start).toBeGreaterThanOrEqual(0)
          expect(end).toBeGreaterThan(start)
          expect(end).toBeLessThanOrEqual(sample.length)
        }
      }),
      { numRuns: 3_000 },
    )
  })

  test('leaves texts without its marks to nobody', () => {
    expect(detector().find('')).toEqual([])
    expect(detector().find('an ordinary sentence of some words')).toEqual([])
  })

  // A quadratic search of these would not come to an end in time.
  test('comes to an end on long texts made against it', () => {
    const find = detector().find
    for (const piece of against(keys)) {
      const long = piece.repeat(Math.ceil(LONG / piece.length))
      expect(find(long).every(({ end }) => end <= long.length)).toBe(true)
    }
  }, 240_000)
}

const LONG = 1_000_000

function against(keys: readonly string[]): readonly string[] {
  return [
    ...keys.flatMap(key => [key, `${key}: `, `${key}="`, `"${key}":`, `<${key}>`]),
    ...[
      '@',
      'a@',
      'a.b@',
      'a@b.',
      '@b.co',
      '+',
      '+1 ',
      '+4',
      '(415',
      '1-',
      '12-34-',
      '1',
      'DE89',
      'GB82 ',
      'eyJ',
      'eyJhbGci.',
      '.',
      '://',
      'a://b:',
      '-----BEGIN PRIVATE KEY-----',
      '%40',
      '\\u0040',
      '"',
      "'",
      '\n',
      'a,b\n',
      'sk-',
      'ghp_',
      'AKIA',
      'Basic ',
      'bearer ',
      '[at]',
      ' (at) ',
      '<',
      'x=',
    ],
  ]
}

/** Made of what the pack looks for. */
function fragments(keys: readonly string[]): fc.Arbitrary<string> {
  const pieces = [
    ...against(keys),
    '1984-03-05',
    '123-45-6789',
    '555 0132',
    'example.com',
    'hunter2',
    ' ',
    ';',
    ',',
    '\t',
  ]
  return fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map(parts => parts.join(''))
}

function loneSurrogates(): fc.Arbitrary<string> {
  return fc
    .array(fc.constantFrom('\ud800', '\udc00', '@', 'a', '.co', '+44', '1', ':', '=', 'password', 'dob'), {
      maxLength: 20,
    })
    .map(parts => parts.join(''))
}
