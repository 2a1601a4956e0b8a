/** Numbers and dates that a mask has made, in the encodings of their types. */
import { types } from 'node:util'

/** Text and binary of one type; each throws RangeError for a value that is none of it. */
interface Written {
  readonly text: (value: unknown) => string
  readonly binary: (value: unknown) => Buffer
}

const SCALARS: ReadonlyMap<number, Written> = new Map<number, Written>([
  [21, integer(2)],
  [23, integer(4)],
  [20, integer(8)],
  [700, { text: decimal, binary: value => float(value, 4) }],
  [701, { text: decimal, binary: value => float(value, 8) }],
  [1700, { text: decimal, binary: value => numeric(whole(value)) }],
  [1082, { text: value => day(localTime(value)), binary: value => days(localTime(value)) }],
  [1114, { text: value => stamp(localTime(value)), binary: value => micros(localTime(value)) }],
  [1184, { text: value => `${stamp(time(value))}+00`, binary: value => micros(time(value)) }],
])

/**
 * @returns undefined for a type that is none of these; null for a value that the type does not hold.
 * @example encodeScalar(23, 'binary', 50_000) // 0000c350
 */
export function encodeScalar(
  type: number,
  format: 'text' | 'binary',
  value: unknown,
): Buffer | null | undefined {
  const written = SCALARS.get(type)
  if (written === undefined) return undefined
  try {
    return format === 'binary' ? written.binary(value) : Buffer.from(written.text(value), 'latin1')
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function integer(bytes: 2 | 4 | 8): Written {
  const within = (value: unknown): bigint => {
    const number = whole(value)
    if (BigInt.asIntN(8 * bytes, number) !== number) throw new RangeError('a number out of range')
    return number
  }
  return {
    text: value => String(within(value)),
    binary(value) {
      const eight = Buffer.alloc(8)
      eight.writeBigInt64BE(within(value))
      return eight.subarray(8 - bytes)
    },
  }
}

function whole(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  if (typeof value === 'string' && /^-?\d{1,60}$/.test(value)) return BigInt(value)
  throw new RangeError('no whole number')
}

function decimal(value: unknown): string {
  return String(typeof value === 'number' && Number.isFinite(value) ? value : whole(value))
}

function float(value: unknown, bytes: 4 | 8): Buffer {
  const number = Number(decimal(value))
  const buffer = Buffer.alloc(bytes)
  if (bytes === 4) buffer.writeFloatBE(number)
  else buffer.writeDoubleBE(number)
  return buffer
}

const NUMERIC_HEADER = 8
const NEGATIVE = 0x4000

/** Groups of four digits, and how far the first stands before the point (src/backend/utils/adt/numeric.c). */
function numeric(value: bigint): Buffer {
  const groups: number[] = []
  for (let rest = value < 0n ? -value : value; rest > 0n; rest /= 10_000n) {
    groups.unshift(Number(rest % 10_000n))
  }
  const buffer = Buffer.alloc(NUMERIC_HEADER + 2 * groups.length)
  buffer.writeInt16BE(groups.length, 0)
  buffer.writeInt16BE(Math.max(0, groups.length - 1), 2)
  buffer.writeUInt16BE(value < 0n ? NEGATIVE : 0, 4)
  for (const [at, group] of groups.entries()) buffer.writeInt16BE(group, NUMERIC_HEADER + 2 * at)
  return buffer
}

/** Milliseconds since 1970 of a driver's `Date`. */
function time(value: unknown): number {
  const ms = types.isDate(value) ? value.getTime() : Number.NaN
  const year = new Date(ms).getUTCFullYear()
  if (!(year >= 1 && year <= 9999)) throw new RangeError('no date within the calendar')
  return ms
}

/** As if the wall clock that a `Date` shows here stood in Greenwich: types without a time zone are read as local. */
function localTime(value: unknown): number {
  if (!types.isDate(value)) throw new RangeError('no date')
  const greenwich = new Date(0)
  greenwich.setUTCFullYear(value.getFullYear(), value.getMonth(), value.getDate())
  greenwich.setUTCHours(value.getHours(), value.getMinutes(), value.getSeconds(), value.getMilliseconds())
  return time(greenwich)
}

const MS_PER_DAY = 86_400_000
/** 1970 to 2000. */
const EPOCH_MS = 10_957 * MS_PER_DAY

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function stamp(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, '')
}

function days(ms: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(Math.floor((ms - EPOCH_MS) / MS_PER_DAY))
  return buffer
}

function micros(ms: number): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64BE(BigInt(ms - EPOCH_MS) * 1000n)
  return buffer
}
