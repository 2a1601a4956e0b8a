/** The packs that a decision names, through the masker: every cell, name, error and notice, decoded and encoded. */
import { describe, expect, test } from '@jest/globals'
import { pgRows } from '../../../src/enforcement/postgres/rows/pg-rows.js'
import { createMasker } from '../../../src/masking/create-masker.js'
import { createScrubber } from '../../../src/masking/scrubber.js'
import { isEngineError } from '../../../src/model/executor.js'
import type { Pack } from '../../../src/model/pack.js'
import { isRefusal } from '../../../src/model/refusal.js'
import {
  type Field,
  isEncoded,
  isStream,
  plainRows,
  type Result,
  type Row,
} from '../../../src/model/result.js'
import { type Cell, cellsOf, dataRow } from '../../enforcement/postgres/rows/frames.js'
import { executed, rows, VISA } from '../support.js'

const ALICE = 'alice@corp.example'
const masker = createMasker()

function outcomeOf(result: Result, detect?: readonly Pack[]) {
  const outcome = masker.mask(executed({ result, ...(detect === undefined ? {} : { detect }) }))
  if (isRefusal(outcome)) throw new Error(outcome.code)
  if (isEngineError(outcome.result) || isStream(outcome.result)) throw new Error('no result set')
  return {
    fields: outcome.result.fields,
    rows: outcome.result.rows,
    counts: outcome.counts(),
    notices: outcome.result.notices,
  }
}

const released = (result: Result, detect?: readonly Pack[]): Row[] =>
  plainRows(outcomeOf(result, detect).rows)

describe('decoded rows', () => {
  test.each<[Pack, string, unknown, unknown]>([
    ['email', 'v', `write to ${ALICE}`, 'write to [redacted]'],
    ['email', 'v', { to: [ALICE], [ALICE]: 1, n: 2 }, { to: ['[redacted]'], '[redacted]': 1, n: 2 }],
    ['email', 'v', Buffer.from(ALICE), Buffer.from('[redacted]')],
    ['phone', 'phone', '4155550132', '[redacted]'],
    ['phone', 'mobile_no', 4155550132, '[redacted]'],
    ['phone', 'mobile_no', 4155550132n, '[redacted]'],
    ['phone', 'v', { phones: ['415-555-0132'] }, { phones: ['[redacted]'] }],
    ['ssn', 'ssn', 123456789, '[redacted]'],
    ['ssn', 'ssn2', '123 45 6789', '[redacted]'],
    ['birth-date', 'dob', '1984-03-05', '[redacted]'],
    ['birth-date', 'birth_date', new Date('1984-03-05T00:00:00Z'), '[redacted]'],
    ['birth-date', 'v', { dateOfBirth: '05.03.1984' }, { dateOfBirth: '[redacted]' }],
    ['iban', 'v', 'DE89 3704 0044 0532 0130 00', '[redacted]'],
    ['secret', 'password', 'correct horse battery', '[redacted]'],
    ['secret', 'v', { api_key: 'a1b2c3d4e5f6' }, { api_key: '[redacted]' }],
  ])('%s in %s: %p', (pack, name, value, masked) => {
    expect(released(rows([name], [value]), [pack])).toEqual([[masked]])
    expect(released(rows([name], { [name]: value }), [pack])).toEqual([{ [name]: masked }])
    // Without the pack it is the very same value.
    const [plain] = released(rows([name], [value]))
    expect(Array.isArray(plain) && plain[0]).toBe(value)
    const [other] = released(rows([name], [value]), [pack === 'iban' ? 'ssn' : 'iban'])
    expect(Array.isArray(other) && other[0]).toBe(value)
  })

  test.each<[Pack, string, unknown]>([
    ['birth-date', 'created', new Date('1984-03-05T00:00:00Z')],
    ['birth-date', 'dob', new Date(Number.NaN)],
    ['birth-date', 'dob', null],
    ['phone', 'amount', 4155550132],
    ['ssn', 'id', 123456789],
    ['secret', 'password', null],
  ])('%s leaves %s: %p', (pack, name, value) => {
    const [row] = released(rows([name], [value]), [pack])
    expect(Array.isArray(row) && row[0]).toBe(value)
  })

  test('a date that became text is described as text', () => {
    const field: Field = { name: 'dob', type: 1082 }
    const { fields } = outcomeOf(rows([field], [new Date('1984-03-05T00:00:00Z')]), ['birth-date'])
    expect(fields).toEqual([{ name: 'dob', type: 25 }])
  })

  test('JSON that the driver left as text stays JSON', () => {
    const field: Field = { name: 'doc', type: 114 }
    const [row] = released(rows([field], [`{"to":"${ALICE}","dob":"1984-03-05"}`]), ['birth-date', 'email'])
    expect(row).toEqual(['{"to":"[redacted]","dob":"[redacted]"}'])
  })

  test('names of fields, counts under the name of the pack, card numbers besides', () => {
    const { fields, counts } = outcomeOf(rows([ALICE, 'v'], ['x', `${VISA} ${ALICE}`]), ['email'])
    expect(fields.map(field => field.name)).toEqual(['[redacted]', 'v'])
    expect(counts).toEqual({ email: 2, pan: 1 })
    expect(outcomeOf(rows([ALICE], ['x'])).fields).toEqual([{ name: ALICE }])
  })

  test('errors and notices', () => {
    const error = {
      failed: true as const,
      message: `no such user ${ALICE}`,
      detail: `Key (email)=(${ALICE})`,
    }
    const masked = (detect?: readonly Pack[]) => {
      const outcome = masker.mask(executed({ result: error, ...(detect === undefined ? {} : { detect }) }))
      return isRefusal(outcome) ? outcome : outcome.result
    }
    expect(masked(['email'])).toEqual({
      failed: true,
      message: 'no such user [redacted]',
      detail: 'Key (email)=([redacted])',
    })
    expect(masked()).toEqual(error)
    const notices = [{ failed: true as const, message: `hello ${ALICE}` }]
    expect(outcomeOf({ ...rows(['v'], ['x']), notices }, ['email']).notices).toMatchObject([
      { message: 'hello [redacted]' },
    ])
    expect(outcomeOf({ ...rows(['v'], ['x']), notices }).notices).toEqual(notices)
  })

  test('a decision of another policy is masked by its own packs, whatever ran before', () => {
    const given = (detect: readonly Pack[]) =>
      released(rows(['v'], [`${ALICE} DE89370400440532013000`]), detect)
    for (let i = 0; i < 2; i++) {
      expect(given(['email'])).toEqual([['[redacted] DE89370400440532013000']])
      expect(given(['iban'])).toEqual([[`${ALICE} [redacted]`]])
      expect(given(['email', 'iban'])).toEqual([['[redacted] [redacted]']])
    }
  })

  test('detectors of the owner run beside the packs', () => {
    const own = {
      name: 'badge',
      find: (text: string) =>
        [...text.matchAll(/EMP-\d{4}/g)].map(m => ({ start: m.index, end: m.index + 8 })),
    }
    const both = createMasker({ detectors: [own] })
    const outcome = both.mask(executed({ result: rows(['v'], [`EMP-1234 ${ALICE}`]), detect: ['email'] }))
    if (isRefusal(outcome) || isEngineError(outcome.result) || isStream(outcome.result))
      throw new Error('no rows')
    expect(plainRows(outcome.result.rows)).toEqual([['[redacted] [redacted]']])
    expect(outcome.counts()).toEqual({ badge: 1, email: 1 })
  })
})

