/** Which card numbers masking takes down: each once, however it is written, and alike for rows as values and as bytes. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { pgRows } from '../../src/enforcement/postgres/rows/pg-rows.js'
import { createMasker } from '../../src/masking/create-masker.js'
import type { ColumnMask, Obligations } from '../../src/model/decision.js'
import type { Masked } from '../../src/model/progress.js'
import { isRefusal } from '../../src/model/refusal.js'
import { type Batch, type Field, isStream, type Result, type Row } from '../../src/model/result.js'
import { dataRow } from '../enforcement/postgres/rows/frames.js'
import { AMEX, executed, MASTERCARD, rows, VISA } from '../masking/support.js'

const KEYED: Pick<Obligations, 'budgets'> = { budgets: [{ per: 'principal', windowMs: 1, distinctPans: 1 }] }
/** As it is, to be looked at. */
const masker = createMasker({ panDigest: digits => digits })

function masked(result: Result, mask: Obligations['mask'], also = KEYED): Masked {
  const given = executed({ result, mask })
  const { intended } = given
  const { decision, ...cleared } = intended.cleared
  const obligations = { ...decision.obligations, ...also }
  const outcome = masker.mask({
    ...given,
    intended: { ...intended, cleared: { ...cleared, decision: { ...decision, obligations } } },
  } as typeof given)
  if (isRefusal(outcome)) throw new Error(outcome.code)
  return outcome
}

const seen = (one: Masked): readonly string[] => [...(one.pans?.() ?? ['nothing was counted'])].sort()

/** The same cells as a server's protocol carries them. */
function encoded(cells: readonly string[]): Result {
  const fields: readonly Field[] = [{ name: 'v', type: 25, encoding: { format: 'text' } }]
  const set = pgRows(fields)
  for (const cell of cells) {
    const frame = dataRow([Buffer.from(cell)])
    set.add(frame, 0, frame.length)
  }
  return { fields, rows: set, truncated: false }
}

const plain = (cells: readonly unknown[]): Result => rows(['v'], ...cells.map((v): Row => ({ v })))

const fullWidth = (digits: string) => digits.replace(/\d/g, one => String.fromCharCode(0xff10 + Number(one)))
const SPELLINGS: readonly ((digits: string) => string)[] = [
  digits => digits,
  digits => digits.replace(/(\d{4})(?=\d)/g, '$1 '),
  digits => digits.replace(/(\d{4})(?=\d)/g, '$1-'),
  digits => digits.replace(/(\d{4})(?=\d)/g, '$1\u00a0'),
  fullWidth,
]
/** What stands around it, where it is not alone. */
const AROUND: readonly ((text: string) => string)[] = [
  text => text,
  text => `paid with ${text}, thanks`,
  text => JSON.stringify({ note: text }),
]
const PARTIAL: ColumnMask = { method: 'partial', label: 'pan' }

describe('a card number', () => {
  test('counts once in whatever spelling it comes', () => {
    for (const digits of [VISA, MASTERCARD, AMEX]) {
      const cells = SPELLINGS.map(spell => spell(digits))
      for (const result of [() => plain(cells), () => encoded(cells)]) {
        expect(seen(masked(result(), [PARTIAL]))).toEqual([digits])
        expect(seen(masked(result(), [{ method: 'scan' }]))).toEqual([digits])
      }
    }
  })

  test('counts once as text, number, bytes and within a document', () => {
    const cells = [
      VISA,
      Number(VISA),
      BigInt(VISA),
      Buffer.from(`card ${VISA}`),
      `000000${VISA}`,
      { note: `card ${VISA}` },
      ['4111', '1111', '1111', '1111'],
      VISA.replace(/(\d{4})(?=\d)/g, '$1%20'),
      Number(VISA).toExponential(),
      `sum ${Number(VISA).toExponential().replace('.', ',').toUpperCase()}.`,
      { note: `0.${VISA}e16` },
      `${VISA}1227`,
    ]
    expect(seen(masked(plain(cells), 'scan-all'))).toEqual([VISA])
  })

  test('counts beside another without a gap', () => {
    for (const result of [plain([MASTERCARD + VISA]), encoded([MASTERCARD + VISA])])
      expect(seen(masked(result, [{ method: 'scan' }]))).toEqual([VISA, MASTERCARD].sort())
  })

  test.each<[ColumnMask, boolean]>([
    [PARTIAL, true],
    [{ method: 'last4', label: 'pan' }, true],
    [{ method: 'keep', label: 'pan' }, true],
    [{ method: 'redact', label: 'pan' }, false],
    [{ method: 'null', label: 'pan' }, false],
    [{ method: 'redact', label: 'ssn' }, false],
  ])('under %j counts: %s', (mask, counts) => {
    for (const result of [plain([VISA]), encoded([VISA])])
      expect(seen(masked(result, [mask]))).toEqual(counts ? [VISA] : [])
  })

  test('counts for nobody where no budget counts it', () => {
    const rowsOnly: typeof KEYED = { budgets: [{ per: 'session', rows: 1 }] }
    for (const also of [{}, rowsOnly]) expect(masked(plain([VISA]), [PARTIAL], also).pans).toBeUndefined()
  })

  test('comes out of a column of others as it would without being counted', () => {
    for (const cells of [[VISA, 'text', AMEX], [fullWidth(VISA)]]) {
      const values = (also: typeof KEYED) => shown(masked(encoded(cells), [PARTIAL], also))
      expect(values(KEYED)).toEqual(values({}))
    }
  })

  test('of a stream counts with its batch', async () => {
    const batches = [[{ v: VISA }, { v: AMEX }], [{ v: VISA }], [{ v: 'nothing' }]]
    const stream: Result = {
      fields: [{ name: 'v' }],
      batches: (async function* () {
        for (const batch of batches) yield batch as Row[]
      })(),
    }
    const one = masked(stream, [PARTIAL])
    if (!('batches' in one.result)) throw new Error('no stream')
    const counted: unknown[] = []
    for await (const _ of one.result.batches) counted.push(seen(one))
    expect(counted).toEqual([[AMEX, VISA].sort(), [VISA], []])
  })
})

test('whatever rows hold, both ways count the cards that are in them', () => {
  const card = fc.constantFrom(VISA, MASTERCARD, AMEX, '4012888888881881', '6011000990139424')
  const cell = fc.tuple(card, fc.constantFrom(...SPELLINGS), fc.constantFrom(...AROUND))
  const word = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '7', '-'), maxLength: 8 })
  fc.assert(
    fc.property(fc.array(fc.oneof(cell, word), { maxLength: 12 }), mixed => {
      const texts = mixed.map(one => (typeof one === 'string' ? one : one[2](one[1](one[0]))))
      const cards = [...new Set(mixed.flatMap(one => (typeof one === 'string' ? [] : [one[0]])))].sort()
      expect(seen(masked(plain(texts), [{ method: 'scan' }]))).toEqual(cards)
      expect(seen(masked(encoded(texts), [{ method: 'scan' }]))).toEqual(cards)
    }),
  )
})

function shown({ result }: Masked): string {
  if ('failed' in result || isStream(result)) throw new Error('no rows')
  const given: Batch = result.rows
  return Array.isArray(given) ? JSON.stringify(given) : Buffer.concat([...given.pieces()]).toString('latin1')
}
