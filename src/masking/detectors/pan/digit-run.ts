/**
 * Groups of digits with only separators between them, as one reads them in a text: `4111 1111-1111 1111`
 * is one run of four groups. Built once per detector and reused, so that scanning allocates nothing.
 */

import { doubled } from '../../../util/luhn.js'
import { stretchAt } from '../stretch.js'

/** Digits of the shortest card number. */
export const SHORTEST = 12
/** Separators between two groups, at most; of the weak ones fewer. */
const WIDEST_GAP = 6
const WIDEST_WEAK_GAP = 3
const ZERO = 0x30
const MAX_GROUPS = 1024
/** Digits kept of one group; a longer one is no PAN, and only its leading zeros are of interest. */
const KEPT_DIGITS = 40
/** Groups carried over when a run is cut, so that no window is lost at the cut. */
const OVERLAP = 20

const SEED = 7
const mix = (hash: number, code: number): number => (Math.imul(hash, 31) + code) | 0

/** How `DigitRun.gap` stands for these separators. */
export function gapHash(separators: string): number {
  return [...separators].reduce((hash, char) => mix(hash, char.charCodeAt(0)), SEED)
}

/** A single full stop, which may be a decimal point. */
export const DOT_GAP = gapHash('.')

const DIGIT = 1
const STRONG = 2
const WEAK = 4
/** Strong separators are written inside card numbers; weak ones only when every gap of the number is alike. */
export const KIND: Uint8Array = kinds()

function kinds(): Uint8Array {
  const table = new Uint8Array(256)
  for (const char of '0123456789') table[char.charCodeAt(0)] = DIGIT
  for (const char of ' \t\n\v\f\r-./_+\\') table[char.charCodeAt(0)] = STRONG
  for (const char of ',:;|~"\'()[]{}<>=&#@!^`*') table[char.charCodeAt(0)] = WEAK
  return table
}

const STAR = 0x2a
const EQUALS = 0x3d
/** `D` and `d`, with one bit set. */
const SMALL_D = 0x64

export class DigitRun {
  groups = 0
  digitCount = 0
  readonly digits = new Uint8Array(MAX_GROUPS * KEPT_DIGITS)
  /** Per group: where it stands in the text, its digits, and the gap before it. */
  readonly start = new Int32Array(MAX_GROUPS)
  readonly end = new Int32Array(MAX_GROUPS)
  readonly firstDigit = new Int32Array(MAX_GROUPS)
  readonly length = new Int32Array(MAX_GROUPS)
  readonly gap = new Int32Array(MAX_GROUPS)
  readonly strong = new Uint8Array(MAX_GROUPS)
  readonly lineBreak = new Uint8Array(MAX_GROUPS)
  /** Of the text that was looked at last: the most digits with nothing but separators between. */
  mostDigits = 0
  /** Likewise: whether enough digits for a card number are followed at once by what separates them in track 2. */
  mayBeTrack = false
  /** Luhn sums of the digits before an index, doubling at even and at odd indexes. */
  private readonly evenSum = new Int32Array(MAX_GROUPS * KEPT_DIGITS + 1)
  private readonly oddSum = new Int32Array(MAX_GROUPS * KEPT_DIGITS + 1)

  /**
   * Finds every run with at least 12 digits; what `visit` sees is valid during the call only.
   *
   * @param bytes of the text, `[from..to)`: one for each of its characters, 128 or more for those beyond ASCII.
   */
  eachIn(bytes: Uint8Array, from: number, to: number, visit: (run: DigitRun) => void): void {
    this.mostDigits = 0
    this.mayBeTrack = false
    let at = from
    for (;;) {
      at = stretchAt(bytes, at, to, SHORTEST, KIND, DIGIT | STRONG | WEAK)
      if (at < 0) return
      at = this.stretch(bytes, from, at, to, visit)
    }
  }

