import type { Figures } from './figures.js'
import type { Sighting, ValueJudge } from './value-judge.js'

/** Different numbers that are told apart; a sample is rarely larger. */
const NUMBERS = 5_000
const SHORTEST = 12
const LONGEST = 19

/** Counts values one by one. What it keeps of them, to tell different ones apart, goes with it. */
export class Series {
  private readonly seen = new Set<string>()
  private readonly wholes = new Set<string>()
  private readonly codes = new Set<string>()
  private readonly brands = new Set<string>()
  private readonly issuers = new Set<string>()
  private readonly others = new Map<string, { whole: number; containing: number }>()
  private readonly counts = {
    values: 0,
    whole: 0,
    containing: 0,
    luhn: 0,
    issued: 0,
    tracks: 0,
    named: 0,
    upToFour: 0,
    threeOrFour: 0,
    leadingZeros: 0,
    dates: 0,
    blocks: 0,
  }
  private shortest = Number.POSITIVE_INFINITY
  private longest = 0

  /** @param name of the column or key */
  constructor(
    private readonly judge: ValueJudge,
    private readonly name: string,
  ) {}

  add(raw: string): void {
    const text = plain(raw.trim())
    if (text === '') return
    const { counts } = this
    counts.values++
    this.shortest = Math.min(this.shortest, text.length)
    this.longest = Math.max(this.longest, text.length)
    this.short(text)
    const sightings = this.judge.find(text, this.name)
    const pans = sightings.filter(({ name }) => name === 'pan')
    if (pans.length > 0) counts.containing++
    if (pans.length === 1 && isAll(text, pans[0])) {
      counts.whole++
      if (this.wholes.size < NUMBERS) this.wholes.add(text)
    }
    if (sightings.some(({ track }) => track)) counts.tracks++
    else if (sightings.some(({ name }) => name === 'sad')) counts.named++
    this.number(text)
    this.other(text, sightings)
  }

  /** Notes a card number in a place that is no value, such as a key. */
  addPlace(text: string): void {
    if (this.judge.find(text, '').some(({ name }) => name === 'pan')) this.counts.containing++
  }

  figures(): Figures {
    const firstDigits = new Set([...this.codes].map(code => code[0]))
    return {
      ...this.counts,
      different: this.wholes.size,
      numbers: this.seen.size,
      brands: [...this.brands].sort(),
      issuers: this.issuers.size,
      shortest: this.counts.values === 0 ? 0 : this.shortest,
      longest: this.longest,
      codes: this.codes.size,
      firstDigits: firstDigits.size,
      others: Object.fromEntries(this.others),
    }
  }

  private short(text: string): void {
    const { counts } = this
    if (/^[\da-f]{16}$/i.test(text)) counts.blocks++
    if (!/^\d{1,4}$/.test(text)) return
    counts.upToFour++
    if (text.length < 3) return
    counts.threeOrFour++
    if (this.codes.size < NUMBERS) this.codes.add(text)
    if (text.startsWith('0')) counts.leadingZeros++
    if (/^((19|20)\d\d|(0[1-9]|1[0-2])\d\d|\d\d(0[1-9]|1[0-2]))$/.test(text)) counts.dates++
  }

  private number(text: string): void {
    const digits = this.judge.digits(text)?.replace(/^0+/, '')
    if (digits === undefined || digits.length < SHORTEST || digits.length > LONGEST) return
    if (this.seen.has(digits) || this.seen.size >= NUMBERS) return
    this.seen.add(digits)
    if (this.judge.passesLuhn(digits)) this.counts.luhn++
    const brand = this.judge.brand(digits)
    if (brand === undefined) return
    this.counts.issued++
    this.brands.add(brand)
    this.issuers.add(digits.slice(0, 6))
  }

  private other(text: string, sightings: readonly Sighting[]): void {
    const labels = new Set(sightings.map(({ name }) => name))
    labels.delete('pan')
    labels.delete('sad')
    for (const label of labels) {
      const known = this.others.get(label) ?? { whole: 0, containing: 0 }
      known.containing++
      if (sightings.some(sighting => sighting.name === label && isAll(text, sighting))) known.whole++
      this.others.set(label, known)
    }
  }
}

/** Beside what was found there is nothing but quotes, white space, fill and invisible characters. */
function isAll(text: string, sighting: Sighting | undefined): boolean {
  if (sighting === undefined) return false
  const rest = text.slice(0, sighting.start) + text.slice(sighting.end)
  return /^[\s\p{C}"'0]*$/u.test(rest)
}

/** A number in the notation of floats or with a fraction of zeros, as the number that it is. */
function plain(text: string): string {
  if (!/^\d[\d.]*(e\+?\d+)?$/i.test(text)) return text
  if (/^\d+\.0+$/.test(text)) return text.replace(/\.0+$/, '')
  if (!/e/i.test(text)) return text
  const number = Number(text)
  return Number.isSafeInteger(number) ? String(BigInt(number)) : text
}
