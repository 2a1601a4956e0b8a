/** Finds card numbers in ASCII-folded text: windows over digit runs, check digit, issuer, grouping. */
import { issuerOf } from './brands.js'
import { type CardContext, contextBefore } from './context.js'
import { DigitRun } from './digit-run.js'
import { readsAsOne } from './grouping.js'
import { looksLikeSomethingElse } from './lookalikes.js'

const SHORTEST = 12
const LONGEST = 19
/** Zero-padded fields: the longest group whose leading zeros are taken off. */
const LONGEST_PADDED = 40

export class PanFinder {
  private readonly run = new DigitRun()
  private text = ''
  /** What stands before the run, once somebody asked. */
  private context: CardContext | undefined
  private found: [start: number, end: number][] = []

  /** Stretches of the folded text that are card numbers, in order, not overlapping. */
  find(text: string): readonly [start: number, end: number][] {
    this.text = text
    this.found = []
    this.run.eachIn(text, () => this.search())
    this.text = ''
    return merged(this.found)
  }

  private search(): void {
    this.context = undefined
    const { run } = this
    for (let from = 0; from < run.groups; from++) {
      const length = run.length[from] ?? 0
      if (length > 12) this.padded(from, length)
      let digits = 0
      for (let to = from; to < run.groups; to++) {
        digits += run.length[to] ?? 0
        if (digits > LONGEST) break
        if (digits >= SHORTEST) this.window(from, to, digits)
      }
    }
  }

  /** `0000004111111111111111`, and `411111111111111100` as packed decimals are padded. */
  private padded(group: number, length: number): void {
    if (length > LONGEST_PADDED) return
    const { run } = this
    const at = run.firstDigit[group] ?? 0
    let zeros = 0
    while (zeros < length && run.digits[at + zeros] === 0) zeros++
    const rest = length - zeros
    const fits = rest >= 13 && rest <= LONGEST
    if (zeros > 0 && fits) this.stripped(group, at + zeros, rest)
    const trailing = run.digits[at + length - 1] === 0 && run.digits[at + length - 2] === 0
    if (zeros === 0 && trailing && length === 18) this.stripped(group, at, 16)
  }

  private stripped(group: number, at: number, length: number): void {
    const { run } = this
    const issuer = run.passesLuhn(at, length) ? issuerOf(run.digits, at, length) : 'none'
    if (issuer === 'none' || issuer === 'only-with-context') return
    const start = run.start[group] ?? 0
    const end = run.end[group] ?? 0
    if (!looksLikeSomethingElse(this.text, start, end, true)) this.found.push([start, end])
  }

  private window(from: number, to: number, digits: number): void {
    const { run } = this
    const at = run.firstDigit[from] ?? 0
    const luhn = run.passesLuhn(at, digits)
    if (!luhn && (from !== 0 || this.context === 'none')) return
    const issuer = issuerOf(run.digits, at, digits)
    if (luhn && (issuer === 'listed' || issuer === 'listed-without-luhn')) {
      this.accept(from, to, digits)
      return
    }
    // Only the first group of a run has words before it; a number that was found needs no second reading.
    if (from !== 0 || digits < 13 || this.found.at(-1)?.[0] === run.start[0]) return
    this.context ??= contextBefore(this.text, run.start[0] ?? 0)
    if (this.context === 'none' || !plausible(this.context, issuer !== 'none', luhn)) return
    this.accept(from, to, digits)
  }

  private accept(from: number, to: number, digits: number): void {
    const { run } = this
    const follows = from > 0 && this.found.at(-1)?.[1] === run.end[from - 1]
    if (from !== to && !readsAsOne(run, from, to, digits, follows)) return
    const start = run.start[from] ?? 0
    const end = run.end[to] ?? 0
    if (!looksLikeSomethingElse(this.text, start, end, from === to)) this.found.push([start, end])
  }
}

function plausible(context: CardContext, listed: boolean, luhn: boolean): boolean {
  return context === 'key' || listed || luhn
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
