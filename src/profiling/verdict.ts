import type { Figures } from './figures.js'
import { type Hint, hintOf } from './name-hints.js'

/** `ambiguous`: a person has to look. */
export type Verdict = 'pan' | 'sad' | 'ambiguous' | 'other' | 'none'

export interface Judgement {
  readonly verdict: Verdict
  /** The label to give; for `ambiguous` the one that it may need. */
  readonly label?: string
  /** Figures and names in words, never a value. */
  readonly reason: string
  /** What the detectors find inside of texts that are something else, by label: number of values. */
  readonly holds: Readonly<Record<string, number>>
}

/** From so many different numbers on the check digits tell card numbers (all) from others (one in ten). */
export const ENOUGH = 20
const CHANCE = 0.1
/** Share of right check digits from which numbers are card numbers: typing errors happen. */
const NEARLY_ALL = 0.9
/** Share of a column's values from which they are what the column is for. */
const MOSTLY = 0.5
/** The same where the name says it. */
const NAMED = 0.1

/** What the values of one column, or of one place in its documents, are. */
export function judge(figures: Figures, name: string): Judgement {
  const hint = hintOf(name)
  const result =
    sensitive(figures, hint) ??
    cardNumbers(figures, hint) ??
    other(figures) ??
    (figures.values === 0 ? nameOnly(hint) : undefined)
  const { verdict, label, reason } = result ?? { verdict: 'none', reason: '' }
  return { verdict, ...(label === undefined ? {} : { label }), reason, holds: holds(figures, verdict, label) }
}

type Bare = Omit<Judgement, 'holds'>

const sad = (reason: string): Bare => ({ verdict: 'sad', label: 'sad', reason })
const pan = (reason: string): Bare => ({ verdict: 'pan', label: 'pan', reason })
const ambiguous = (label: string, reason: string): Bare => ({ verdict: 'ambiguous', label, reason })

function sensitive(figures: Figures, hint: Hint | undefined): Bare | undefined {
  const { values, tracks, threeOrFour, upToFour, blocks } = figures
  if (values === 0) return undefined
  if (tracks / values >= MOSTLY) return sad(`${of(tracks, values)} are magnetic stripe data`)
  // A column of numbers has lost the zeros at the start.
  if (hint === 'code' && upToFour / values >= NEARLY_ALL && threeOrFour / values >= MOSTLY)
    return sad(`the name says verification code, and ${of(threeOrFour, values)} have three or four digits`)
  if (hint === 'pin' && threeOrFour / values >= NEARLY_ALL)
    return ambiguous('sad', `the name says PIN, and ${of(threeOrFour, values)} have three or four digits`)
  if (hint === 'pin-block' && blocks / values >= NEARLY_ALL)
    return sad(`the name says PIN block, and ${of(blocks, values)} have its form`)
  return undefined
}

function cardNumbers(figures: Figures, hint: Hint | undefined): Bare | undefined {
  const { values, whole, numbers, containing } = figures
  const named = hint === 'pan'
  if (named && whole / values < MOSTLY && containing / values >= MOSTLY)
    return pan(`${of(containing, values)} have a card number in them; the name says card number`)
  if (numbers === 0 && whole === 0) return undefined
  const share = Math.max(whole, figures.luhn) / values
  if (numbers < ENOUGH) return few(figures, named)
  const right = figures.luhn / numbers
  const known = figures.issued / numbers >= NEARLY_ALL
  if (right >= NEARLY_ALL && (known || named) && share >= (named ? NAMED : MOSTLY)) return pan(all(figures))
  if (byChance(figures)) {
    if (named)
      return ambiguous('pan', `the name says card number, but ${digits(figures)}: tokens, or other numbers`)
    return skipsCheckDigit(figures)
      ? ambiguous('pan', `${digits(figures)}, and all begin as UnionPay numbers, some of which have none`)
      : undefined
  }
  if (named && whole / values >= NAMED) return pan(`${all(figures)}; the name says card number`)
  if (right >= NEARLY_ALL && !known && numbers / values >= NAMED)
    return ambiguous(
      'pan',
      `${digits(figures)}, but ${of(figures.issued, numbers, 'numbers')} begin as those of a card brand: card numbers of a private brand, device numbers (IMEI), others`,
    )
  return numbers / values >= MOSTLY ? ambiguous('pan', `${digits(figures)}, more than by chance`) : undefined
}

