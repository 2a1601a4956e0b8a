/** Finds card numbers in ASCII-folded text: windows over digit runs, check digit, issuer, grouping. */
import type { View } from '../view.js'
import { issuerOf, lengthsFrom } from './brands.js'
import { contextBefore, contextBehind, endsAsKey, SHORTEST_BEHIND } from './context.js'
import { DigitRun, SHORTEST } from './digit-run.js'
import { gluedNumbers, SHORTEST_GLUED } from './glued.js'
import { readsAsOne } from './grouping.js'
import { looksLikeSomethingElse } from './lookalikes.js'
import { taggedPairs } from './pairs.js'

const LONGEST = 19
/** Zero-padded fields: the longest group whose leading zeros are taken off. */
const LONGEST_PADDED = 40
/** Shortest number whose length is said before it. */
const SHORTEST_SAID = 14
/** Nanoseconds since 1970 begin with 17 and have seventeen more digits; card numbers hardly ever have. */
const UNSAID = 17

/** A length and seven bytes of a number. */
const FEWEST_PAIRS = 8

const NO_BYTES = new Uint8Array(0)

export class PanFinder {
  private readonly run = new DigitRun()
  private bytes: Uint8Array = NO_BYTES
  private from = 0
  private to = 0
  /** Undefined where nobody wants to read it: then whatever its words decide is taken for a card number. */
  private view: View | undefined
  /** Whether something in the last text only looked like a card number. */
  private hasRejected = false
  private found: [start: number, end: number][] = []

  /** The most digits of the last text with nothing but separators between. */
  get mostDigits(): number {
    return this.run.mostDigits
  }

  /** Whether, in the last text, what was said of one number may be said only because of another beside it. */
  get dependsOnOthers(): boolean {
    return this.run.runs > 1 && (this.hasRejected || this.run.mayBeTrack)
  }

  /** Whether enough digits for a card number stood before a separator of track 2 in the last text. */
  get mayBeTrack(): boolean {
    return this.run.mayBeTrack
  }

  /** Stretches of the text that are card numbers, in order, not overlapping. */
  find(view: View): readonly [start: number, end: number][] {
    return merged(this.search(view.bytes, 0, view.length, view))
  }

  /** False only where there is no card number in the ASCII text that these bytes are. */
  mayFind(bytes: Uint8Array, start: number, end: number): boolean {
    return this.search(bytes, start, end, undefined).length > 0
  }

  private search(
    bytes: Uint8Array,
    from: number,
    to: number,
    view: View | undefined,
  ): [start: number, end: number][] {
    this.bytes = bytes
    this.from = from
    this.to = to
    this.view = view
    this.found = []
    this.hasRejected = false
    this.run.eachIn(bytes, from, to, this.visit)
    const { found } = this
    this.bytes = NO_BYTES
    this.view = undefined
    this.found = []
    return found
  }

  private readonly visit = (run: DigitRun): void => {
    const foundBefore = this.found.length
    this.tagged()
    for (let from = 0; from < run.groups; from++) {
      const at = run.firstDigit[from] as number
      if (run.digitCount - at < SHORTEST) return
      const length = run.length[from] as number
      if (length > SHORTEST) this.padded(from, length)
      if (length >= SHORTEST_GLUED) this.glued(from)
      const lengths = lengthsFrom(run.digits, at)
      if (lengths !== 0) this.windows(from, lengths)
      if (from === 0 && this.found.length === foundBefore) this.spokenOf()
    }
  }

  /** @param lengths of numbers that begin so, as bits */
  private windows(from: number, lengths: number): void {
    const { run } = this
    let digits = 0
    for (let to = from; to < run.groups; to++) {
      digits += run.length[to] as number
      if (digits > LONGEST) return
      if (digits >= SHORTEST && ((lengths >> (digits - SHORTEST)) & 1) === 1) this.window(from, to, digits)
    }
  }

  /**
   * `0000004111111111111111`; `411111111111111100` as packed decimals are padded; `164111111111111111`, which
   * says its length first, as fields of ISO 8583 do.
   */
  private padded(group: number, length: number): void {
    if (length > LONGEST_PADDED) return
    const { run } = this
    const at = run.firstDigit[group] ?? 0
    let zeros = 0
    while (zeros < length && run.digits[at + zeros] === 0) zeros++
    const rest = length - zeros
    const fits = rest <= LONGEST && (rest > SHORTEST || (rest === SHORTEST && zeros > 2))
    if (zeros > 0 && fits) this.stripped(group, at + zeros, rest)
    const trailing = run.digits[at + length - 1] === 0 && run.digits[at + length - 2] === 0
    if (zeros === 0 && trailing && length === 18) this.stripped(group, at, 16)
    const said = 10 * (run.digits[at] ?? 0) + (run.digits[at + 1] ?? 0)
    if (said === length - 2 && said >= SHORTEST_SAID && said !== UNSAID) this.stripped(group, at + 2, said)
  }

