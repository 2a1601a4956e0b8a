/**
 * Card numbers in records of fixed width, where other digits follow at once. Of a long row of digits some part passes
 * the check by chance; so what stands beside must be what such records hold: an expiry, an amount with zeros before it, a
 * date, the length and the processing code of ISO 8583 (field 3), another card number.
 */
import { issuerOf } from './brands.js'
import { type DigitRun, gapHash } from './digit-run.js'

/** Shortest row of digits with a card number and something else in it. */
export const SHORTEST_GLUED = 16
/** Digits of a number in such a record. Others are rare, and would be found by chance more often. */
const LENGTHS: readonly number[] = [16, 15, 14, 19]
/** Of numbers side by side without any other sign. */
const USUAL_LENGTHS: readonly number[] = [16, 15]
const AMEX_LENGTH = 15
/** Of one number. */
const LONGEST = 19
const FIRST_YEAR = 20
const LAST_YEAR = 39
/** Zeros before an amount. */
const ZEROS = 5
const SHORTEST_AMOUNT = 8
/** Fields before the number, at most, where an amount follows. */
const FIELDS_BEFORE = 8
const DATE_LENGTH = 8
const EXPIRY_GAPS: readonly number[] = [gapHash('/'), gapHash('-')]
const TRANSACTIONS: ReadonlySet<number> = new Set([
  0, 1, 2, 9, 17, 20, 21, 22, 26, 28, 30, 31, 38, 39, 40, 50,
])

/** Digits of a group, from–to. */
export type Digits = readonly [from: number, to: number]

/** @returns the digits of the group that are to be hidden. */
export function gluedNumbers(run: DigitRun, group: number): readonly Digits[] {
  const row = new Row(run, group)
  const several = row.isLong ? row.sideBySide() : NONE
  if (several.length > 0) return several
  const one = row.isLong ? row.inRecord() : row.withExpiry()
  return one === undefined ? NONE : [one]
}

const NONE: readonly Digits[] = []

class Row {
  private readonly first: number
  /** Digits that are known, which of a very long row are not all. */
  private readonly known: number
  private readonly length: number

  constructor(
    private readonly run: DigitRun,
    private readonly group: number,
  ) {
    this.first = run.firstDigit[group] ?? 0
    const next = group + 1 < run.groups ? (run.firstDigit[group + 1] ?? 0) : run.digitCount
    this.known = next - this.first
    this.length = run.length[group] ?? 0
  }

  /** Of more digits than one number has. */
  get isLong(): boolean {
    return this.length > LONGEST
  }

  inRecord(): Digits | undefined {
    return this.withExpiry() ?? this.withAmount() ?? this.behindDate() ?? this.behindLength()
  }

  /** `4111111111111111` `1227`, behind the two digits of a kind of record or not; `…12/27`. */
  withExpiry(): Digits | undefined {
    for (const from of this.digit(0) === 0 ? [0, 2] : [0]) {
      for (const length of LENGTHS) {
        const end = from + length
        // As many digits may be one number of another brand, with a wrong check digit.
        const told = this.isLong || this.isAmex(from, length)
        if (told && this.isExpiry(end) && this.isCard(from, length)) return [from, end]
        if (end + 2 === this.length && this.endsWithMonth(end) && this.isCard(from, length))
          return [from, end]
      }
    }
    return undefined
  }

  /** `4111111111111111` `000000012345`. */
  withAmount(): Digits | undefined {
    for (let from = 0; from <= FIELDS_BEFORE; from++) {
      for (const length of LENGTHS) {
        const end = from + length
        if (end + SHORTEST_AMOUNT > this.known || !this.isZero(end) || !this.isCard(from, length)) continue
        return [from, end]
      }
    }
    return undefined
  }

  /** `20240528` `4111111111111111`. */
  behindDate(): Digits | undefined {
    const century = this.two(0)
    if ((century !== 19 && century !== 20) || !this.isMonth(4)) return undefined
    const day = this.two(6)
    if (day < 1 || day > 31) return undefined
    const length = USUAL_LENGTHS.find(one => this.isCard(DATE_LENGTH, one))
    return length === undefined ? undefined : [DATE_LENGTH, DATE_LENGTH + length]
  }

  /** `16` `4111111111111111` `003000`. */
  behindLength(): Digits | undefined {
    const length = this.two(0)
    const end = 2 + length
    if (length < 14 || length > 19 || end + 6 > this.known) return undefined
    const accounts = [this.two(end + 2), this.two(end + 4)].every(type => type % 10 === 0 && type <= 40)
    if (!accounts || !TRANSACTIONS.has(this.two(end)) || !this.isCard(2, length)) return undefined
    return [2, end]
  }

  /** One after the other to the end of the row; where there is more of it, all. */
  sideBySide(): readonly Digits[] {
    for (const one of LENGTHS) {
      if (one >= this.length || !this.isCard(0, one)) continue
      for (const two of LENGTHS) {
        if (!this.isCard(one, two)) continue
        const both = one + two
        if (both === this.length)
          return [
            [0, one],
            [one, both],
          ]
        if (both < this.length && USUAL_LENGTHS.includes(one) && USUAL_LENGTHS.includes(two))
          return [[0, this.length]]
      }
    }
    return []
  }

  private isAmex(from: number, length: number): boolean {
    const first = this.two(from)
    return length === AMEX_LENGTH && (first === 34 || first === 37)
  }

  private digit(at: number): number {
    return this.run.digits[this.first + at] ?? 0
  }

  private two(at: number): number {
    return 10 * this.digit(at) + this.digit(at + 1)
  }

  private isCard(from: number, length: number): boolean {
    const { run, first } = this
    if (from + length > this.known || !run.passesLuhn(first + from, length)) return false
    const issuer = issuerOf(run.digits, first + from, length)
    return issuer === 'listed' || issuer === 'listed-without-luhn'
  }

  private isMonth(at: number): boolean {
    const month = this.two(at)
    return month >= 1 && month <= 12
  }

  private isYear(at: number): boolean {
    const year = this.two(at)
    return year >= FIRST_YEAR && year <= LAST_YEAR
  }

  private isExpiry(at: number): boolean {
    if (at + 4 > this.known) return false
    return (this.isMonth(at) && this.isYear(at + 2)) || (this.isYear(at) && this.isMonth(at + 2))
  }

  private endsWithMonth(at: number): boolean {
    const { run, group } = this
    const next = group + 1
    if (next >= run.groups || !EXPIRY_GAPS.includes(run.gap[next] ?? 0) || !this.isMonth(at)) return false
    const length = run.length[next] ?? 0
    const year = run.firstDigit[next] ?? 0
    const tens = run.digits[year + length - 2] ?? 0
    return (length === 2 || length === 4) && tens >= 2 && tens <= 4
  }

  private isZero(at: number): boolean {
    for (let i = at; i < at + ZEROS; i++) if (this.digit(i) !== 0) return false
    return true
  }
}
