/** Stretches of a table from all over a whole-number key: no engine but PostgreSQL samples pages. */
const STRETCHES = 16

/** Where stretches begin, evenly from the first key to the last. */
export function beginnings(first: string, last: string): readonly bigint[] {
  const from = BigInt(first)
  const span = BigInt(last) - from
  const all = Array.from({ length: STRETCHES }, (_, at) => from + (span * BigInt(at)) / BigInt(STRETCHES))
  return [...new Set(all)]
}

/** Rows of each stretch. */
export function perStretch(rows: number): number {
  return Math.ceil(rows / STRETCHES)
}

/** The text of a whole number as a database gives it, else undefined. */
export function wholeNumber(value: unknown): string | undefined {
  const text = String(value)
  return /^-?\d{1,20}$/.test(text) ? text : undefined
}
