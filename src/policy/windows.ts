import { DAYS, type When } from './schema-when.js'

export type Window = NonNullable<When['window']>
type Moment = (now: number) => boolean

const DAY_MINUTES = 1440

/** Whether an instant (ms since the epoch) lies in a repeating window, read in the window's own time zone. */
export function windowTest(window: Window): Moment {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: window.timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const days = window.days === undefined ? DAYS : window.days
  const [start, end] = (window.hours ?? '00:00-24:00').split('-').map(minuteOf)
  const from = start ?? 0
  const to = end ?? DAY_MINUTES
  return now => {
    const { day, minute } = localTime(format, now)
    const yesterday = (day + DAYS.length - 1) % DAYS.length
    const on = (index: number) => days.some(name => name === DAYS[index])
    if (from < to) return on(day) && minute >= from && minute < to
    return (on(day) && minute >= from) || (on(yesterday) && minute < to)
  }
}

/** Whether an instant lies in a span that happens once: `from` is in it, `to` is not. */
export function freezeTest(freeze: NonNullable<When['freeze']>): Moment {
  const from = Date.parse(freeze.from)
  const to = Date.parse(freeze.to)
  return now => now >= from && now < to
}

function localTime(format: Intl.DateTimeFormat, now: number): { day: number; minute: number } {
  const parts = new Map(format.formatToParts(now).map(part => [part.type, part.value]))
  return {
    day: DAYS.findIndex(name => parts.get('weekday')?.toLowerCase().startsWith(name)),
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  }
}

function minuteOf(text: string): number {
  const [hours = '0', minutes = '0'] = text.split(':')
  return Number(hours) * 60 + Number(minutes)
}
