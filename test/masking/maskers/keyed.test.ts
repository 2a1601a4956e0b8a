/** `hash` and `tokenise`: the same for the same value, under one key and label. */
import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { MaskingKey } from '../../../src/masking/maskers/masking-key.js'
import { VISA } from '../support.js'
import { anyValue, KEY, masked, OTHER, PANS } from './kit.js'

const methods = ['hash', 'tokenise'] as const
const HASH = /^hmac:k1:[A-Za-z0-9_-]{28}$/
const TOKEN = /^~[b-zB-Z]{11,31}$/
const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new Error(typeof value)
  return value
}

describe.each(methods)('%s', method => {
  const of = (value: unknown, label = 'ssn', key: MaskingKey | undefined = KEY, field = { name: 'v' }) =>
    masked({ method, label }, value, { key, field })

  test('is the same for the same value, another for another value, label or key', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(of(one)).toBe(of(one))
        expect(of(one) === of(other)).toBe(one === other)
        expect(of(one, 'email')).not.toBe(of(one))
        expect(of(one, 'ssn', OTHER)).not.toBe(of(one))
      }),
    )
  })

  test('is the same however the driver gives the value', () => {
    expect(of(42)).toBe(of('42'))
    expect(of(42n)).toBe(of('42'))
    expect(of(Buffer.from('ada@corp.example'))).toBe(of('ada@corp.example'))
    expect(of(new Uint8Array(Buffer.from('x')))).toBe(of('x'))
    expect(of(true)).toBe(of('true'))
    expect(of('4111 1111-1111.1111', 'pan')).toBe(of(VISA, 'pan'))
    expect(of(BigInt(VISA), 'pan')).toBe(of(VISA, 'pan'))
    expect(of('4111 1111-1111.1112', 'pan')).not.toBe(of('4111111111111112', 'pan'))
  })

  test('of a date is that of its day, not of an hour of this time zone', () => {
    const date = { name: 'v', type: 1082 }
    expect(of(new Date(1984, 4, 6), 'birth', KEY, date)).toBe(of('1984-05-06', 'birth'))
    const stamp = { name: 'v', type: 1114 }
    expect(of(new Date(1984, 4, 6, 7, 8, 9), 'birth', KEY, stamp)).toBe(
      of('1984-05-06T07:08:09.000', 'birth'),
    )
    expect(of(new Date('1984-05-06T07:08:09Z'), 'birth')).toBe(of('1984-05-06T07:08:09.000Z', 'birth'))
  })

  test('tells bytes that are no text from the text that they are written as', () => {
    expect(of(Buffer.from([255, 0]))).not.toBe(of('ff00'))
    expect(of([1, 2])).not.toBe(of(of('[1,2]')))
  })

  test('does not take a text that looks like one for one', () => {
    const own = text(of('x'))
    expect(of(own)).toBe(own)
    const forged = method === 'hash' ? `hmac:k1:${VISA}AAAAAAAAAAAA` : '~bcdfghjklmnpqr'
    expect(forged).toMatch(method === 'hash' ? HASH : TOKEN)
    expect(of(forged)).not.toBe(forged)
    // Another label's, another key's.
    expect(of(own, 'email')).not.toBe(own)
    expect(of(own, 'ssn', OTHER)).not.toBe(own)
  })

  test('is redacted without a key, never unkeyed', () => {
    fc.assert(
      fc.property(anyValue, value => {
        const shown = masked({ method, label: 'ssn' }, value, { key: undefined })
        expect(shown).toBe(value === null || value === undefined ? value : '[redacted]')
      }),
    )
  })

  test('holds nothing that a detector finds', () => {
    const scanner = new Scanner()
    for (const pan of PANS) {
      for (let at = 0; at < 300; at++) expect(scanner.mask(text(of(`${pan} ${at}`, 'pan')))).toBeUndefined()
      expect(scanner.mask(`card number: ${text(of(pan, 'pan'))}`)).toBeUndefined()
    }
  })
})

describe('hash', () => {
  const of = (value: unknown, label = 'ssn') => masked({ method: 'hash', label }, value)

  test('names its key, and has 128 bits of the value at least', () => {
    expect(of(VISA)).toMatch(HASH)
    expect(masked({ method: 'hash', label: 'ssn' }, VISA, { key: OTHER })).toMatch(/^hmac:k2:/)
  })

  test('of a document goes by what it holds, not by the order of its members', () => {
    expect(of({ a: 1, b: [null, 'x'] })).toBe(of({ b: [null, 'x'], a: 1 }))
    expect(of({ a: 1 })).not.toBe(of({ a: '1' }))
    expect(of([new Date(0)])).not.toBe(of([new Date(1)]))
    expect(of([Buffer.from([1])])).not.toBe(of([Buffer.from([2])]))
    expect(of({ n: 1n })).toMatch(HASH)
  })

  test('of what has no content to go by is redacted', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    for (const value of [new Map([[1, 2]]), new Set([1]), cycle, Symbol('s'), new Date(Number.NaN)]) {
      expect(of(value)).toBe('[redacted]')
    }
  })
})

describe('tokenise', () => {
  const of = (value: unknown, label = 'pan') => text(masked({ method: 'tokenise', label }, value))

  test.each(PANS)('of %s has its length, a mark, and no digit at all', pan => {
    expect(of(pan)).toMatch(TOKEN)
    expect(of(pan)).toHaveLength(pan.length)
  })

  test('keeps the length within bounds', () => {
    expect(of('')).toHaveLength(12)
    expect(of('a@b.example.org')).toHaveLength(15)
    expect(of('x'.repeat(500))).toHaveLength(32)
  })

  test('redacts documents, lists and what has no text', () => {
    for (const value of [{ a: 1 }, ['x'], new Date(Number.NaN)]) expect(of(value)).toBe('[redacted]')
  })
})

describe('the key', () => {
  const bytes = Buffer.from('a key of thirty-two bytes or more!')

  test('is shown by no view of it', () => {
    const key = new MaskingKey(bytes)
    const views = [
      inspect(key, { showHidden: true, depth: 9 }),
      JSON.stringify(key),
      `${String(key)}`,
      Object.keys(key).join(),
    ]
    for (const view of views) expect(view).not.toMatch(/thirty|746869727479|YSBrZXk/)
  })

  test('gives itself an id that differs between keys and does not change', () => {
    expect(new MaskingKey(bytes).id).toMatch(/^[a-z]{8}$/)
    expect(new MaskingKey(bytes).id).toBe(new MaskingKey(bytes).id)
    expect(new MaskingKey(bytes).id).not.toBe(new MaskingKey(Buffer.from(bytes).reverse()).id)
  })

  test.each([
    [Buffer.alloc(31, 'ab'), undefined],
    [Buffer.alloc(32), undefined],
    [bytes.toString() as unknown as Uint8Array, undefined],
    [bytes, ''],
    [bytes, 'a:b'],
    [bytes, VISA],
    [bytes, `k${VISA}`],
  ])('%# is refused without a word of it', (key, id) => {
    expect(() => new MaskingKey(key, id)).toThrow(/masking key/)
    expect(() => new MaskingKey(key, id)).not.toThrow(/thirty-two bytes|4111|a:b/)
  })

  test('is copied: what becomes of the bytes afterwards is nothing to it', () => {
    const own = Buffer.from(bytes)
    const key = new MaskingKey(own, 'k')
    const before = masked({ method: 'hash', label: 'ssn' }, 'x', { key })
    own.fill(0)
    expect(masked({ method: 'hash', label: 'ssn' }, 'x', { key })).toBe(before)
  })
})
