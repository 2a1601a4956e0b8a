/** What day a driver means by a `Date`, which is an instant: that depends on the column's type. */
import type { Dialect } from '../../model/dialect.js'
import type { Field } from '../../model/result.js'

/** `day`: midnight of a date. `local`: a wall clock, in the time zone of this process. `utc`: an instant. */
export type Calendar = 'day' | 'local' | 'utc'

/** `date`, `date[]`; DATE and its old form. `timestamp`, `timestamp[]`; TIMESTAMP and DATETIME, which mysql2 reads as local. */
const DAYS: Readonly<Record<Dialect, readonly unknown[]>> = {
  postgres: [1082, 1182],
  mysql: [10, 14],
  sqlite: [],
}
const LOCAL: Readonly<Record<Dialect, readonly unknown[]>> = {
  postgres: [1114, 1115],
  mysql: [7, 12],
  sqlite: [],
}

export function calendarOf(field: Pick<Field, 'type'>, dialect: Dialect): Calendar {
  if (DAYS[dialect].includes(field.type)) return 'day'
  return LOCAL[dialect].includes(field.type) ? 'local' : 'utc'
}

/** A driver that was told to keep to UTC puts a date at midnight there. */
export function readsUtc(date: Date, calendar: Calendar): boolean {
  if (calendar !== 'day') return calendar === 'utc'
  const midnight = date.getHours() + date.getMinutes() + date.getSeconds() + date.getMilliseconds() === 0
  return !midnight && date.getTime() % 86_400_000 === 0
}

/** ISO 8601, as far as the type knows: a day, a local time without an offset, or an instant. `date` is valid. */
export function dateText(date: Date, calendar: Calendar): string {
  if (calendar === 'utc') return date.toISOString()
  const utc = readsUtc(date, calendar)
  const shown = utc ? date : new Date(Date.UTC(2000, 0, 1))
  if (!utc) {
    shown.setUTCFullYear(date.getFullYear(), date.getMonth(), date.getDate())
    shown.setUTCHours(date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds())
  }
  const text = Number.isNaN(shown.getTime()) ? String(date.getTime()) : shown.toISOString().slice(0, -1)
  return calendar === 'day' ? text.replace(/T[\d:.]*$/, '') : text
}
