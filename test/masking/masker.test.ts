import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createMasker } from '../../src/masking/create-masker.js'
import type { ColumnMask, MaskMethod } from '../../src/model/decision.js'
import { isEngineError } from '../../src/model/executor.js'
import { isRefusal } from '../../src/model/refusal.js'
import { type Field, isStream, type MaskCounts, plainRows, type Row } from '../../src/model/result.js'
import { AMEX, direct, executed, type Given, MASTERCARD, rows, VISA } from './support.js'

const masker = createMasker()

function released(given: Given): { fields: readonly Field[]; rows: Row[]; counts: MaskCounts } {
  const outcome = masker.mask(executed(given))
  if (isRefusal(outcome)) throw new Error(`refused: ${outcome.code}`)
  const { result } = outcome
  if (isEngineError(result) || isStream(result)) throw new Error('not a result set')
  return { fields: result.fields, rows: plainRows(result.rows), counts: outcome.counts() }
}

function refusedCode(given: Given): string | undefined {
  const outcome = masker.mask(executed(given))
  return isRefusal(outcome) ? outcome.code : undefined
}

const column = (method: MaskMethod, label?: string): ColumnMask =>
  label === undefined ? { method } : { method, label }
const cell = (value: unknown, method: MaskMethod, label?: string, field: string | Field = 'v'): unknown => {
  const { rows: data } = released({ result: rows([field], [value]), mask: [column(method, label)] })
  return Array.isArray(data[0]) ? data[0][0] : undefined
}

