/** Encoded rows on record: the same count and payload as decoded ones, and a digest over what was sent. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RowAccount, type RowsDetail } from '../../src/audit/recorded-rows.js'
import { RecordedShape, recordedShapes } from '../../src/audit/recorded-shape.js'
import { decodeCell } from '../../src/enforcement/postgres/cells/decode.js'
import { pgRows } from '../../src/enforcement/postgres/rows/pg-rows.js'
import { createScrubber } from '../../src/masking/scrubber.js'
import type { ColumnMask } from '../../src/model/decision.js'
import type { OutputColumn } from '../../src/model/lineage.js'
import type { DecidedSubmission } from '../../src/model/progress.js'
import type { Field } from '../../src/model/result.js'
import { dataRow } from '../enforcement/postgres/rows/frames.js'
import { decision, facts, PANS } from './kit.js'

const [PAN] = PANS
const scrubber = createScrubber()
const text = (value: string): string => value
const field = (name: string, type: number): Field => ({ name, type, encoding: { format: 'text' } })
const cells = (...values: (string | null)[]): Buffer =>
  dataRow(values.map(value => (value === null ? null : Buffer.from(value))))

function decided(mask: readonly ColumnMask[], output: readonly OutputColumn[]): DecidedSubmission {
  return {
    facts: facts({ output }),
    decision: { ...decision, obligations: { ...decision.obligations, mask } },
  } as unknown as DecidedSubmission
}

interface Given {
  readonly fields: readonly Field[]
  readonly frames: readonly Buffer[]
  readonly methods: readonly ColumnMask['method'][]
  readonly labels?: readonly string[]
  readonly cap?: number
  /** Rows of one batch. */
  readonly batch?: number
}

function accountOf(fields: readonly Field[], decided: DecidedSubmission, cap: number): RowAccount {
  return new RowAccount(new RecordedShape(fields, decided, scrubber, text), cap)
}

function recorded({ fields, frames, methods, labels = [], cap = 16_384, batch = 1000 }: Given): RowsDetail {
  const account = accountOf(fields, about({ fields, methods, labels }), cap)
  for (let at = 0; at < frames.length; at += batch) {
    const rows = pgRows(fields)
    for (const frame of frames.slice(at, at + batch)) rows.add(frame, 0, frame.length)
    account.add(rows)
    // Putting rows on record changes nothing of them.
    expect(Buffer.concat([...rows.pieces()])).toEqual(Buffer.concat(frames.slice(at, at + batch)))
  }
  return account.detail()
}

function about({ fields, methods, labels = [] }: Pick<Given, 'fields' | 'methods' | 'labels'>) {
  const output = fields.map(({ name }, i): OutputColumn => {
    const source = { schema: 'public', relation: 't', column: name, labels: labels[i] ? [labels[i]] : [] }
    return { name, lineage: { kind: 'direct', sources: [source] } }
  })
  return decided(
    methods.map(method => ({ method })),
    output,
  )
}

const day = (date: Date): string => date.toISOString().slice(0, 10)

const sha256 = (...parts: readonly (Buffer | string)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

describe('the digest', () => {
  const fields = [field('id', 23), field('note', 25)]
  const frames = [cells('1', 'first'), cells('2', null), cells('3', 'a third one')]

  test('is over the messages as sent, however they were batched', () => {
    const whole = recorded({ fields, frames, methods: ['scan', 'scan'] })
    expect(whole).toMatchObject({ rows: 3, digest: sha256(...frames), digestForm: 'encoded' })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('scan' as const, 'keep' as const),
        (batch, method) => {
          expect(recorded({ fields, frames, methods: [method, method], batch }).digest).toBe(whole.digest)
        },
      ),
    )
  })

  test.each([
    ['shown by policy', `card ${PAN}`, '', '["card 411111******1111"]'],
    ['shown of a labelled column', PAN, 'pan', '["411111******1111"]'],
  ])('of a number that was %s knows only its masked form', (_name, note, label, shown) => {
    const frame = cells('1', note)
    const detail = recorded({
      fields,
      frames: [frame, frames[0] as Buffer],
      methods: ['keep', 'keep'],
      labels: ['', label],
    })
    const at = frame.indexOf(note)
    const plain = sha256(frame, frames[0] as Buffer)
    expect(detail.digest).not.toBe(plain)
    if (label === '') {
      expect(detail.digest).toBe(
        sha256(frame.subarray(0, at), shown, frame.subarray(at + note.length), frames[0] as Buffer),
      )
    }
    expect(JSON.stringify(detail)).not.toContain(PAN)
  })

  test('changes with every byte that was sent', () => {
    const one = recorded({ fields, frames, methods: ['scan', 'scan'] }).digest
    const other = recorded({
      fields,
      frames: [...frames.slice(0, 2), cells('3', 'a third onf')],
      methods: ['scan', 'scan'],
    })
    expect(other.digest).not.toBe(one)
  })

  test('of no rows is that of nothing', () => {
    const account = accountOf(fields, about({ fields, methods: ['scan', 'scan'] }), 100)
    account.add(pgRows(fields))
    expect(account.detail()).toMatchObject({ rows: 0, digest: sha256(''), payload: [] })
  })
})

