const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** `'15s'`, `'500ms'`, `'5m'`, `'2h'`: a whole positive number and a unit. */
export const DURATION_PATTERN = /^([1-9][0-9]{0,8})(ms|s|m|h)$/

/**
 * Milliseconds of a duration such as `'15s'`.
 *
 * @throws RangeError where the text is no duration; the schema has checked it before.
 */
export function milliseconds(text: string): number {
  const match = DURATION_PATTERN.exec(text)
  const unit = match?.[2]
  if (match === null || (unit !== 'ms' && unit !== 's' && unit !== 'm' && unit !== 'h')) {
    throw new RangeError('a duration is a whole number and ms, s, m or h, for example 15s')
  }
  return Number(match[1]) * UNITS[unit]
}
