/** `generalise`: a date's month, year or decade, a number's range, by where they begin. The type stays. */
import { types } from 'node:util'
import type { Coarseness } from '../../model/decision.js'
import { type Calendar, readsUtc } from './calendar.js'

/** @returns undefined for what is no date or number of the kind, and for dates outside the years 1 to 9999. */
export function generalised(value: unknown, to: Coarseness, calendar: Calendar): unknown {
  if (typeof to === 'number') return rangeOf(value, to)
  if (types.isDate(value)) return firstDay(value, to, calendar)
  return typeof value === 'string' ? firstDayText(value, to) : undefined
}

type Period = Exclude<Coarseness, number>

function firstDay(date: Date, to: Period, calendar: Calendar): Date | undefined {
  const utc = readsUtc(date, calendar)
  const year = utc ? date.getUTCFullYear() : date.getFullYear()
  // An invalid date has no year.
  if (!(year >= 1 && year <= 9999)) return undefined
  const [first, month] = begin(year, utc ? date.getUTCMonth() : date.getMonth(), to)
  const begins = new Date(0)
  if (utc) begins.setUTCFullYear(first, month, 1)
  else {
    begins.setFullYear(first, month, 1)
    begins.setHours(0, 0, 0, 0)
  }
  return begins.getTime() === date.getTime() ? date : begins
}

/** A date as text, with or without a time and an offset, which are kept in form. */
const DATE_TEXT =
  /^(\d{4})-(0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:([ T])\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/

function firstDayText(text: string, to: Period): string | undefined {
  const [, year, month, gap, offset = ''] = DATE_TEXT.exec(text) ?? []
  if (year === undefined || Number(year) === 0) return undefined
  const [first, at] = begin(Number(year), Number(month) - 1, to)
  const day = `${String(first).padStart(4, '0')}-${String(at + 1).padStart(2, '0')}-01`
  return gap === undefined ? day : `${day}${gap}00:00:00${offset}`
}

/** There is no year 0. */
function begin(year: number, month: number, to: Period): readonly [year: number, month: number] {
  if (to === 'month') return [year, month]
  return [to === 'year' ? year : Math.max(1, year - (year % 10)), 0]
}

/** The driver's text of NUMERIC, DECIMAL and 64-bit integers. */
const NUMBER_TEXT = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?$/

function rangeOf(value: unknown, width: number): number | bigint | string | undefined {
  if (typeof value === 'bigint') return floor(value, BigInt(width))
  if (typeof value === 'number') {
    const begins = Math.floor(Math.floor(value) / width) * width
    return Number.isSafeInteger(begins) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? begins + 0 : undefined
  }
  const [, sign, whole, fraction = ''] = typeof value === 'string' ? (NUMBER_TEXT.exec(value) ?? []) : []
  if (whole === undefined) return undefined
  const below = sign === '-' && /[1-9]/.test(fraction) ? 1n : 0n
  return String(floor(BigInt(`${sign}${whole}`) - below, BigInt(width)))
}

function floor(value: bigint, width: bigint): bigint {
  const over = value % width
  return value - (over < 0n ? over + width : over)
}
