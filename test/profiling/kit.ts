import { valueJudge } from '../../src/cli/scan/judge.js'
import { ColumnProfile } from '../../src/profiling/column-profile.js'
import { type Judgement, judge } from '../../src/profiling/verdict.js'

/** A generator that gives the same numbers at every run. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39)
    mixed ^= mixed >>> 15
    return (mixed >>> 0) / 2 ** 32
  }
}

export function randomDigits(count: number, random: () => number): string {
  return Array.from({ length: count }, () => Math.floor(random() * 10)).join('')
}

/** A number of this length that begins with the prefix and has a right check digit, if asked for. */
export function cardNumber(prefix: string, length: number, random: () => number): string {
  const body = prefix + randomDigits(length - 1 - prefix.length, random)
  return body + checkDigit(body)
}

export function checkDigit(body: string): string {
  const sum = [...body].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return String((10 - (sum % 10)) % 10)
}

export function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at))
}

/** The judgement over the cells of a column, of its strongest place. */
export function profiled(
  name: string,
  cells: readonly unknown[],
  options: { readonly array?: true } = {},
): Judgement & { readonly at: string } {
  const profile = new ColumnProfile(valueJudge([]), name, options.array === true)
  for (const cell of cells) profile.add(cell)
  const order = ['sad', 'pan', 'other', 'ambiguous', 'none']
  const all = profile
    .figures()
    .map(({ path, name, figures }) => ({ ...judge(figures, name), at: path }))
    .sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
  const [best] = all
  if (best === undefined) throw new Error('a column has at least one place')
  const holds = Object.assign({}, ...all.map(each => each.holds))
  return { ...best, holds }
}
