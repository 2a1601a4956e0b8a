/**
 * Values of a result as JSON can hold them without loss. They are masked already; this changes their form only.
 */

/** The driver's type of the column: PostgreSQL type OID, MySQL column type number, or a declared type. */
export type ColumnType = number | string | undefined

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

const BYTES_SHOWN = 64
const DEEPEST = 32

/** PostgreSQL type OIDs and MySQL column types of calendar dates and of times without a zone. */
const DAYS: readonly unknown[] = [1082, 10]
const LOCAL_TIMES: readonly unknown[] = [1114, 12]

/**
 * Numbers that JSON has no word for and integers of 64 bits that its readers would round are texts; bytes are `\x` and hex,
 * cut with their length; a day is `2026-01-31`, a point in time ISO 8601 in UTC, and a time without a zone ISO
 * 8601 without one.
 */
export function jsonOf(value: unknown, type?: ColumnType, depth = 0): Json {
  switch (typeof value) {
    case 'string':
      return wellFormed(value)
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return String(value)
    case 'object':
      return value === null ? null : objectOf(value, type, depth)
    default:
      return null
  }
}

/** A lone surrogate would break the clients that encode the text as UTF-8. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD')
}

function objectOf(value: object, type: ColumnType, depth: number): Json {
  if (value instanceof Date) return dateOf(value, type)
  if (ArrayBuffer.isView(value)) {
    return bytesOf(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
  }
  if (depth >= DEEPEST) return '(nested too deeply to show)'
  if (Array.isArray(value)) return value.map(item => jsonOf(item, undefined, depth + 1))
  const members = Object.entries(value).filter(([, item]) => item !== undefined && typeof item !== 'function')
  return Object.fromEntries(
    members.map(([name, item]) => [wellFormed(name), jsonOf(item, undefined, depth + 1)]),
  )
}

/** The drivers put a date without a zone into the time zone of this process. */
function dateOf(value: Date, type: ColumnType): string {
  if (Number.isNaN(value.getTime())) return 'invalid date'
  if (!DAYS.includes(type) && !LOCAL_TIMES.includes(type)) return value.toISOString()
  const shifted = new Date(value.getTime() - value.getTimezoneOffset() * 60_000).toISOString()
  const local = shifted.slice(0, -1)
  return DAYS.includes(type) ? local.slice(0, local.indexOf('T')) : local
}

function bytesOf(bytes: Buffer): string {
  const shown = `\\x${bytes.subarray(0, BYTES_SHOWN).toString('hex')}`
  return bytes.length > BYTES_SHOWN ? `${shown}… (${bytes.length} bytes)` : shown
}
