import { BRAND_RANGES } from './brands.data.js'

/** What the issuer table says about a number of this start and length. */
export type IssuerMatch = 'none' | 'listed' | 'listed-without-luhn' | 'only-with-context'

interface Row {
  readonly from: number
  readonly to: number
  /** Bit n set: n digits are possible. */
  readonly lengths: number
  readonly match: IssuerMatch
}

/** Rows by the first digit of the number, so that a look-up reads a handful. */
const ROWS: readonly (readonly Row[])[] = Array.from({ length: 10 }, (_, digit) =>
  BRAND_RANGES.filter(range => Math.floor(range.from / 100000) === digit).map(range => ({
    from: range.from,
    to: range.to,
    lengths: range.lengths.reduce((bits, length) => bits | (1 << length), 0),
    match: range.context ? 'only-with-context' : range.luhn ? 'listed' : 'listed-without-luhn',
  })),
)

/** Shortest number of any brand. */
const FEWEST_DIGITS = 12

/** By the first four digits of a number: bit n set where some brand has such numbers of 12 + n digits. */
const LENGTHS: Uint8Array = lengthsByStart()

function lengthsByStart(): Uint8Array {
  const table = new Uint8Array(10_000)
  for (const { from, to, lengths } of BRAND_RANGES) {
    const bits = lengths.reduce((all, length) => all | (1 << (length - FEWEST_DIGITS)), 0)
    for (let four = Math.floor(from / 100); four <= Math.floor(to / 100); four++)
      table[four] = (table[four] ?? 0) | bits
  }
  return table
}

/**
 * Of numbers that begin with the digits from `at` on: bit n set where the issuer table may list one of 12 + n digits;
 * where it is not set, `issuerOf` says `none`.
 */
export function lengthsFrom(digits: Uint8Array, at: number): number {
  const two = 10 * (digits[at] as number) + (digits[at + 1] as number)
  const four = 100 * two + 10 * (digits[at + 2] as number) + (digits[at + 3] as number)
  return LENGTHS[four] as number
}

/** Brands that let eight digits and the last four of a number of sixteen digits be shown together (PCI SSC FAQ 1091). */
const EIGHT_SHOWN: ReadonlySet<string> = new Set(['discover', 'jcb', 'mastercard', 'unionpay', 'visa'])

/** @param number sixteen characters of which the first six are digits. Of ranges that overlap, the narrowest decides. */
export function permitsFirstEight(number: string): boolean {
  if (number.length !== 16) return false
  const six = Number(number.slice(0, 6))
  const ranges = BRAND_RANGES.filter(
    ({ from, to, lengths }) => six >= from && six <= to && lengths.includes(16),
  )
  const width = Math.min(...ranges.map(({ from, to }) => to - from))
  const narrowest = ranges.filter(({ from, to }) => to - from === width)
  return narrowest.length > 0 && narrowest.every(({ brand }) => EIGHT_SHOWN.has(brand))
}

/** @param digits values 0 to 9; the number is `length` of them from `at` on. */
export function issuerOf(digits: Uint8Array, at: number, length: number): IssuerMatch {
  const rows = ROWS[digits[at] ?? 0]
  if (rows === undefined || length < 6) return 'none'
  let six = 0
  for (let i = at; i < at + 6; i++) six = six * 10 + (digits[i] ?? 0)
  let found: IssuerMatch = 'none'
  for (const row of rows) {
    if (six < row.from || six > row.to || ((row.lengths >> length) & 1) === 0) continue
    if (row.match === 'listed') return 'listed'
    if (found === 'none' || found === 'only-with-context') found = row.match
  }
  return found
}