describe('methods', () => {
  test.each<[MaskMethod, unknown, unknown]>([
    ['keep', VISA, VISA],
    ['scan', 'settled', 'settled'],
    ['scan', `card ${VISA}`, 'card 411111******1111'],
    ['partial', VISA, '411111******1111'],
    ['partial', AMEX, '378282*****0005'],
    ['partial', '6212348977359580003', '621234*********0003'],
    ['partial', '4111 1111-1111.1111', '411111******1111'],
    ['partial', '４１１１１１１１１１１１１１１１', '411111******1111'],
    ['partial', '4111111111111112', '[redacted]'],
    ['partial', `0000${VISA}`, '411111******1111'],
    ['partial', `000${VISA}`, '411111******1111'],
    ['last4', `000000${VISA}`, '************1111'],
    ['partial', '6200000000000001', '620000******0001'],
    ['partial', 'tok_4111111111111111', '[redacted]'],
    ['partial', '', '[redacted]'],
    ['partial', `${VISA} 12/27`, '[redacted]'],
    ['partial', '411111******1111', '411111******1111'],
    ['last4', VISA, '************1111'],
    ['last4', '411111******1111', '************1111'],
    ['last4', 'no number', '[redacted]'],
    ['redact', VISA, '[redacted]'],
    ['redact', '[redacted]', '[redacted]'],
    ['null', VISA, null],
  ])('%s of %j is %j', (method, value, masked) => {
    expect(cell(value, method, 'pan')).toEqual(masked)
  })

  test('last4 of another label keeps the last four of a number', () => {
    expect(cell('123-45-6789', 'last4', 'ssn')).toBe('*****6789')
    expect(cell('12345', 'last4', 'ssn')).toBe('[redacted]')
  })

  const values: unknown[] = [
    VISA,
    42,
    4111111111111111,
    4111111111111111n,
    1.5,
    true,
    new Date(0),
    Buffer.from(VISA),
    Buffer.from([0, 255]),
    [VISA],
    { a: VISA },
    'x',
    '',
    '41111111111111110000',
  ]

  test.each(['partial', 'last4', 'redact'] as const)(
    '%s makes a text of every type, or leaves null',
    method => {
      for (const value of values) {
        const once = cell(value, method, 'pan')
        expect(typeof once).toBe('string')
        expect(cell(once, method, 'pan')).toBe(once)
        expect(String(once).replace(/\D/g, '').length).toBeLessThanOrEqual(10)
      }
      expect(cell(null, method, 'pan')).toBeNull()
    },
  )

  test('no labelled cell shows more than six and four digits, whatever it held, and masking is idempotent', () => {
    const value = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[\d -]{1,40}$/),
      fc.bigInt(),
      fc.integer(),
      fc.double(),
      fc.jsonValue(),
      fc.uint8Array({ maxLength: 24 }),
      fc.constantFrom(VISA, MASTERCARD, AMEX, '4111-1111-1111-1111'),
    )
    fc.assert(
      fc.property(value, fc.constantFrom<MaskMethod>('partial', 'last4', 'redact', 'null'), (raw, method) => {
        const once = cell(raw, method, 'pan')
        if (raw === null || raw === undefined || method === 'null') return expect(once ?? null).toBeNull()
        expect(String(once)).toMatch(/^(\d{6}\*{2,9}\d{4}|\*{8,15}\d{4}|\[redacted\])$/)
        return expect(cell(once, method, 'pan')).toBe(once)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('scanned cells', () => {
  test.each<[unknown, unknown]>([
    [4111111111111111, '411111******1111'],
    [4111111111111111n, '411111******1111'],
    [Buffer.from(`card ${VISA}`), Buffer.from('card 411111******1111')],
    [Buffer.from('４１１１１１１１１１１１１１１１'), Buffer.from('411111******1111')],
    [Buffer.from(VISA, 'hex'), Buffer.from('[redacted]')],
    [
      { a: [{ [VISA]: 1 }, { b: { c: VISA } }], d: 1 },
      { a: [{ '411111******1111': 1 }, { b: { c: '411111******1111' } }], d: 1 },
    ],
    [[4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], Array.from({ length: 16 }, () => '[redacted]')],
    [{ card_number: '4111111111111112' }, { card_number: '411111******1112' }],
    [{ cvv: '123' }, { cvv: '[redacted]' }],
    // Beyond 2^53 the last digits are lost, and the check digit with them.
    [Number('6212348977359580003'), '[redacted]'],
  ])('%j becomes %j', (value, masked) => {
    expect(cell(value, 'scan')).toEqual(masked)
  })

  test.each(
    [
      42,
      1.5,
      12345678901234n,
      true,
      null,
      new Date(0),
      Buffer.from([1, 2, 3]),
      { a: [1, 'x', null] },
      ['x'],
      'x',
    ].map(v => [v]),
  )('%p is the very same value afterwards', value => {
    expect(cell(value, 'scan')).toBe(value)
  })

  test('a document too deep to walk is redacted where it becomes so', () => {
    let deep: unknown = VISA
    for (let i = 0; i < 5000; i++) deep = [deep]
    expect(JSON.stringify(cell(deep, 'scan'))).not.toContain(VISA)
  })

  test('a key named __proto__ stays a key', () => {
    const masked = cell(JSON.parse(`{"__proto__":{"x":"${VISA}"}}`), 'scan')
    expect(JSON.stringify(masked)).toBe('{"__proto__":{"x":"411111******1111"}}')
  })

  test('JSON that is text stays JSON', () => {
    const field = { name: 'v', type: 114 }
    expect(cell(`{"card":${VISA},"n":1}`, 'scan', undefined, field)).toBe('{"card":"411111******1111","n":1}')
    expect(cell('{"n": 1}', 'scan', undefined, field)).toBe('{"n": 1}')
    expect(cell(`not json ${VISA}`, 'scan', undefined, field)).toBe('not json 411111******1111')
  })

  test('the name of the column counts as a word before the value', () => {
    expect(cell('4111111111111112', 'scan')).toBe('4111111111111112')
    expect(cell('4111111111111112', 'scan', undefined, 'card_number')).toBe('411111******1112')
    expect(cell('123', 'scan', undefined, 'cvv')).toBe('[redacted]')
    expect(cell(123, 'scan', undefined, 'cvv')).toBe('[redacted]')
  })

  test('track data refuses the whole result', () => {
    const track = `;${VISA}=27121010000012345678?`
    expect(refusedCode({ result: rows(['a'], ['fine'], [track]) })).toBe('CARDEA_SENSITIVE_DATA')
    expect(refusedCode({ result: rows(['a'], [{ deep: [track] }]) })).toBe('CARDEA_SENSITIVE_DATA')
    expect(refusedCode({ result: rows([track], ['x']) })).toBe('CARDEA_SENSITIVE_DATA')
  })
})

describe('rows', () => {
  test('of duplicate names get the strictest mask of all fields of the name', () => {
    const mask = [column('keep'), column('partial', 'pan'), column('scan')]
    const fields = ['a', 'a', 'b']
    expect(released({ result: rows(fields, { a: VISA, b: 'x' }), mask }).rows).toEqual([
      { a: '411111******1111', b: 'x' },
    ])
    expect(released({ result: rows(fields, [VISA, VISA, 'x']), mask }).rows).toEqual([
      [VISA, '411111******1111', 'x'],
    ])
  })

  test('are masked in place and counted', () => {
    const data = [
      { pan: VISA, note: `see ${MASTERCARD}`, mail: 'a@b.example' },
      { pan: null, note: 'x', mail: null },
    ]
    const mask = [column('partial', 'pan'), column('scan'), column('keep', 'email')]
    const result = rows(['pan', 'note', 'mail'], ...data)
    const out = released({ result, mask })
    expect(out.rows).toBe('rows' in result ? result.rows : undefined)
    expect(out.rows[0]).toBe(data[0])
    expect(out.counts).toEqual({ pan: 2, 'unmasked:email': 1 })
  })

  test('are untouched under none', () => {
    const result = rows(['a'], { a: VISA })
    const outcome = masker.mask(executed({ result, mask: 'none' }))
    expect(isRefusal(outcome) ? undefined : outcome.result).toBe(result)
  })

  test('field names that hold a PAN are renamed, and stay apart', () => {
    const spaced = '4111 1111 1111 1111'
    const {
      fields,
      rows: data,
      counts,
    } = released({ result: rows([VISA, spaced, 'b'], { [VISA]: 1, [spaced]: 2, b: 3 }) })
    expect(fields.map(({ name }) => name)).toEqual(['411111******1111', '411111******1111_2', 'b'])
    expect(data).toEqual([{ '411111******1111': 1, '411111******1111_2': 2, b: 3 }])
    expect(counts).toEqual({ pan: 2 })
  })

  test('the type of a masked field becomes text where its own cannot hold the mask', () => {
    const int8 = { name: 'pan', type: 20 }
    const masked = released({ result: rows([int8], [VISA]), mask: [column('partial', 'pan')] })
    expect(masked.fields).toEqual([{ name: 'pan', type: 25 }])
    expect(released({ result: rows([int8], [VISA]) }).fields).toEqual([{ name: 'pan', type: 25 }])
    expect(released({ result: rows([int8], ['42']) }).fields).toEqual([int8])
    expect(released({ result: rows([{ name: 'a', type: 1043 }], [VISA]) }).fields).toEqual([
      { name: 'a', type: 1043 },
    ])
    const mysql = released({ result: rows([{ name: 'a', type: 8 }], [VISA]), dialect: 'mysql' })
    expect(mysql.fields).toEqual([{ name: 'a', type: 253 }])
  })

  test('the plan of one result is not used for another', () => {
    const facts = executed({ result: rows(['a'], ['x']), output: [{ name: 'a', lineage: { kind: 'none' } }] })
    const again = (mask: readonly ColumnMask[]) => {
      const { cleared } = facts.intended
      const decision = { ...cleared.decision, obligations: { ...cleared.decision.obligations, mask } }
      const run = {
        ...facts,
        intended: { ...facts.intended, cleared: { ...cleared, decision } },
        result: rows(['a'], [VISA]),
      }
      const outcome = masker.mask(run as typeof facts)
      return isRefusal(outcome) ? outcome.code : outcome.result
    }
    expect(again([column('keep')])).toMatchObject({ rows: [[VISA]] })
    expect(again([column('redact')])).toMatchObject({ rows: [['[redacted]']] })
    expect(again([column('keep')])).toMatchObject({ rows: [[VISA]] })
  })
})

describe('a result of another shape', () => {
  const mask = [column('keep'), column('partial', 'pan')]
  const output = [direct('cards', 'id'), direct('cards', 'pan', ['pan'])]

  test.each<[string, Given]>([
    ['with a column more', { result: rows(['id', 'pan', 'x'], [1, VISA, 1]), mask, output }],
    ['with a column less', { result: rows(['id'], [1]), mask, output }],
    ['with columns in another order', { result: rows(['pan', 'id'], [VISA, 1]), mask, output }],
    ['with rows longer than the fields', { result: rows(['id', 'pan'], [1, VISA, VISA]), mask, output }],
    [
      'with a key that is no field',
      { result: rows(['id', 'pan'], { id: 1, pan: VISA, cvv: 1 }), mask, output },
    ],
    ['with a column less than lineage knows', { result: rows(['id'], [1]), mask: [column('keep')], output }],
    ['with more masks than columns', { result: rows(['id'], [1]), mask, output: [direct('cards', 'id')] }],
  ])('%s is refused', (_name, given) => {
    expect(refusedCode(given)).toBe('CARDEA_RESULT_SHAPE')
  })

  test('is not one whose engine spells a made-up name differently', () => {
    const made = [{ name: 'count( * )', lineage: { kind: 'none' as const } }]
    expect(
      refusedCode({ result: rows(['count(*)'], [1]), mask: [column('scan')], output: made }),
    ).toBeUndefined()
    expect(refusedCode({ result: rows(['ID', 'PAN'], [1, VISA]), mask, output })).toBeUndefined()
  })

  test('says why, with rule and decision, and no value', () => {
    const outcome = masker.mask(executed({ result: rows(['id'], [VISA]), mask, output }))
    expect(outcome).toEqual({
      refused: true,
      code: 'CARDEA_RESULT_SHAPE',
      reason: 'the result does not have the shape that was analysed; the schema changed; try again',
      rule: 'some-rule',
      decisionId: '01DECISION',
    })
  })
})
