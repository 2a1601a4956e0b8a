/** Keys, values of every kind, and the maskers that make something of them. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { CellScan } from '../../../src/masking/cell-scan.js'
import { cellMask } from '../../../src/masking/column-mask.js'
import { Tally } from '../../../src/masking/counts.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { MaskingKey } from '../../../src/masking/maskers/masking-key.js'
import type { ColumnMask } from '../../../src/model/decision.js'
import type { Dialect } from '../../../src/model/dialect.js'
import type { Field } from '../../../src/model/result.js'
import { AMEX, MASTERCARD, VISA } from '../support.js'

export const KEY = new MaskingKey(Buffer.from('0123456789abcdef0123456789abcdef'), 'k1')
export const OTHER = new MaskingKey(randomBytes(32), 'k2')
export const PANS = [
  VISA,
  MASTERCARD,
  AMEX,
  '6212348977359580003',
  '5018000000000009',
  '501800000009',
] as const

const scan = new CellScan(new Scanner())

export interface Column {
  readonly key?: MaskingKey | undefined
  readonly field?: Field
  readonly dialect?: Dialect
}

export function masked(mask: ColumnMask, value: unknown, column: Column = {}): unknown {
  const { field = { name: 'v' }, dialect = 'postgres' } = column
  const key = 'key' in column ? column.key : KEY
  const mask1 = cellMask(mask, field, dialect, { scan, key })
  if (mask1 === undefined) throw new Error('no mask')
  return mask1(value, new Tally())
}

/** Masks that a policy can ask for, apart from `null` and `keep`. */
export const METHODS: readonly ColumnMask[] = [
  { method: 'partial', label: 'pan' },
  { method: 'first8', label: 'pan' },
  { method: 'last4', label: 'pan' },
  { method: 'last4', label: 'ssn' },
  { method: 'redact', label: 'ssn' },
  { method: 'hash', label: 'pan' },
  { method: 'hash', label: 'ssn' },
  { method: 'tokenise', label: 'pan' },
  { method: 'tokenise', label: 'ssn' },
  { method: 'generalise', label: 'birth', to: 'month' },
  { method: 'generalise', label: 'birth', to: 'year' },
  { method: 'generalise', label: 'birth', to: 'decade' },
  { method: 'generalise', label: 'salary', to: 7 },
  { method: 'generalise', label: 'salary', to: 10_000 },
]

const cyclic: Record<string, unknown> = { a: 1 }
cyclic['self'] = cyclic
const deep = Array.from({ length: 300 }).reduce<unknown>(inner => [inner], 1)

export const ODD: readonly unknown[] = [
  '',
  '\ud800',
  '\udfff1',
  'x'.repeat(100_000),
  '9'.repeat(5000),
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  4111111111111111,
  2n ** 200n,
  -(2n ** 200n),
  true,
  false,
  new Date(Number.NaN),
  new Date(8.64e15),
  new Date(-8.64e15),
  new Date('0001-01-01T00:00:00Z'),
  Buffer.from(VISA),
  Buffer.from([0, 255, 128]),
  Buffer.alloc(0),
  new Float64Array([1, 2]),
  new ArrayBuffer(4),
  [],
  [VISA],
  [[new Date(0)], [Buffer.from([255])]],
  {},
  { pan: VISA, nested: { n: 1n, d: new Date(0), u: undefined } },
  new Map([[VISA, VISA]]),
  new Set([VISA]),
  cyclic,
  deep,
  Object.create(null),
  Symbol('s'),
  () => VISA,
]

export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...ODD),
  fc.constantFrom(...PANS),
  fc.constantFrom(...PANS).map(pan => pan.replace(/(\d{4})(?=\d)/g, '$1 ')),
  fc.constantFrom(...PANS).map(BigInt),
  fc.constantFrom(...PANS).map(pan => Buffer.from(pan)),
  fc.constantFrom(...PANS).map(pan => `${pan}.75`),
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[\d -]{1,40}$/),
  fc.stringMatching(/^-?\d{1,20}(\.\d{1,9})?$/),
  fc.stringMatching(/^\d{4}-[01]\d-[0-3]\d([ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d)?)?$/),
  fc.date(),
  fc.bigInt(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.jsonValue(),
  fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes)),
)

/** Digits as they can be read off a value, whatever its type. */
export function digitsOf(value: unknown): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString()
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}