describe('encoded rows', () => {
  const sent = (
    type: number,
    format: 'text' | 'binary',
    name: string,
    cell: Cell,
    detect?: readonly Pack[],
  ) => {
    const field: Field = { name, type, encoding: { format } }
    const set = pgRows([field])
    const frame = dataRow([cell])
    set.add(frame, 0, frame.length)
    const { rows: left, fields } = outcomeOf({ fields: [field], rows: set, truncated: false }, detect)
    if (!isEncoded(left)) throw new Error('rows that were decoded')
    const out = cellsOf(Buffer.concat([...left.pieces()]))[0]?.[0]
    return { cell: Buffer.isBuffer(out) ? out.toString('latin1') : out, type: fields[0]?.type }
  }
  const day = Buffer.alloc(4)
  day.writeInt32BE(-5780)
  const number = Buffer.alloc(8)
  number.writeBigInt64BE(4155550132n)
  const jsonb = Buffer.concat([Buffer.from([1]), Buffer.from(`{"to":"${ALICE}"}`)])

  test.each<[string, number, 'text' | 'binary', string, Buffer, Pack, string | null]>([
    ['text', 25, 'text', 'v', Buffer.from(ALICE), 'email', '[redacted]'],
    ['text, binary', 25, 'binary', 'v', Buffer.from(ALICE), 'email', '[redacted]'],
    ['json', 114, 'text', 'v', Buffer.from(`{"to":"${ALICE}"}`), 'email', '{"to":"[redacted]"}'],
    ['jsonb, binary', 3802, 'binary', 'v', jsonb, 'email', '\u0001{"to":"[redacted]"}'],
    ['int8 in text', 20, 'text', 'phone', Buffer.from('4155550132'), 'phone', '[redacted]'],
    ['int4 in text', 23, 'text', 'ssn', Buffer.from('123456789'), 'ssn', '[redacted]'],
    ['date in text', 1082, 'text', 'dob', Buffer.from('1984-03-05'), 'birth-date', '[redacted]'],
    ['int8, binary, which holds no text', 20, 'binary', 'phone', number, 'phone', null],
    ['date, binary, which holds no text', 1082, 'binary', 'dob', day, 'birth-date', null],
  ])('%s', (_, type, format, name, cell, pack, masked) => {
    expect(sent(type, format, name, cell, [pack]).cell).toBe(masked)
    expect(sent(type, format, name, cell).cell).toBe(cell.toString('latin1'))
  })
})

describe('the scrubber', () => {
  const scrubber = createScrubber()
  const texts = (packs: readonly Pack[] | undefined) => {
    const also = scrubber.also(packs)
    return [
      also.text(`for ${ALICE}`),
      also.statement(`select 1 from t where email = '${ALICE}' -- ${ALICE}`, 'postgres', 'open'),
      also.binding(ALICE, 'open'),
      also.binding([ALICE, 'x'], 'open'),
      also.clears?.(Buffer.from(ALICE), 0, ALICE.length),
    ]
  }

  test('masks by the packs that are asked for, and by none as before', () => {
    expect(texts(['email'])).toEqual([
      'for [redacted]',
      "select 1 from t where email = '[redacted]' -- [redacted]",
      '[redacted]',
      '[[redacted], x]',
      false,
    ])
    expect(texts(undefined)).toEqual([
      `for ${ALICE}`,
      `select 1 from t where email = '${ALICE}' -- ${ALICE}`,
      ALICE,
      `[${ALICE}, x]`,
      true,
    ])
    expect(texts([])).toEqual(texts(undefined))
    expect(scrubber.also(undefined)).toBe(scrubber)
    expect(scrubber.also(['email']).also(undefined)).toBe(scrubber)
  })

  test('a password in a statement', () => {
    expect(scrubber.also(['secret']).statement("alter user bob password 'hunter2'", 'postgres', 'open')).toBe(
      "alter user bob password '[redacted]'",
    )
  })
})
