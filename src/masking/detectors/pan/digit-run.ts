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
const WIDEST_WEAK_GAP = 4
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
  for (const char of ',:;|~"\'()[]{}<>=&#@!^`*?') table[char.charCodeAt(0)] = WEAK
  return table
}

const STAR = 0x2a
const EQUALS = 0x3d
/** `D` and `d`, with one bit set. */
const SMALL_D = 0x64

/** What a digit adds at every second place from the right. */
const DOUBLED: Uint8Array = Uint8Array.from({ length: 10 }, (_, digit) => doubled(digit))

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
  /** Likewise: how many runs were visited. */
  runs = 0
  /** The gap before the next group, as it is kept of each. */
  private separators = SEED
  private isStrong = 1
  private hasLineBreak = 0

  /**
   * Finds every run with at least 12 digits; what `visit` sees is valid during the call only.
   *
   * @param bytes of the text, `[from..to)`: one for each of its characters, 128 or more for those beyond ASCII.
   */
  eachIn(bytes: Uint8Array, from: number, to: number, visit: (run: DigitRun) => void): void {
    this.mostDigits = 0
    this.mayBeTrack = false
    this.runs = 0
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
    this.clear()
    this.startGap()
    /** Digits with nothing but separators between, of which some part runs. */
    let digits = 0
    let gap = 0
    let next = at
    while (next < to) {
      const byte = bytes[next] as number
      const kind = KIND[byte] as number
      if (kind === DIGIT) {
        if (this.groups === MAX_GROUPS) this.cut(visit)
        const end = this.readGroup(bytes, from, next, to)
        digits += end - next
        // Only before an equals sign the digits may be in groups.
        if (end - next >= SHORTEST && end < to && ((bytes[end] as number) | 0x20) === SMALL_D)
          this.mayBeTrack = true
        next = end
        gap = 0
        continue
      }
      if (kind === 0) break
      if (digits > 0) {
        gap++
        if (byte === EQUALS && digits >= SHORTEST) this.mayBeTrack = true
        const isApart = gap > WIDEST_GAP || (byte === STAR && bytes[next - 1] === STAR)
        if (this.groups > 0) this.readGap(byte, kind, gap, isApart, visit)
        if (isApart) {
          if (digits > this.mostDigits) this.mostDigits = digits
          digits = 0
        }
      }
      next++
    }
    this.flush(visit)
    if (digits > this.mostDigits) this.mostDigits = digits
    return next
  }

  private readGap(
    byte: number,
    kind: number,
    length: number,
    isApart: boolean,
    visit: (run: DigitRun) => void,
  ): void {
    if (kind === WEAK) this.isStrong = 0
    if (isApart || (this.isStrong === 0 && length > WIDEST_WEAK_GAP)) {
      this.flush(visit)
      this.startGap()
      return
    }
    this.separators = mix(this.separators, byte)
    if (byte >= 10 && byte <= 13) this.hasLineBreak = 1
  }

  private startGap(): void {
    this.separators = SEED
    this.isStrong = 1
    this.hasLineBreak = 0
  }

  /** Whether the `length` digits from `at` on pass the Luhn check. */
  passesLuhn(at: number, length: number): boolean {
    const { digits } = this
    let sum = 0
    let place = at + length - 1
    for (; place > at; place -= 2) {
      sum += (digits[place] as number) + (DOUBLED[digits[place - 1] as number] as number)
    }
    if (place === at) sum += digits[at] as number
    return sum % 10 === 0
  }

  /** @returns where the group ends. */
  private readGroup(bytes: Uint8Array, from: number, first: number, to: number): number {
    const { groups: group, digitCount, digits } = this
    const keep = digitCount + KEPT_DIGITS
    let count = digitCount
    let at = first
    for (; at < to; at++) {
      const digit = (bytes[at] as number) - ZERO
      if (digit < 0 || digit > 9) break
      if (count < keep) digits[count++] = digit
    }
    this.digitCount = count
    this.firstDigit[group] = digitCount
    this.start[group] = first - from
    this.end[group] = at - from
    this.length[group] = at - first
    this.gap[group] = this.separators
    this.strong[group] = this.isStrong
    this.lineBreak[group] = this.hasLineBreak
    this.groups = group + 1
    this.startGap()
    return at
  }

  private clear(): void {
    this.groups = 0
    this.digitCount = 0
  }

  private flush(visit: (run: DigitRun) => void): void {
    if (this.digitCount >= SHORTEST) {
      this.runs++
      visit(this)
    }
    this.clear()
  }

  private cut(visit: (run: DigitRun) => void): void {
    this.runs++
    visit(this)
    const from = this.groups - OVERLAP
    const firstDigit = this.firstDigit[from] ?? 0
    this.digits.copyWithin(0, firstDigit, this.digitCount)
    for (const column of [this.start, this.end, this.length, this.gap, this.strong, this.lineBreak]) {
      column.copyWithin(0, from, this.groups)
    }
    for (let i = 0; i < OVERLAP; i++) this.firstDigit[i] = (this.firstDigit[from + i] ?? 0) - firstDigit
    this.groups = OVERLAP
    this.digitCount -= firstDigit
  }
}
