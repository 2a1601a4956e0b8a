/** Masking throws on no value, and a value without a finding is the very same. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createMasker } from '../../src/masking/create-masker.js'
import { isEngineError } from '../../src/model/executor.js'
import { isRefusal } from '../../src/model/refusal.js'
import { isStream, plainRows } from '../../src/model/result.js'
import { executed, rows } from './support.js'
import { CARD, everything, shows } from './types-kit.js'

const masker = createMasker()

function scanned(value: unknown): { readonly value: unknown; readonly found: boolean } | 'refused' {
  const outcome = masker.mask(executed({ result: rows(['v'], [value]) }))
  if (isRefusal(outcome)) return 'refused'
  if (isEngineError(outcome.result) || isStream(outcome.result)) throw new Error('no result set')
  const [row] = plainRows(outcome.result.rows)
  return { value: (row as unknown[])[0], found: Object.keys(outcome.counts()).length > 0 }
}

/** Digits and what may stand between them come often enough to be found now and then. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'0123456789 -.,/%u\\\\"{}') }),
  fc.constantFrom(CARD, `x${CARD}`, '', '\ud800', '4'.repeat(40)),
)
const bytes = fc.uint8Array({ maxLength: 40 })
const leaf = fc.oneof(
  text,
  fc.double(),
  fc.bigInt(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.date({ noInvalidDate: false }),
  bytes,
  bytes.map(one => Buffer.from(one)),
  bytes.map(one => new Uint8Array(one).buffer),
  bytes.map(one => new DataView(new Uint8Array(one).buffer)),
  fc.float32Array({ maxLength: 5 }),
  fc.constant(Symbol('s')),
  fc.constant(() => 1),
)
const anything = fc.letrec<{ any: unknown }>(tie => ({
  any: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(text, tie('any'), { maxKeys: 4 }),
    fc.dictionary(text, tie('any'), { maxKeys: 2, noNullPrototype: false }),
  ),
})).any

test('any value', () => {
  let [same, changed] = [0, 0]
  fc.assert(
    fc.property(anything, value => {
      const outcome = scanned(value)
      if (outcome === 'refused') return
      if (outcome.found) changed++
      else {
        same++
        expect(Object.is(outcome.value, value)).toBe(true)
      }
    }),
    { numRuns: 3_000 },
  )
  expect(same).toBeGreaterThan(500)
  expect(changed).toBeGreaterThan(5)
})

test('a card number anywhere within it is gone', () => {
  const at: readonly ((inner: unknown) => unknown)[] = [
    inner => [inner],
    inner => ['x', inner, 1],
    inner => ({ k: inner }),
    inner => ({ [String(inner)]: 1 }),
    inner => Object.assign(Object.create(null), { k: inner }),
    inner => JSON.stringify({ k: String(inner) }),
    inner => Buffer.from(String(inner)),
    inner => new Uint8Array(Buffer.from(String(inner))).buffer,
    inner => [[inner], { k: [String(inner)] }],
  ]
  const held = fc.constantFrom<unknown>(
    CARD,
    Number(CARD),
    BigInt(CARD),
    `card ${CARD}`,
    '4532 0151 1283 0366',
  )
  fc.assert(
    fc.property(held, fc.constantFrom(...at), fc.constantFrom(...at), (card, inner, outer) => {
      // Bytes and cards within a text of JSON are covered by themselves.
      const within = inner(card)
      const value = typeof within === 'object' ? [outer(card), within] : outer(within)
      const outcome = scanned(value)
      expect(outcome === 'refused' || !shows(everything(outcome.value))).toBe(true)
    }),
    { numRuns: 500 },
  )
})
