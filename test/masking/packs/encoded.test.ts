/** What packs look for, in the encodings that card numbers are looked for in, two layers deep. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { packDetectors } from '../../../src/masking/detectors/packs/packs.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { PACKS, type Pack } from '../../../src/model/pack.js'
import { HARD_NEGATIVES, seeded } from './kit.js'

const scanners = new Map(PACKS.map(pack => [pack, new Scanner(packDetectors([pack]))]))
const all = new Scanner(packDetectors(PACKS))
const found = (pack: Pack, text: string): readonly string[] =>
  (scanners.get(pack)?.mask(text)?.findings ?? []).map(({ detector }) => detector)

/** One of each, with the words that announce it and without. */
const MEMBERS: readonly (readonly [Pack, string, string])[] = [
  ['ssn', 'ssn: ', '123456789'],
  ['ssn', '', '123-45-6789'],
  ['iban', '', 'DE89370400440532013000'],
  ['iban', '', 'GB82 WEST 1234 5698 7654 32'],
  ['email', '', 'alice.adams@corp.example'],
  ['email', '', 'jürgen@müller.example'],
  ['phone', '', '+44 20 7946 0958'],
  ['phone', 'phone=', '4155550132'],
  ['birth-date', 'dob=', '1984-03-05'],
  ['birth-date', '"dateOfBirth":"', '05.03.1984'],
  ['secret', 'password=', 'correct-horse-7'],
  ['secret', '', `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`],
]

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
function base32(text: string): string {
  const bits = [...Buffer.from(text)].map(byte => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map(group => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)]).join('')
}
const ENCODINGS = {
  base64: text => Buffer.from(text).toString('base64'),
  base64url: text => Buffer.from(text).toString('base64url'),
  'base64 of UTF-16': text => Buffer.from(text, 'utf16le').toString('base64'),
  base32,
  hex: text => Buffer.from(text).toString('hex'),
  'hex of bytes': text => `\\x${Buffer.from(text).toString('hex').toUpperCase()}`,
  percent: text => [...Buffer.from(text)].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  'quoted-printable': text =>
    [...Buffer.from(text)].map(byte => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  entities: text => [...text].map(char => `&#${char.codePointAt(0)};`).join(''),
  escapes: text => [...text].map(char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
} as const satisfies Record<string, (text: string) => string>
const names = Object.keys(ENCODINGS) as (keyof typeof ENCODINGS)[]

describe.each(names)('%s', name => {
  const encode = ENCODINGS[name]
  // Quoted-printable is undone for ASCII only.
  const members =
    name === 'quoted-printable' ? MEMBERS.filter(([, , member]) => /^[ -~]+$/.test(member)) : MEMBERS
  test.each(members)('%s: %s%s', (pack, before, member) => {
    const written = encode(member)
    // The words outside of it, and within.
    for (const text of [
      `${before}${written}`,
      `x ${encode(before + member)} y`,
      `${encode(`a; ${before}${member}`)}`,
    ]) {
      expect([text, found(pack, text)]).toEqual([text, expect.arrayContaining([pack])])
      const masked = scanners.get(pack)?.mask(text)?.text ?? text
      expect(masked).not.toContain(written.slice(-8))
      expect(scanners.get(pack)?.mask(masked)).toBeUndefined()
    }
  })
})

describe('two layers', () => {
  test('of any two encodings', () => {
    const plain = MEMBERS.filter(([, , member]) => /^[ -~]+$/.test(member))
    const two = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names), fc.constantFrom(...plain))
    fc.assert(
      fc.property(two, ([outer, inner, [pack, before, member]]) => {
        const text = `v=${ENCODINGS[outer](ENCODINGS[inner](before + member))}`
        expect([text, found(pack, text)]).toEqual([text, expect.arrayContaining([pack])])
      }),
    )
  })

  test('in a path, a token of three parts, a JSON text, lines of 76', () => {
    const { base64, base64url } = ENCODINGS
    const claims = base64url(JSON.stringify({ sub: '7', email: 'alice.adams@corp.example' }))
    expect(found('email', `eyJhbGciOiJub25lIn0.${claims}.c2ln`)).toContain('email')
    expect(found('email', `GET /v1/users/${base64url('alice.adams@corp.example')}/orders`)).toContain('email')
    expect(found('birth-date', JSON.stringify({ dob: base64('1984-03-05') }))).toContain('birth-date')
    const long = base64(`${'some words of a letter, '.repeat(9)}alice.adams@corp.example, and so on`)
    expect(found('email', long.replace(/.{76}/g, '$&\r\n'))).toContain('email')
  })
})

describe('what is none stays whole', () => {
  test('all packs together, over texts that look like encodings', () => {
    const random = seeded(77)
    const kinds = [
      'uuid',
      'gitHash',
      'digest',
      'base64',
      'dna',
      'path',
      'slug',
      'tracking',
      'longNumber',
    ] as const
    const taken: string[] = []
    for (let i = 0; i < 1_500; i++) {
      const text = HARD_NEGATIVES[kinds[i % kinds.length] ?? 'uuid']?.(random) ?? ''
      const mine = (all.mask(text)?.findings ?? []).filter(
        // Of a stretch, not of what stands beside a word in it (`pW==`).
        ({ detector, start, end }) => detector !== 'pan' && end - start >= 10,
      )
      if (mine.length > 0)
        taken.push(`${mine.map(({ detector, start, end }) => `${detector} ${start} ${end}`)}: ${text}`)
    }
    expect(taken).toEqual([])
  })

  test.each([
    Buffer.from('nothing of interest in here').toString('base64'),
    Buffer.from('nothing of interest in here').toString('hex'),
    'https://corp.example/assets/app.4f9c1b7d2e8a6053.min.js',
    'internationalization of antidisestablishmentarianism',
  ])('%s', text => {
    expect(all.mask(text)).toBeUndefined()
  })

  test('no text makes it throw, and masking again finds nothing', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(...names).chain(name => fc.string({ maxLength: 20 }).map(ENCODINGS[name])),
      fc.constantFrom(...MEMBERS).map(([, before, member]) => before + member),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), pieces => {
        const masked = all.mask(pieces.join(' '))
        if (masked !== undefined) expect(all.mask(masked.text)).toBeUndefined()
      }),
      { numRuns: 250 },
    )
  })
})
