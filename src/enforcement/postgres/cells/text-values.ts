/** What node-postgres makes of the text of a value with its own parsers (pg-types 2.2, postgres-date, postgres-interval). */
import { type Nested, readArray } from './nested-text.js'
import { isOutOfRange } from './out-of-range.js'
import { arrayType, BOOL, BYTEA, JSON_TEXT, JSONB } from './types.js'

/** Text that is none of the type comes back as it is. */
export function textValue(type: number, text: string): unknown {
  switch (type) {
    case BOOL:
      return text === 't' || text === 'true'
    case 21:
    case 23:
    case 26:
      return Number.parseInt(text, 10)
    case 700:
    case 701:
      return Number.parseFloat(text)
    case 1082:
    case 1114:
    case 1184:
      return date(text)
    case JSON_TEXT:
    case JSONB:
      return json(text)
    case BYTEA:
      return bytea(text)
    case 1186:
      return interval(text)
    case 600:
      return point(text)
    case 718:
      return circle(text)
    default: {
      const array = arrayType(type)
      return array?.read === undefined ? text : arrayValue(array.read, text)
    }
  }
}

function arrayValue(element: number, text: string): unknown {
  try {
    return values(element, readArray(text).elements)
  } catch (error) {
    if (isOutOfRange(error)) return text
    throw error
  }
}

function values(type: number, elements: Nested): unknown[] {
  return elements.map(element => {
    if (element === null) return null
    return typeof element === 'string' ? textValue(type, element) : values(type, element)
  })
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Hex, or the older escape format. */
export function bytea(text: string): Buffer {
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex')
  const plain = text.replace(/\\(\\|[0-7]{3})/g, (_all, code: string) =>
    code === '\\' ? '\\' : String.fromCharCode(Number.parseInt(code, 8)),
  )
  return Buffer.from(plain, 'latin1')
}

const DATE = /^(\d+)-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(\.\d+)?)?([+-]\d\d(?::\d\d)*)?( BC)?$/

function date(text: string): unknown {
  if (text === 'infinity') return Number.POSITIVE_INFINITY
  if (text === '-infinity') return Number.NEGATIVE_INFINITY
  const plain = text.length === 10 ? plainDay(text) : undefined
  if (plain !== undefined) return plain
  const match = DATE.exec(text)
  if (match === null) return null
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone, before] = match
  const fullYear = before === undefined ? Number(year) : 1 - Number(year)
  const parts = [Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const
  const ms = 1000 * Number(fraction)
  if (fullYear > 99) {
    if (zone === undefined) return new Date(fullYear, ...parts, ms)
    return new Date(Date.UTC(fullYear, ...parts, ms) - zoneMs(zone))
  }
  return early(fullYear, parts, ms, zone)
}

/** `2024-02-29`, as most dates are: in a fraction of the time that the pattern takes. */
function plainDay(text: string): Date | undefined {
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const isDay = year > 99 && month >= 0 && day >= 0 && text[4] === '-' && text[7] === '-'
  return isDay ? new Date(year, month - 1, day) : undefined
}

/** Below any sum of others where they are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48
  const units = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? 10 * tens + units : -100_000
}

/** Years below 100 would be read as of the last century. */
function early(
  year: number,
  [month, day, hour, minute, second]: readonly [number, number, number, number, number],
  ms: number,
  zone: string | undefined,
): Date {
  const date = new Date(Date.UTC(2000, 0, 1))
  if (zone === undefined) {
    date.setFullYear(year, month, day)
    date.setHours(hour, minute, second, ms)
    return date
  }
  date.setUTCFullYear(year, month, day)
  date.setUTCHours(hour, minute, second, ms)
  return new Date(date.getTime() - zoneMs(zone))
}

function zoneMs(zone: string): number {
  if (zone === '+00') return 0
  const [hours = 0, minutes = 0, seconds = 0] = zone.slice(1).split(':').map(Number)
  return (zone.startsWith('-') ? -1000 : 1000) * (hours * 3600 + minutes * 60 + seconds)
}

const INTERVAL =
  /^(?:([+-]?\d+) years?)? ?(?:([+-]?\d+) mons?)? ?(?:([+-]?\d+) days?)? ?(?:([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/

function interval(text: string): unknown {
  const match = INTERVAL.exec(text)
  if (match === null) return text
  const [, years, months, days, sign, hours, minutes, seconds, fraction] = match
  const whole = sign === '-' ? -1 : 1
  const parts: Record<string, number> = {}
  const put = (name: string, value: string | undefined, factor: number): void => {
    const number = value === undefined ? 0 : factor * Number(value)
    if (number !== 0) parts[name] = number
  }
  put('years', years, 1)
  put('months', months, 1)
  put('days', days, 1)
  put('hours', hours, whole)
  put('minutes', minutes, whole)
  put('seconds', seconds, whole)
  put('milliseconds', fraction?.padEnd(6, '0'), whole / 1000)
  return parts
}

function point(text: string): unknown {
  const [, x, y] = /^\(([^,]*),([^,]*)\)$/.exec(text) ?? []
  return x === undefined || y === undefined ? text : { x: Number.parseFloat(x), y: Number.parseFloat(y) }
}

function circle(text: string): unknown {
  const [, x, y, radius] = /^<\(([^,]*),([^,]*)\),([^,]*)>$/.exec(text) ?? []
  if (x === undefined || y === undefined || radius === undefined) return text
  return { x: Number.parseFloat(x), y: Number.parseFloat(y), radius: Number.parseFloat(radius) }
}
