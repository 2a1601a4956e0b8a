/** Cells as a real server sends them: read as node-postgres reads them, in both formats, and masked as in process. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import pg from 'pg'
import { decodeCell } from '../../../../src/enforcement/postgres/cells/decode.js'
import { encodeCell } from '../../../../src/enforcement/postgres/cells/encode.js'
import { type PgRows, pgRows } from '../../../../src/enforcement/postgres/rows/pg-rows.js'
import { createMasker } from '../../../../src/masking/create-masker.js'
import type { MaskMethod } from '../../../../src/model/decision.js'
import { isEngineError } from '../../../../src/model/executor.js'
import { isRefusal } from '../../../../src/model/refusal.js'
import {
  type Field,
  isEncoded,
  isStream,
  plainRows,
  type Result,
  type Row,
} from '../../../../src/model/result.js'
import { executed } from '../../../masking/support.js'
import { type Database, describePostgres, postgres } from '../../../support/databases.js'
import { cellsOf } from '../rows/frames.js'
import { type RawClient, type RawResult, rawClient } from './raw-rows.js'

const PAN = '4111111111111111'
const MASTERCARD = '5555555555554444'
const masker = createMasker()

/** Every type, with values at its edges. Dates and times without the zone of this machine. */
const VALUES: readonly (readonly [type: string, ...literals: string[]])[] = [
  ['bool', 't', 'f'],
  ['int2', '-32768', '0', '32767'],
  ['int4', '-2147483648', '2147483647'],
  ['int8', '-9223372036854775808', '0', PAN],
  ['oid', '0', '4294967295'],
  ['xid', '123'],
  ['float4', '1.1', '-0.5', '3.4e38', 'NaN', 'Infinity', '123456.7', '1e-20'],
  ['float8', '1.1', '-2.5e300', 'NaN', '-Infinity', PAN, '0.1'],
  [
    'numeric',
    '0',
    '-1.50',
    '12345678901234567890.000123',
    '0.0001',
    '10000',
    '0.00',
    'NaN',
    PAN,
    '100000000',
  ],
  ['numeric(20,4)', '12.3', '-0.0001'],
  ['text', '', 'plain', 'über 4', PAN],
  ['varchar(20)', 'x'],
  ['bpchar', 'y'],
  ['char(5)', 'ab'],
  ['"char"', 'a'],
  ['name', 'thing'],
  ['xml', '<a/>'],
  ['json', '{"a": [1, null, "x"]}', '"text"', '7', 'null'],
  ['jsonb', '{"a": [1, null, "x"], "b": 1.50}', '[]', '"s"'],
  ['bytea', '\\x', '\\x00ff10', `\\x${Buffer.from(PAN).toString('hex')}`],
  ['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['date', '2024-02-29', '0001-01-01', '0044-03-15 BC', 'infinity', '12024-01-01'],
  ['time', '00:00:00', '23:59:59.999999', '12:30:00.5'],
  ['timetz', '12:00:00+00', '12:00:00.25-03:30', '01:02:03+05:30:15'],
  ['timestamp', '2024-02-29 12:00:00', '2024-02-29 12:00:00.5', '0099-01-01 00:00:00', '-infinity'],
  ['timestamptz', '2024-02-29 12:00:00+00', '1969-12-31 23:59:59.5+00', 'infinity'],
  ['interval', '1 year 2 mons 3 days 04:05:06.789', '-1 year', '-00:00:01.5', '0', '36 hours', '-3 days'],
  ['inet', '10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::1/64'],
  ['cidr', '10.0.0.0/8', '2001:db8::/32'],
  ['macaddr', '08:00:2b:01:02:03'],
  ['macaddr8', '08:00:2b:01:02:03:04:05'],
  ['bit(5)', '10101'],
  ['varbit', '', '101'],
  ['point', '(1.5,-2)'],
  ['circle', '<(1,2),3>'],
  ['int4range', '[1,5)', 'empty', '(,3)'],
  ['numrange', '[1.5,2.5]'],
  ['int8range', `[1,${PAN})`],
  ['daterange', '[2024-01-01,2024-02-01)'],
  ['int4multirange', '{[1,3),[5,7)}'],
  ['bool[]', '{t,f,NULL}'],
  ['int4[]', '{1,NULL,3}', '{{1,2},{3,4}}', '{}'],
  ['int8[]', `{1,${PAN}}`],
  ['numeric[]', '{1.50,2}'],
  ['float8[]', '{1.5,NaN}'],
  ['text[]', '{a,NULL,"NULL","with \\"quotes\\", and \\\\",""}', '{{a,b},{c,d}}', '{}'],
  ['varchar[]', '{x,"y z"}'],
  ['uuid[]', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'],
  ['jsonb[]', '{"{\\"a\\": 1}",NULL}'],
  ['json[]', '{"[1,2]"}'],
  ['bytea[]', '{"\\\\x4142"}'],
  ['timestamptz[]', '{"2024-02-29 12:00:00+00"}'],
  ['interval[]', '{"1 day"}'],
  ['inet[]', '{10.0.0.1}'],
  ['numrange[]', '{"[1,2)"}'],
  ['name[]', '{a,b}'],
  ['pair', '(7,"a, b")', '(,)', '(1,"")'],
  ['pair[]', '{"(1,a)","(2,\\"b c\\")"}'],
  ['mood', 'sad'],
  ['mood[]', '{sad,ok}'],
  ['amount', '12.50'],
  ['record', '(1,a)'],
]
const sqlOf = (type: string, literal: string): string =>
  type === 'record' ? "select row(1, 'a'::text) as v" : `select '${literal}'::${type} as v`

/** As the columns of encoded rows, and as node-postgres gives it. */
interface Sent {
  readonly raw: RawResult
  readonly values: readonly (readonly unknown[])[]
}

describePostgres('cells of every type', () => {
  let database: Database
  let client: pg.Client
  let raw: RawClient

  beforeAll(async () => {
    database = await postgres.database()
    client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query(`create type pair as (n int8, t text); create type mood as enum ('sad', 'ok');
      create domain amount as numeric(10,2)`)
    raw = await rawClient(database.url)
    for (const setting of ["timezone to 'UTC'", "lc_monetary to 'C'"]) {
      await client.query(`set ${setting}`)
      await raw.query(`set ${setting}`, 'text')
    }
  })
  afterAll(async () => {
    raw?.end()
    await client?.end()
    await database?.drop()
  })

  const sent = async (sql: string, format: 'text' | 'binary'): Promise<Sent> => {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' })
    return { raw: await raw.query(sql, format), values: rows }
  }

  test.each(VALUES)('%s is read alike in both formats', async (type, ...literals) => {
    for (const literal of literals) {
      for (const format of ['text', 'binary'] as const) {
        const { raw: result, values } = await sent(sqlOf(type, literal), format)
        const [[cell]] = cellsOf(Buffer.concat([...result.rows])) as [[Buffer]]
        const oid = Number(result.fields[0]?.type)
        const value = decodeCell(oid, format, cell)
        expect({ literal, format, value }).toEqual({ literal, format, value: values[0]?.[0] })
      }
    }
  })

  test('a value of money is a plain number in binary', async () => {
    const { raw: result } = await sent("select '$-1,234.05'::money as v", 'binary')
    const [[cell]] = cellsOf(Buffer.concat([...result.rows])) as [[Buffer]]
    expect(decodeCell(790, 'binary', cell)).toBe('-1234.05')
  })

  test.each(['scan', 'partial', 'last4', 'redact', 'null', 'keep'] as const)(
    '%s of text cells gives what it gives in process',
    async method => {
      for (const [type, ...literals] of VALUES) {
        for (const literal of literals) {
          const { raw: result, values } = await sent(sqlOf(type, literal), 'text')
          const inProcess = masked(
            { fields: result.fields.map(({ encoding: _, ...field }) => field), rows: values },
            method,
          )
          const encoded = await maskedRaw(result, method)
          expect({ type, literal, ...encoded.told }).toEqual({ type, literal, ...inProcess.told })
          const before = cellsOf(Buffer.concat([...result.rows]))[0]?.[0]
          const after = encoded.cells[0]?.[0]
          // What masking left alone has not changed by a byte; what it changed reads as it does in process.
          if (inProcess.same) expect(after).toEqual(before)
          else {
            const oid = Number(encoded.fields[0]?.type)
            const read = after == null ? null : decodeCell(oid, 'text', after)
            expect({ type, literal, read }).toEqual({ type, literal, read: fitting(type, inProcess.value) })
          }
        }
      }
    },
  )

  const carriers: readonly (readonly [type: string, literal: (pan: string) => string])[] = [
    ['text', pan => pan],
    ['text', pan => `card ${pan} end`],
    ['varchar', pan => pan],
    ['bpchar', pan => pan],
    ['name', pan => pan],
    ['int8', pan => pan],
    ['numeric', pan => pan],
    ['float8', pan => pan],
    ['json', pan => JSON.stringify({ a: { b: [pan, 1, null] }, c: 'x' })],
    ['json', pan => `{"n" : ${pan}}`],
    ['jsonb', pan => JSON.stringify({ [pan]: true, n: Number(pan) })],
    ['bytea', pan => `\\x${Buffer.from(`<${pan}>`).toString('hex')}`],
    ['text[]', pan => `{a,${pan},NULL,"b,c"}`],
    ['text[]', pan => `{{a,b},{${pan},d}}`],
    ['int8[]', pan => `{1,${pan},3}`],
    ['numeric[]', pan => `{1.50,${pan}}`],
    ['jsonb[]', pan => `{"{\\"a\\": \\"${pan}\\"}"}`],
    ['pair', pan => `(${pan},x)`],
    ['pair', pan => `(5,${pan})`],
    ['pair[]', pan => `{"(1,${pan})"}`],
    ['int8range', pan => `[1,${pan})`],
    ['numrange', pan => `[1,${pan}]`],
    ['xml', pan => `<a>${pan}</a>`],
  ]

  test('no card number survives in any type and format, and its neighbours do', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...carriers),
        fc.constantFrom(PAN, MASTERCARD),
        fc.constantFrom('text' as const, 'binary' as const),
        fc.constantFrom<MaskMethod>('scan', 'partial', 'last4', 'redact'),
        fc.constantFrom('set' as const, 'stream' as const, 'told' as const),
        async ([type, literal], pan, format, method, how) => {
          const { raw: result } = await sent(
            `select 'before' as a, '${literal(pan)}'::${type} as v, 42::int4 as z`,
            format,
          )
          const [first, , last] = cellsOf(Buffer.concat([...result.rows]))[0] ?? []
          const fields = result.fields.map(field =>
            how === 'told' && field.name === 'v'
              ? { ...field, encoding: { format, told: Number(field.type) } }
              : field,
          )
          const {
            cells,
            fields: told,
            counts,
          } = await maskedRaw({ ...result, fields }, method, how === 'stream', 1)
          const [one, cell, three] = cells[0] ?? []
          expect([one, three]).toEqual([first, last])
          expect(Object.keys(counts)).not.toEqual([])
          if (cell == null) return
          const read = decodeCell(Number(told[1]?.type), format, cell)
          expect(texts(read).join(' ')).not.toContain(pan)
          expect(cell.toString('latin1')).not.toContain(pan)
          expect(cell.toString('hex')).not.toContain(BigInt(pan).toString(16).padStart(16, '0'))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('of an array only the member that held a number changes, in both formats', async () => {
    for (const format of ['text', 'binary'] as const) {
      const { raw: texts } = await sent(`select '{a,${PAN},NULL,"b,c"}'::text[] as v`, format)
      const [[cell]] = (await maskedRaw(texts, 'scan')).cells as [[Buffer]]
      expect(decodeCell(1009, format, cell)).toEqual(['a', '411111******1111', null, 'b,c'])
      const { raw: numbers } = await sent(`select '{1.50,${PAN}}'::numeric[] as v`, format)
      const [[list]] = (await maskedRaw(numbers, 'scan')).cells as [[Buffer]]
      expect(decodeCell(1231, format, list)).toEqual([1.5, null])
      if (format === 'text') expect(list.toString()).toBe('{1.50,NULL}')
    }
  })

  test('of a row in binary only the member that held a number changes', async () => {
    const { raw: result } = await sent(
      `select row(${PAN}::int8, 'card ${PAN}'::text, 7::int4) as v`,
      'binary',
    )
    const [[cell]] = (await maskedRaw(result, 'scan')).cells as [[Buffer]]
    expect(decodeCell(2249, 'binary', cell)).toBe('(,"card 411111******1111",7)')
  })
})

test('random bytes of any type are read without an error', () => {
  const types = [
    16, 17, 20, 21, 23, 25, 26, 114, 600, 650, 700, 701, 718, 790, 829, 869, 1082, 1083, 1114, 1184, 1186,
  ]
  const more = [
    1009, 1016, 1231, 1266, 1560, 1700, 2249, 2950, 3802, 3904, 3906, 3926, 4451, 774, 3807, 99_999, 0,
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...types, ...more),
      fc.constantFrom('text' as const, 'binary' as const),
      fc.uint8Array({ maxLength: 60 }),
      fc.jsonValue(),
      (type, format, bytes, value) => {
        const cell = Buffer.from(bytes)
        decodeCell(type, format, cell)
        const encoded = encodeCell(type, format, decodeCell(type, format, cell), cell)
        expect(encoded === null || Buffer.isBuffer(encoded)).toBe(true)
        encodeCell(type, format, value, cell)
      },
    ),
    { numRuns: 2000 },
  )
})

/** A member of an array that cannot hold its mask is NULL on the wire. */
function fitting(type: string, value: unknown): unknown {
  if (type !== 'int8[]' || !Array.isArray(value)) return value
  return value.map(member => (/^\d+$/.test(String(member)) ? member : null))
}

interface Shown {
  readonly told: { readonly types: readonly unknown[]; readonly counts: object }
}

interface RawShown extends Shown {
  readonly cells: ReturnType<typeof cellsOf>
  readonly fields: readonly Field[]
  readonly counts: object
}

function outcome(result: Result, method: MaskMethod) {
  const mask = result.fields.map(() => ({ method }))
  const done = masker.mask(
    executed({
      result,
      mask,
      output: result.fields.map(({ name }) => ({ name, lineage: { kind: 'none' as const } })),
    }),
  )
  if (isRefusal(done)) throw new Error(done.code)
  if (isEngineError(done.result)) throw new Error('an error')
  return { result: done.result, counts: done.counts }
}

function masked(
  { fields, rows }: { readonly fields: readonly Field[]; readonly rows: readonly (readonly unknown[])[] },
  method: MaskMethod,
): Shown & { readonly value: unknown; readonly same: boolean } {
  const before = rows[0]?.[0]
  const { result, counts } = outcome(
    { fields, rows: rows.map(row => [...row]) as Row[], truncated: false },
    method,
  )
  if (isStream(result)) throw new Error('a stream')
  const value = (plainRows(result.rows)[0] as unknown[])[0]
  return {
    value,
    same: Object.is(value, before),
    told: { types: result.fields.map(({ type }) => type), counts: counts() },
  }
}

/** @param only position of the one column that is masked; the others are kept. */
async function maskedRaw(
  { fields, rows: frames }: RawResult,
  method: MaskMethod,
  stream = false,
  only?: number,
): Promise<RawShown> {
  const rows = pgRows(fields)
  for (const frame of frames) rows.add(Buffer.from(frame), 0, frame.length)
  const mask = fields.map((_, i) => ({
    method: only === undefined || only === i ? method : ('keep' as const),
  }))
  const output = fields.map(({ name }) => ({ name, lineage: { kind: 'none' as const } }))
  const given: Result = stream ? { fields, batches: batches(rows) } : { fields, rows, truncated: false }
  const done = masker.mask(executed({ result: given, mask, output }))
  if (isRefusal(done) || isEngineError(done.result)) throw new Error('no rows')
  const pieces: Buffer[] = []
  for await (const batch of isStream(done.result) ? done.result.batches : [done.result.rows]) {
    if (!isEncoded(batch)) throw new Error('rows that were decoded')
    pieces.push(...batch.pieces())
  }
  const told = { types: done.result.fields.map(({ type }) => type), counts: done.counts() }
  return { cells: cellsOf(Buffer.concat(pieces)), fields: done.result.fields, counts: done.counts(), told }
}

async function* batches(rows: PgRows) {
  yield rows
}

/** Every text, number and byte string in a value. */
function texts(value: unknown): string[] {
  if (value === null || value === undefined) return []
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('latin1')]
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([key, inner]) => [key, ...texts(inner)])
  return [String(value)]
}
