/** Encoded rows through the masker: what the client was told decides what a masked cell is written as. */
import { describe, expect, test } from '@jest/globals'
import { pgRows } from '../../src/enforcement/postgres/rows/pg-rows.js'
import { createMasker } from '../../src/masking/create-masker.js'
import type { ColumnMask } from '../../src/model/decision.js'
import { type EngineError, isEngineError } from '../../src/model/executor.js'
import { isRefusal } from '../../src/model/refusal.js'
import { type Batch, type Field, isEncoded, isStream, type Result } from '../../src/model/result.js'
import { type Cell, cellsOf, dataRow } from '../enforcement/postgres/rows/frames.js'
import { executed, type Given, table, VISA } from './support.js'

const masker = createMasker()
const MASKED = '411111******1111'
const INT8 = 20
const TEXT = 25

interface Shape {
  readonly type: number
  readonly format?: 'text' | 'binary'
  readonly told?: number
  readonly name?: string
}

const field = ({ type, format = 'text', told, name = 'v' }: Shape): Field => ({
  name,
  type,
  encoding: { format, ...(told === undefined ? {} : { told }) },
})

function encoded(fields: readonly Field[], ...rows: readonly Cell[][]) {
  const set = pgRows(fields)
  for (const row of rows) {
    const frame = dataRow(row)
    set.add(frame, 0, frame.length)
  }
  return set
}

const one = (fields: readonly Field[], cell: Cell): Result => ({
  fields,
  rows: encoded(fields, [cell]),
  truncated: false,
})

function released(given: Given) {
  const outcome = masker.mask(executed(given))
  if (isRefusal(outcome)) throw new Error(outcome.code)
  if (isEngineError(outcome.result) || isStream(outcome.result)) throw new Error('no result set')
  const { fields, rows } = outcome.result
  return { fields, cells: sent(rows), counts: outcome.counts() }
}

const sent = (rows: Batch): Cell[][] => {
  if (!isEncoded(rows)) throw new Error('rows that were decoded')
  return cellsOf(Buffer.concat([...rows.pieces()]))
}

const int8 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

describe('a number in a column of numbers', () => {
  const text = Buffer.from(VISA)
  const binary = int8(BigInt(VISA))

  test.each<[string, Shape, ColumnMask['method'], Buffer, number, string | null]>([
    ['found, nothing told', { type: INT8 }, 'scan', text, TEXT, MASKED],
    ['found, told as it is', { type: INT8, told: INT8 }, 'scan', text, INT8, null],
    ['found, told as text', { type: INT8, told: TEXT }, 'scan', text, TEXT, MASKED],
    ['found in binary', { type: INT8, format: 'binary' }, 'scan', binary, INT8, null],
    [
      'found in binary, told as text',
      { type: INT8, format: 'binary', told: TEXT },
      'scan',
      binary,
      TEXT,
      MASKED,
    ],
    ['to be masked', { type: INT8 }, 'partial', text, TEXT, MASKED],
    ['to be masked in binary', { type: INT8, format: 'binary' }, 'partial', binary, TEXT, MASKED],
    ['to be masked, told as it is', { type: INT8, told: INT8 }, 'partial', text, INT8, null],
    [
      'shown, told as text in binary',
      { type: INT8, format: 'binary', told: TEXT },
      'keep',
      binary,
      TEXT,
      VISA,
    ],
    ['shown', { type: INT8 }, 'keep', text, INT8, VISA],
  ])('%s', (_name, shape, method, cell, type, value) => {
    const fields = [field(shape)]
    const result = released({ result: one(fields, Buffer.from(cell)), mask: [{ method }] })
    expect(result.fields[0]?.type).toBe(type)
    expect(result.cells).toEqual([[value === null ? null : Buffer.from(value)]])
  })
})

test('of a result that was retyped, cells without a find stay as they were', () => {
  const fields = [field({ type: INT8 }), field({ type: INT8, name: 'w' })]
  const rows = encoded(fields, [Buffer.from('7'), null], [Buffer.from(VISA), Buffer.from('8')])
  const result = released({
    result: { fields, rows, truncated: false },
    mask: [{ method: 'scan' }, { method: 'scan' }],
  })
  expect(result.fields.map(({ type }) => type)).toEqual([TEXT, INT8])
  expect(result.cells).toEqual([
    [Buffer.from('7'), null],
    [Buffer.from(MASKED), Buffer.from('8')],
  ])
  expect(result.counts).toEqual({ pan: 1 })
})

test('a name that speaks of cards makes few digits enough', () => {
  const fields = [field({ type: 23, name: 'cvv' }), field({ type: TEXT, name: 'note' })]
  const rows = encoded(fields, [Buffer.from('123'), Buffer.from('123')])
  const result = released({
    result: { fields, rows, truncated: false },
    mask: [{ method: 'scan' }, { method: 'scan' }],
  })
  expect(result.cells).toEqual([[Buffer.from('[redacted]'), Buffer.from('123')]])
})

test('NULL of a computed column that is redacted is hidden, and other NULLs stay', () => {
  const fields = [field({ type: TEXT }), field({ type: TEXT, name: 'w' })]
  const rows = encoded(fields, [null, null])
  const source = { schema: 'public', relation: 't', column: 'ssn', labels: ['pii'] }
  const result = released({
    result: { fields, rows, truncated: false },
    mask: [{ method: 'redact' }, { method: 'redact' }],
    output: [
      { name: 'v', lineage: { kind: 'derived', sources: [source] } },
      { name: 'w', lineage: { kind: 'direct', sources: [source] } },
    ],
  })
  expect(result.cells).toEqual([[Buffer.from('[redacted]'), null]])
})

