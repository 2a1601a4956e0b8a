/**
 * The value with every text in it changed, names of members apart; the very same value where none is.
 *
 * @example
 * withTexts({ a: ['x', 1] }, text => text.toUpperCase()) // { a: ['X', 1] }
 */
export function withTexts<T>(value: T, change: (text: string) => string): T
export function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) {
    const members = value.map((member: unknown) => withTexts(member, change))
    return members.every((member, i) => member === value[i]) ? value : members
  }
  if (!isRecord(value)) return value
  const entries = Object.entries(value).map(([key, member]) => [key, withTexts(member, change)] as const)
  return entries.every(([key, member]) => member === value[key]) ? value : Object.fromEntries(entries)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]'
}