/** Too few different numbers for the check digits to tell. */
function few(figures: Figures, named: boolean): Bare | undefined {
  const { values, whole, numbers, luhn } = figures
  const share = whole / values
  if (share >= MOSTLY && figures.different >= ENOUGH)
    return pan(`${of(whole, values)} are card numbers in an encoding`)
  if (named && share >= MOSTLY && luhn === numbers) return pan(`${all(figures)}; the name says card number`)
  if (share >= MOSTLY)
    return ambiguous(
      'pan',
      `${of(whole, values)} could be card numbers, but ${numbers === 1 ? 'all are the same' : `with only ${numbers} different ones`} that may be chance`,
    )
  return named && numbers > 0
    ? ambiguous('pan', `the name says card number, and ${digits(figures)}`)
    : undefined
}

/** Right check digits are no more than random numbers have: four standard deviations, and one. */
function byChance({ numbers, luhn }: Figures): boolean {
  return luhn <= CHANCE * numbers + 4 * Math.sqrt(CHANCE * (1 - CHANCE) * numbers) + 1
}

function skipsCheckDigit({ numbers, issued, brands }: Figures): boolean {
  return issued / numbers >= NEARLY_ALL && brands.includes('unionpay') && brands.length === 1
}

function other({ values, others }: Figures): Bare | undefined {
  const [label, counts] = Object.entries(others).sort(([, a], [, b]) => b.whole - a.whole)[0] ?? []
  if (label === undefined || counts === undefined || counts.whole / values < MOSTLY) return undefined
  return { verdict: 'other', label, reason: `${of(counts.whole, values)} are ${label}` }
}

const SAYS: Readonly<Record<Hint, readonly [label: string, what: string] | undefined>> = {
  pan: ['pan', 'card number'],
  code: ['sad', 'verification code'],
  track: ['sad', 'magnetic stripe data'],
  'pin-block': ['sad', 'PIN block'],
  pin: undefined,
  client: undefined,
}

function nameOnly(hint: Hint | undefined): Bare | undefined {
  const [label, what] = (hint && SAYS[hint]) ?? []
  if (label === undefined) return undefined
  return ambiguous(label, `the name says ${what}; there is no value to look at`)
}

/** What is found in texts that hold other things too; nothing where chance explains it. */
function holds(figures: Figures, verdict: Verdict, label: string | undefined): Record<string, number> {
  const found: Record<string, number> = {}
  const { values, numbers, containing, tracks, named, whole } = figures
  const ids = numbers >= ENOUGH && numbers / values >= MOSTLY && byChance(figures) && containing === whole
  if (containing > 0 && label !== 'pan' && verdict !== 'sad' && !ids) found['pan'] = containing
  if (tracks + named > 0 && verdict !== 'sad') found['sad'] = tracks + named
  for (const [name, counts] of Object.entries(figures.others)) {
    if (name !== label && counts.containing > 0) found[name] = counts.containing
  }
  return found
}

function of(part: number, values: number, what = 'values'): string {
  return `${part} of ${values} ${what}`
}

function all(figures: Figures): string {
  const { brands } = figures
  const names = brands.length > 4 ? `${brands.length} brands` : brands.join(', ')
  return `${of(figures.whole, figures.values)} are card numbers${names === '' ? '' : ` (${names})`}, check digit right in ${of(figures.luhn, figures.numbers, 'numbers')}`
}

function digits({ luhn, numbers }: Figures): string {
  return `the check digit is right in ${of(luhn, numbers, 'numbers')}`
}