describe('the payload', () => {
  const fields = [
    ...[field('b', 16), field('i', 23), field('n', 20), field('d', 1700), field('t', 25), field('j', 3802)],
    ...[field('at', 1184), field('x', 17), field('l', 1007)],
  ]
  const values = [
    true,
    7,
    '8',
    '1.50',
    `note ${PAN}`,
    { a: [1, 'x'] },
    new Date('2024-02-29T12:00:00.5Z'),
    Buffer.from('ab'),
    [1, null],
  ]
  const frame = cells(
    't',
    '7',
    '8',
    '1.50',
    `note ${PAN}`,
    '{"a": [1, "x"]}',
    '2024-02-29 12:00:00.5+00',
    '\\x6162',
    '{1,NULL}',
  )

  test.each(['scan', 'keep'] as const)('is that of the same rows decoded (%s)', method => {
    const methods = fields.map(() => method)
    for (const cap of [0, 40, 150, 200, 500, 16_384]) {
      const inProcess = accountOf(fields, about({ fields, methods }), cap)
      inProcess.add([[...values], [...values], [...values]])
      const { payload, payloadTruncated, rows, columns } = inProcess.detail()
      const encoded = recorded({ fields, frames: [frame, frame, frame], methods, cap })
      expect({ payload: encoded.payload, cut: encoded.payloadTruncated }).toEqual({
        payload,
        cut: payloadTruncated,
      })
      expect({ rows: encoded.rows, columns: encoded.columns }).toEqual({ rows, columns })
      expect(JSON.stringify(encoded)).not.toContain(PAN)
    }
  })

  test('of any cell is what its value decoded would be', () => {
    const cell = fc.oneof(
      fc.tuple(
        fc.constantFrom(21, 23, 26),
        fc.oneof(fc.integer().map(String), fc.stringMatching(/^[0-9-]{1,12}$/)),
      ),
      fc.tuple(
        fc.constant(1082),
        fc.oneof(
          fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }).map(day),
          fc.stringMatching(/^[0-9-]{10}$/),
        ),
      ),
      fc.tuple(
        fc.constantFrom(25, 1700),
        fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom(...PANS, `a "${PAN}"`, '\\')),
      ),
    )
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 300 }),
        fc.constantFrom('scan' as const, 'keep' as const),
        (row, cap, method) => {
          const fields = row.map(([type], i) => field(`c${i}`, type))
          const methods = fields.map(() => method)
          const texts = row.map(([, cellText]) => Buffer.from(cellText).toString())
          const decoded = row.map(([type], i) => decodeCell(type, 'text', Buffer.from(texts[i] ?? '')))
          const inProcess = accountOf(fields, about({ fields, methods }), cap)
          inProcess.add([[...decoded], [...decoded]])
          const { payload, payloadTruncated } = inProcess.detail()
          const frames = [cells(...texts), cells(...texts)]
          const encoded = recorded({ fields, frames, methods, cap })
          expect(JSON.stringify(encoded.payload)).toBe(JSON.stringify(payload))
          expect(encoded.payloadTruncated).toBe(payloadTruncated)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test.each([10, 4_000, 9_000])('of a row of %i bytes is its texts', length => {
    const fields = [field('t', 25), field('d', 1082), field('u', 25)]
    const row = ['a short text', null, 'y'.repeat(length)]
    const detail = recorded({ fields, frames: [cells(...row)], methods: ['scan', 'scan', 'scan'] })
    expect(detail.payload).toEqual([row])
  })

  test('a cell that cannot fit is not read', () => {
    const large = cells('x'.repeat(100_000))
    const detail = recorded({ fields: [field('t', 25)], frames: [large], methods: ['scan'], cap: 1000 })
    expect(detail).toMatchObject({ rows: 1, payload: [], payloadTruncated: true, digest: sha256(large) })
  })
})

describe('the shape of a result', () => {
  const shapes = recordedShapes(scrubber, text)
  const fields: readonly Field[] = Object.freeze([field('note', 25)])
  const seen = about({ fields, methods: ['keep'] })

  test('is worked out once', () => {
    expect(shapes(fields, seen)).toBe(shapes(fields, seen))
    const otherCaller = { ...seen, decision: about({ fields, methods: ['keep'] }).decision }
    expect(shapes(fields, otherCaller)).toBe(shapes(fields, seen))
  })

  test.each([
    ['masks', { ...seen, decision: about({ fields, methods: ['scan'] }).decision }, 'settled'],
    ['facts', { ...seen, facts: about({ fields, methods: ['keep'], labels: ['pan'] }).facts }, 'shown'],
  ])('is another one under other %s', (_name, other, standing) => {
    expect(shapes(fields, seen).standings).toEqual(['open'])
    expect(shapes(fields, other as DecidedSubmission).standings).toEqual([standing])
    expect(shapes(fields, seen).standings).toEqual(['open'])
  })

  test('is not remembered by columns that can change', () => {
    const changing = [field('note', 25)]
    expect(shapes(changing, seen).columns).toEqual(['note'])
    changing[0] = field('other', 23)
    expect(shapes(changing, seen)).toMatchObject({ columns: ['other'], forms: ['integer'], substituted: [] })
  })
})
