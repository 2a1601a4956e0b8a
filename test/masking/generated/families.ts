/** All families of generated texts, and how a detector does on them. */
import { ENCODED } from './encoded.js'
import { EVASIVE } from './evasive.js'
import { HARMLESS } from './harmless.js'
import { ORDINARY } from './ordinary.js'
import { Random } from './random.js'
import { type Family, leaks, type Sample } from './sample.js'
import { SENSITIVE } from './sensitive.js'

export type Kind = 'ordinary' | 'evasive' | 'encoded' | 'sensitive' | 'harmless'

export const FAMILIES: Readonly<Record<Kind, Readonly<Record<string, Family>>>> = {
  ordinary: ORDINARY,
  evasive: EVASIVE,
  encoded: ENCODED,
  sensitive: SENSITIVE,
  harmless: HARMLESS,
}

/** So many texts of each family of a kind. */
export function samples(kind: Kind, each: number, seed: number): readonly Sample[] {
  return Object.values(FAMILIES[kind]).flatMap(family => {
    const random = new Random(seed)
    return Array.from({ length: each }, (_, n) => family(random, n))
  })
}

/** The samples that a detector gets wrong: card data that stays, or a harmless text that does not. */
export function wrong(kind: Kind, of: readonly Sample[], mask: (text: string) => string): readonly Sample[] {
  return of.filter(sample => {
    const masked = mask(sample.text)
    return kind === 'harmless' ? masked !== sample.text : leaks(sample, masked)
  })
}
