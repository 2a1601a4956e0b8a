/** Texts that hold no card data, and look as if they did. */
import { BRANDS, checkDigit } from './cards.js'
import { IDENTIFIERS, NUMBERS } from './harmless-numbers.js'
import { WORDS } from './harmless-words.js'
import type { Random } from './random.js'
import { type Family, family, type Sample } from './sample.js'

type Template = (random: Random) => string

/** As many digits that are no valid card number by chance: such a one nobody could tell from a card. */
export function id(random: Random, length: number, prefix = ''): string {
  for (;;) {
    const digits = prefix + random.digits(length - prefix.length)
    if (!isCard(digits)) return digits
  }
}

export function isCard(digits: string): boolean {
  const valid = checkDigit(digits.slice(0, -1)) === Number(digits.at(-1))
  return (
    valid &&
    BRANDS.some(
      ({ prefixes, lengths }) =>
        lengths.includes(digits.length) && prefixes.some(prefix => digits.startsWith(prefix)),
    )
  )
}

/** A valid card number by chance, anywhere in the text: not counted against a detector. */
function ambiguous(text: string): boolean {
  const compact = text.replace(/(?<=\d)[ .,:/_-]{1,2}(?=\d)/g, '')
  for (const [run] of `${text} ${compact}`.matchAll(/\d{12,19}/g)) if (isCard(run)) return true
  for (const match of text.matchAll(/(?<!\d)\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?!\d)/g))
    if (isCard(match[0].replace(/\D/g, ''))) return true
  return false
}

function harmless(name: string, templates: readonly Template[]): Family {
  const made = family(
    name,
    templates.map(template => (random): Omit<Sample, 'kind'> => {
      for (;;) {
        const text = template(random)
        if (!ambiguous(text)) return { text, pans: [], secrets: [] }
      }
    }),
  )
  return made
}

export const HARMLESS: Readonly<Record<string, Family>> = Object.fromEntries(
  Object.entries({ ...NUMBERS, ...IDENTIFIERS, words: WORDS }).map(([name, templates]) => [
    name,
    harmless(name, templates),
  ]),
)