test.each([
  ['two cells', dataRow([null, null])],
  ['a cell that ends beyond its row', Buffer.from([0x44, 0, 0, 0, 11, 0, 1, 0, 0, 0, 9, 65])],
])('a row of %s is refused', (_name, frame) => {
  const fields = [field({ type: TEXT })]
  const rows = pgRows(fields)
  rows.add(frame, 0, frame.length)
  const outcome = masker.mask(
    executed({ result: { fields, rows, truncated: false }, mask: [{ method: 'keep' }] }),
  )
  expect(outcome).toMatchObject({ refused: true, code: 'CARDEA_RESULT_SHAPE' })
})

test('magnetic stripe data refuses the result', () => {
  const fields = [field({ type: TEXT })]
  const result = one(fields, Buffer.from(`;${VISA}=30121011234567890?`))
  expect(masker.mask(executed({ result, mask: [{ method: 'scan' }] }))).toMatchObject({
    code: 'CARDEA_SENSITIVE_DATA',
  })
})

describe('told', () => {
  const explain = (mask: Given['mask'], fields: readonly Field[]) => {
    const { facts, catalog, decision } = executed({
      result: one(fields, null),
      ...(mask === undefined ? {} : { mask }),
    }).intended.cleared
    return masker.told({ facts, decision }, catalog, fields)
  }

  test('what the run itself will tell', () => {
    const fields = ['keep', 'scan', 'partial', 'last4', 'redact', 'null'].map(name =>
      field({ type: INT8, name }),
    )
    const mask = fields.map(({ name }) => ({ method: name as ColumnMask['method'] }))
    const told = explain(mask, fields)
    expect(told).toMatchObject([INT8, INT8, TEXT, TEXT, TEXT, INT8].map(type => ({ type })))
    expect(released({ result: { fields, rows: encoded(fields), truncated: false }, mask }).fields).toEqual(
      told,
    )
  })

  test('names are masked too', () => {
    expect(explain('scan-all', [field({ type: TEXT, name: `n ${VISA}` })])).toMatchObject([
      { name: `n ${MASKED}` },
    ])
  })

  test('a shape that was not analysed is refused', () => {
    const outcome = explain([{ method: 'keep' }, { method: 'keep' }], [field({ type: TEXT })])
    expect(outcome).toMatchObject({ refused: true, code: 'CARDEA_RESULT_SHAPE', decisionId: '01DECISION' })
  })

  test('nothing to mask tells everything', () => {
    const fields = [field({ type: INT8 })]
    expect(explain('none', fields)).toBe(fields)
  })
})

describe('notices', () => {
  const notice = (message: string): EngineError => ({
    failed: true,
    message,
    code: '00000',
    severity: 'NOTICE',
  })
  const fields = [field({ type: TEXT })]

  test.each([
    ['scan', 'none', `card ${MASKED}`],
    ['scan', 'scan-all', `card ${MASKED}`],
    ['pass', 'none', `card ${VISA}`],
  ] as const)('errors: %s, mask: %s', (errors, mask, shown) => {
    const result: Result = { ...one(fields, null), notices: [notice(`card ${VISA}`)] }
    const outcome = masker.mask(executed({ result, mask, errors }))
    expect(outcome).toMatchObject({ result: { notices: [{ message: shown, severity: 'NOTICE' }] } })
  })

  test('are replaced where they may quote a labelled column', () => {
    const cards = table('cards', 1, { pan: ['pan'] })
    const result: Result = { ...one(fields, null), notices: [notice('holder Ann')] }
    const outcome = masker.mask(executed({ result, mask: 'scan-all', relations: [cards] }))
    expect(JSON.stringify(outcome)).not.toContain('"holder Ann"}]},"counts"')
    expect(outcome).toMatchObject({ result: { notices: [{ failed: true }] } })
    if (!isRefusal(outcome)) expect(outcome.result.notices?.[0]?.message).not.toContain('Ann')
  })

  test('of an error go through with it', () => {
    const result: EngineError = { ...notice(`bad ${VISA}`), notices: [notice(`card ${VISA}`)] }
    expect(masker.mask(executed({ result }))).toMatchObject({
      result: { message: `bad ${MASKED}`, notices: [{ message: `card ${MASKED}` }] },
    })
  })

  test.each(['none', 'scan-all'] as const)(
    'of a stream are there with the batch that they came before (%s)',
    async mask => {
      const notices = [notice('first')]
      async function* batches() {
        notices.push(notice(`second ${VISA}`))
        yield encoded(fields, [Buffer.from('a')])
        notices.push(notice('last'))
      }
      const outcome = masker.mask(executed({ result: { fields, batches: batches(), notices }, mask }))
      if (isRefusal(outcome) || isEngineError(outcome.result) || !isStream(outcome.result))
        throw new Error('no stream')
      const heard = () => outcome.result.notices?.map(({ message }) => message)
      expect(heard()).toEqual(['first'])
      const rows = outcome.result.batches[Symbol.asyncIterator]()
      await rows.next()
      expect(heard()).toEqual(['first', `second ${MASKED}`])
      await rows.next()
      expect(heard()).toEqual(['first', `second ${MASKED}`, 'last'])
    },
  )
})
