import { InvalidArgumentError } from 'commander'

/** For an option that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

/** Milliseconds since the Unix epoch; a time without an offset would mean another moment on another machine. */
export function instant(text: string): number {
  const complete = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
  const milliseconds = complete ? Date.parse(text) : Number.NaN
  if (Number.isNaN(milliseconds)) {
    throw new InvalidArgumentError(
      'Write a date (UTC) or a date and time with an offset: 2026-12-18T09:00:00+01:00.',
    )
  }
  return milliseconds
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.')
  return Number(text)
}
