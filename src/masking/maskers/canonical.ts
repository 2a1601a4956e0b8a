/** One text for one value, however a driver gives it: what keyed maskers compute from. */
import { isUtf8 } from 'node:buffer'
import { types } from 'node:util'
import { isPan, onlyDigits, REDACTED } from '../formats.js'
import { type Calendar, dateText } from './calendar.js'

export interface Canonical {
  /** Values of different forms are different values, whatever their text. */
  readonly form: 'text' | 'bytes' | 'json'
  readonly text: string
}

/**
 * A PAN is its digits, a date ISO 8601, bytes are the text that they are or else hexadecimal, JSON has its
 * members in order.
 *
 * @returns undefined for what has no such text.
 */
export function canonical(value: unknown, calendar: Calendar): Canonical | undefined {
  // Of which nothing is known any more.
  if (value === REDACTED) return undefined
  const plain = plainText(value, calendar)
  if (plain !== undefined) return { form: 'text', text: digitsOfPan(plain) ?? plain }
  const bytes = bytesOf(value)
  if (bytes !== undefined) {
    if (!isUtf8(bytes)) return { form: 'bytes', text: bytes.toString('hex') }
    const text = bytes.toString('utf8')
    return { form: 'text', text: digitsOfPan(text) ?? text }
  }
  if (typeof value !== 'object' || value === null || types.isDate(value)) return undefined
  const text = document(value, calendar, [])
  return text === undefined ? undefined : { form: 'json', text }
}

/** Whatever it is written with: a join must not fail over separators. */
function digitsOfPan(text: string): string | undefined {
  const digits = onlyDigits(text)
  return digits !== undefined && isPan(digits) ? digits : undefined
}

function plainText(value: unknown, calendar: Calendar): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `${value}`
  if (types.isDate(value) && !Number.isNaN(value.getTime())) return dateText(value, calendar)
  return undefined
}

function bytesOf(value: unknown): Buffer | undefined {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return types.isAnyArrayBuffer(value) ? Buffer.from(value) : undefined
}

/** Deeper ones have no text. */
const DEEPEST = 100

function document(value: unknown, calendar: Calendar, above: readonly object[]): string | undefined {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `${value}`
  const leaf = plainText(value, calendar) ?? bytesOf(value)?.toString('hex')
  if (leaf !== undefined) return JSON.stringify(leaf)
  if (typeof value !== 'object' || above.length >= DEEPEST || above.includes(value)) return undefined
  const inside = [...above, value]
  if (Array.isArray(value)) {
    const items = value.map(item => document(item, calendar, inside))
    return items.includes(undefined) ? undefined : `[${items.join(',')}]`
  }
  const names = Object.keys(value).sort()
  // Not what it holds, only that it is there.
  if (names.length === 0 && !isPlain(value)) return undefined
  const members = names.map(name => {
    const member = document(Reflect.get(value, name), calendar, inside)
    return member === undefined ? undefined : `${JSON.stringify(name)}:${member}`
  })
  return members.includes(undefined) ? undefined : `{${members.join(',')}}`
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