  private stripped(group: number, at: number, length: number): void {
    const { run } = this
    const issuer = run.passesLuhn(at, length) ? issuerOf(run.digits, at, length) : 'none'
    if (issuer === 'none' || issuer === 'only-with-context') return
    const start = run.start[group] ?? 0
    const end = run.end[group] ?? 0
    if (!this.isSomethingElse(start, end, true)) this.found.push([start, end])
  }

  private tagged(): void {
    const { run } = this
    if (run.groups < FEWEST_PAIRS || run.length[0] !== 2) return
    const [first, last] = taggedPairs(run, this.bytes, this.from) ?? []
    if (first !== undefined && last !== undefined)
      this.found.push([run.start[first] ?? 0, run.end[last] ?? 0])
  }

  private glued(group: number): void {
    const { run } = this
    const start = run.start[group] ?? 0
    const end = run.end[group] ?? 0
    if (this.found.at(-1)?.[1] === end) return
    const numbers = gluedNumbers(run, group)
    if (numbers.length === 0 || this.isSomethingElse(start, end, true)) return
    for (const [from, to] of numbers) this.found.push([start + from, start + to])
  }

  private window(from: number, to: number, digits: number): void {
    const { run } = this
    const at = run.firstDigit[from] ?? 0
    const luhn = run.passesLuhn(at, digits)
    // Only the last group of a run has words behind it.
    if (!luhn && to < run.groups - 1) return
    const issuer = issuerOf(run.digits, at, digits)
    if (luhn && (issuer === 'listed' || issuer === 'listed-without-luhn')) this.accept(from, to, digits)
    else if (issuer !== 'none' && to === run.groups - 1 && this.isNamedBehind(to))
      this.accept(from, to, digits)
  }

  private isNamedBehind(to: number): boolean {
    const end = this.run.end[to] ?? 0
    if (this.to - this.from - end < SHORTEST_BEHIND || this.found.at(-1)?.[1] === end) return false
    return this.view === undefined || contextBehind(this.view, end) !== 'none'
  }

  /** Words stand before the first group of a run only; a number that was found there needs no second reading. */
  private spokenOf(): void {
    const { run } = this
    let to = 0
    let digits = run.length[0] ?? 0
    while (to + 1 < run.groups && digits + (run.length[to + 1] ?? 0) <= LONGEST)
      digits += run.length[++to] ?? 0
    if (digits < SHORTEST || digits > LONGEST) return
    const start = run.start[0] ?? 0
    if (!this.someWordIsEnough(digits, to) && !endsAsKey(this.bytes, this.from, this.from + start)) return
    if (this.view === undefined) {
      this.found.push([start, run.end[to] ?? 0])
      return
    }
    const context = contextBefore(this.view, start)
    // The longest reading hides most.
    for (; context !== 'none' && digits >= SHORTEST; digits -= run.length[to--] ?? 0) {
      if ((context === 'key' || this.isPlausible(digits)) && this.accept(0, to, digits)) return
    }
  }

  /** For any of the windows that begin the run. */
  private someWordIsEnough(digits: number, to: number): boolean {
    for (let rest = digits; rest > SHORTEST; rest -= this.run.length[to--] ?? 0) {
      if (this.isPlausible(rest)) return true
    }
    return false
  }

  private isPlausible(digits: number): boolean {
    const { run } = this
    return digits > SHORTEST && (run.passesLuhn(0, digits) || issuerOf(run.digits, 0, digits) !== 'none')
  }

  private accept(from: number, to: number, digits: number): boolean {
    const { run } = this
    const follows = from > 0 && this.found.at(-1)?.[1] === run.end[from - 1]
    if (from !== to && !readsAsOne(run, from, to, digits, follows)) return false
    const start = run.start[from] ?? 0
    const end = run.end[to] ?? 0
    if (this.isSomethingElse(start, end, from === to)) return false
    this.found.push([start, end])
    return true
  }

  private isSomethingElse(start: number, end: number, single: boolean): boolean {
    if (this.view === undefined || !looksLikeSomethingElse(this.view, start, end, single)) return false
    this.hasRejected = true
    return true
  }
}

/** Overlapping windows become one, so that no choice between them can leave a number half covered. */
function merged(found: [start: number, end: number][]): [start: number, end: number][] {
  if (found.length < 2) return found
  found.sort((a, b) => a[0] - b[0] || b[1] - a[1])
  const result: [start: number, end: number][] = []
  for (const [start, end] of found) {
    const last = result.at(-1)
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end)
    else result.push([start, end])
  }
  return result
}
