import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { orderedJson } from '../../src/audit/ordered-json.js'
import { decodeLine, encodeLine, ZERO_HASH } from '../../src/audit/trail-line.js'
import { canonicalJson } from '../../src/util/canonical-json.js'
import { lifecycle } from './kit.js'

const json = fc.jsonValue({ maxDepth: 4 }).map(value => structuredClone(value))
const awkwardKeys = fc.dictionary(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('10', '9', '__proto__', 'a', 'A', 'é', '\u{1f600}', ''),
  ),
  fc.oneof(json, fc.constant(undefined), fc.double({ noNaN: true, noDefaultInfinity: true })),
)

describe('orderedJson', () => {
  test('is canonicalJson, for any value', () => {
    fc.assert(fc.property(fc.oneof(json, awkwardKeys), value => orderedJson(value) === canonicalJson(value)))
  })

  test('is canonicalJson, for values in canonical order', () => {
    fc.assert(
      fc.property(json, value => {
        const ordered: unknown = JSON.parse(canonicalJson(value))
        return orderedJson(ordered) === canonicalJson(value)
      }),
    )
  })

  test.each([
    ['a bigint', { a: 1n }],
    ['NaN', { a: [Number.NaN] }],
    ['an infinity', Number.POSITIVE_INFINITY],
    ['a function', { toJSON: () => 'x' }],
    ['a symbol', [Symbol('s')]],
    ['nothing', undefined],
  ])('throws for %s, as canonicalJson does', (_name, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
    expect(() => orderedJson(value)).toThrow(TypeError)
  })
})

describe('a line', () => {
  const head = { seq: 0, hash: ZERO_HASH }
  // C0, C1, bidirectional, zero width, separators, fillers, variation selectors and tags, whatever their neighbours.
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(
        fc.constantFrom(
          ...'\n\r\u0000\u001b\u007f\u0085\u00ad\u200b\u202e\u2028\u2029\u2066\ufeff\ufe0f\u3164',
        ),
      )
      .map(parts => parts.join('x')),
    fc.integer({ min: 0xe0000, max: 0xe01ef }).map(code => `a${String.fromCodePoint(code)}b`),
  )

  test('comes back as the same record, whatever the text', () => {
    fc.assert(
      fc.property(hostile, text => {
        const entry = decodeLine(Buffer.from(encodeLine(lifecycle('one', { text }), 'here', head)))
        expect(entry).toMatchObject({
          seq: 1,
          detail: { text },
        })
      }),
    )
  })

  test('shows nothing that could forge a line, hide text or steer a terminal', () => {
    fc.assert(
      fc.property(hostile, text => {
        const line = encodeLine(lifecycle('one', { text, [text]: 1 }), text, head)
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
        expect(line).not.toMatch(
          /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e01ef}]|[\ufe00-\ufe0f]/u,
        )
      }),
    )
  })

  test.each([
    ['white space', (line: string) => line.replace('{', '{ ')],
    ['members out of order', (line: string) => line.replace(/^\{(.*),"v":1\}$/, '{"v":1,$1}')],
    ['another spelling of a character', (line: string) => line.replace('here', '\\u0068ere')],
    ['an unescaped hidden character', (line: string) => line.replace('here', 'he\u200bre')],
    ['a member twice', (line: string) => line.replace('{', '{"v":1,')],
    ['another version', (line: string) => line.replace('"v":1', '"v":2')],
    ['no JSON', (line: string) => line.slice(1)],
    ['a list', () => '[]'],
    ['a statement without its body', (line: string) => line.replace('audit.read', 'statement')],
  ])('is refused with %s', (_name, spoil) => {
    const line = encodeLine(lifecycle('one'), 'here', head)
    expect(typeof decodeLine(Buffer.from(line))).toBe('object')
    expect(spoil(line)).not.toBe(line)
    expect(typeof decodeLine(Buffer.from(spoil(line)))).toBe('string')
  })

  test('is refused when it is not UTF-8', () => {
    const line = Buffer.from(encodeLine(lifecycle('one'), 'here', head))
    line[line.indexOf('here')] = 0xff
    expect(decodeLine(line)).toBe('the line is not UTF-8')
  })
})