  /** Looks at digits and separators from `at` on, up to what is none. Most are no run. @returns where they end */
  private stretch(
    bytes: Uint8Array,
    from: number,
    at: number,
    to: number,
    visit: (run: DigitRun) => void,
  ): number {
    let first = at
    let last = at
    let digits = 0
    let together = 0
    let gap = 0
    let next = at
    for (; next < to; next++) {
      const byte = bytes[next] as number
      const kind = KIND[byte] as number
      if (kind === DIGIT) {
        if (digits++ === 0) first = next
        together++
        gap = 0
        last = next
        continue
      }
      // Only before an equals sign the digits may be in groups.
      if (digits >= SHORTEST && (byte === EQUALS || ((byte | 0x20) === SMALL_D && together >= SHORTEST)))
        this.mayBeTrack = true
      together = 0
      if (kind === 0) break
      if (digits > 0 && (++gap > WIDEST_GAP || (byte === STAR && bytes[next - 1] === STAR))) {
        this.candidate(bytes, from, first, last + 1, digits, visit)
        digits = 0
        gap = 0
      }
    }
    if (digits > 0) this.candidate(bytes, from, first, last + 1, digits, visit)
    return next
  }

  private candidate(
    bytes: Uint8Array,
    from: number,
    first: number,
    end: number,
    digits: number,
    visit: (run: DigitRun) => void,
  ): void {
    if (digits > this.mostDigits) this.mostDigits = digits
    if (digits >= SHORTEST) this.read(bytes, from, first, end, visit)
  }

  private read(
    bytes: Uint8Array,
    from: number,
    first: number,
    end: number,
    visit: (run: DigitRun) => void,
  ): void {
    this.clear()
    let hash = SEED
    let gap = 0
    let strong = 1
    let lineBreak = 0
    for (let at = first; at < end; at++) {
      const code = bytes[at] as number
      const kind = KIND[code] as number
      if (kind === DIGIT) {
        if (this.groups === MAX_GROUPS) this.cut(visit)
        at = this.readGroup(bytes, from, at, end, hash, strong, lineBreak) - 1
        hash = SEED
        gap = 0
        strong = 1
        lineBreak = 0
      } else if (this.groups > 0) {
        gap++
        if (kind === WEAK) strong = 0
        if (gap > (strong === 1 ? WIDEST_GAP : WIDEST_WEAK_GAP)) {
          this.flush(visit)
          hash = SEED
          gap = 0
          strong = 1
          lineBreak = 0
        } else {
          hash = mix(hash, code)
          if (code >= 10 && code <= 13) lineBreak = 1
        }
      }
    }
    this.flush(visit)
  }

  /** Whether the `length` digits from `at` on pass the Luhn check. */
  passesLuhn(at: number, length: number): boolean {
    const last = at + length
    const sums = last % 2 === 0 ? this.evenSum : this.oddSum
    return ((sums[last] ?? 0) - (sums[at] ?? 0)) % 10 === 0
  }

  private readGroup(
    bytes: Uint8Array,
    from: number,
    first: number,
    to: number,
    gap: number,
    strong: number,
    lineBreak: number,
  ): number {
    const group = this.groups++
    this.start[group] = first - from
    this.firstDigit[group] = this.digitCount
    this.gap[group] = gap
    this.strong[group] = strong
    this.lineBreak[group] = lineBreak
    let at = first
    for (; at < to; at++) {
      const digit = (bytes[at] as number) - ZERO
      if (digit < 0 || digit > 9) break
      if (at - first < KEPT_DIGITS) this.push(digit)
    }
    this.end[group] = at - from
    this.length[group] = at - first
    return at
  }

  private push(digit: number): void {
    const at = this.digitCount++
    const twice = doubled(digit)
    this.digits[at] = digit
    this.evenSum[at + 1] = (this.evenSum[at] ?? 0) + (at % 2 === 0 ? twice : digit)
    this.oddSum[at + 1] = (this.oddSum[at] ?? 0) + (at % 2 === 0 ? digit : twice)
  }

  private clear(): void {
    this.groups = 0
    this.digitCount = 0
  }

  private flush(visit: (run: DigitRun) => void): void {
    if (this.digitCount >= SHORTEST) visit(this)
    this.clear()
  }

  private cut(visit: (run: DigitRun) => void): void {
    visit(this)
    const from = this.groups - OVERLAP
    const firstDigit = this.firstDigit[from] ?? 0
    const kept = this.digits.slice(firstDigit, this.digitCount)
    for (const column of [this.start, this.end, this.length, this.gap, this.strong, this.lineBreak]) {
      column.copyWithin(0, from, this.groups)
    }
    for (let i = 0; i < OVERLAP; i++) this.firstDigit[i] = (this.firstDigit[from + i] ?? 0) - firstDigit
    this.groups = OVERLAP
    this.digitCount = 0
    for (const digit of kept) this.push(digit)
  }
}
