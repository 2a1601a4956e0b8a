/** Values as records hold them: JSON only, and only what the detectors let through. */
import { types } from 'node:util'
import type { Scrubber } from '../model/scrub.js'
import { orderedJson } from './ordered-json.js'
import { maskedHead } from './recorded-text.js'

/** Fewer characters cannot hold a PAN, and a number with fewer digits cannot be one. */
export const SHORTEST_PAN = 12
const SMALLEST_PAN = 10 ** (SHORTEST_PAN - 1)

/** The JSON form of a value. */
export function plain(value: unknown, bytes: (value: Uint8Array) => string = hex): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return String(value)
    case 'object':
      return value === null ? null : plainObject(value, bytes)
    default:
      return null
  }
}

function plainObject(value: object, bytes: (value: Uint8Array) => string): unknown {
  if (types.isDate(value)) return isoDate(value)
  if (types.isUint8Array(value)) return bytes(value)
  if (Array.isArray(value)) return value.map(item => plain(item, bytes))
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON(), bytes)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member, bytes)]))
}

/** `toISOString` in half the time: it is asked for every date of every row. */
export function isoDate(date: Date): string {
  const year = date.getUTCFullYear()
  if (Number.isNaN(year)) return 'Invalid Date'
  // Rare years, some of them with a sign and six digits.
  if (year < 1000 || year > 9999) return date.toISOString()
  const day = `${year}-${padded(date.getUTCMonth() + 1)}-${padded(date.getUTCDate())}`
  const second = `${padded(date.getUTCHours())}:${padded(date.getUTCMinutes())}:${padded(date.getUTCSeconds())}`
  return `${day}T${second}.${String(date.getUTCMilliseconds()).padStart(3, '0')}Z`
}

function padded(value: number): string {
  return value < 10 ? `0${value}` : `${value}`
}

function hex(bytes: Uint8Array): string {
  return `\\x${buffer(bytes).toString('hex')}`
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The JSON form of a value after the detectors: unchanged where they find nothing. */
export function scrubbed(value: unknown, scrubber: Scrubber): unknown {
  // Ten digits at most stand on either side of its T: no number that a detector knows.
  if (types.isDate(value)) return isoDate(value)
  return detected(
    plain(value, bytes => scrubbedBytes(bytes, scrubber)),
    scrubber,
  )
}

/** Detectors read text, and a number written in hex is none to them: so they see the bytes as text. */
function scrubbedBytes(bytes: Uint8Array, scrubber: Scrubber): string {
  const text = buffer(bytes).toString('latin1')
  return scrubber.text(text) === text ? hex(bytes) : '[bytes that hold protected data]'
}

function detected(value: unknown, scrubber: Scrubber): unknown {
  if (typeof value === 'string') return value.length < SHORTEST_PAN ? value : scrubber.text(value)
  if (typeof value === 'number') {
    if (Math.abs(value) < SMALLEST_PAN) return value
    const text = String(value)
    const masked = scrubber.text(text)
    return masked === text ? value : masked
  }
  if (Array.isArray(value)) return value.map(item => detected(item, scrubber))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [scrubber.text(key), detected(member, scrubber)]),
    )
  }
  return value
}

/** Nothing but texts, numbers and null, as rows mostly are, the engine's serialiser writes canonically by itself. */
export function cellsJson(cells: readonly unknown[]): string {
  for (const cell of cells) if (typeof cell === 'object' && cell !== null) return orderedJson(cells)
  return JSON.stringify(cells)
}

/** Known not to fit before it is scanned. */
export function isLonger(value: unknown, room: number): boolean {
  return (typeof value === 'string' || types.isUint8Array(value)) && value.length > room
}

/** Characters of one text in a lifecycle record, entries of one list, and characters of the whole. */
const DETAIL_TEXT_CAP = 8_192
const DETAIL_ITEMS = 256
const DETAIL_CAP = 131_072

/** What a lifecycle record says, masked and of bounded size, with what was left out declared in its place. */
export function recordedDetail(
  detail: Readonly<Record<string, unknown>>,
  scrubber: Scrubber,
): Readonly<Record<string, unknown>> {
  let room = DETAIL_CAP
  const text = (value: string): string => {
    const { text: masked, cut } = maskedHead(value, Math.min(DETAIL_TEXT_CAP, Math.max(room, 0)), part =>
      scrubber.text(part),
    )
    room -= masked.length + 4
    return cut ? `${masked}…[cut]` : masked
  }
  const member = (value: unknown): unknown => {
    room -= 4
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) {
      const shown = value.slice(0, room > 0 ? DETAIL_ITEMS : 0).map(member)
      return shown.length < value.length ? [...shown, `…[${value.length - shown.length} more]`] : shown
    }
    if (typeof value === 'object' && value !== null) return members(value)
    return detected(value, scrubber)
  }
  const members = (value: object): Record<string, unknown> => {
    const entries = Object.entries(value).slice(0, room > 0 ? DETAIL_ITEMS : 0)
    return Object.fromEntries(entries.map(([key, inner]) => [text(key), member(inner)]))
  }
  return members(plain(detail, bytes => scrubbedBytes(bytes, scrubber)) as object)
}
