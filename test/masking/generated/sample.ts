/** Texts with card data at known places, and whether what left of them still says it. */
import type { Random } from './random.js'

export interface Sample {
  /** Family and template: what misses are counted by. */
  readonly kind: string
  readonly text: string
  /** ASCII digits of each card number that the text shows. */
  readonly pans: readonly string[]
  /** Stretches that must not stay, not even by half. */
  readonly secrets: readonly string[]
}

/** Makes one text; `n` counts up, so that templates take turns. */
export type Family = (random: Random, n: number) => Sample

/** A PAN leaks if nine of its digits in a row can still be read. */
export function leaks({ pans, secrets }: Sample, masked: string): boolean {
  const shown = readable(masked)
  if (pans.some(pan => holdsPart(shown, pan, 9))) return true
  return secrets.some(secret => holdsPart(masked, secret, kept(secret)))
}

/** More than half of it tells the rest; a verification code is short. */
function kept({ length }: string): number {
  return length < 8 ? length : Math.ceil(length * 0.6)
}

function holdsPart(text: string, whole: string, length: number): boolean {
  for (let at = 0; at + length <= whole.length; at++) {
    if (text.includes(whole.slice(at, at + length))) return true
  }
  return false
}

const HAN = '〇一二三四五六七八九'
const FINANCIAL = '零壹贰叁肆伍陆柒捌玖'

/** Digits of any script as ASCII, everything between two digits dropped unless it is a letter or a mask. */
export function readable(text: string): string {
  let plain = ''
  for (const char of text.normalize('NFKC')) {
    const han = Math.max(HAN.indexOf(char), FINANCIAL.indexOf(char))
    if (han >= 0) plain += han
    else if (!/\p{Nd}/u.test(char)) plain += symbolDigit(char) ?? char
    else {
      let zero = char.codePointAt(0) ?? 0
      const code = zero
      while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
      plain += (code - zero) % 10
    }
  }
  return plain.replace(/[^0-9]+/g, gap => (/[A-Za-z*[]/.test(gap) ? '|' : ''))
}

/** Digits that NFKC leaves alone. */
function symbolDigit(char: string): number | undefined {
  const code = char.codePointAt(0) ?? 0
  if (code === 0x24ff || code === 0x1f10b) return 0
  const base = [0x2775, 0x277f, 0x2789, 0x24f4].find(before => code > before && code <= before + 9)
  return base === undefined ? undefined : code - base
}

/** Templates that take turns. @param make the rest of the sample, from the text's own parts. */
export function family(
  name: string,
  templates: readonly ((random: Random) => Omit<Sample, 'kind'>)[],
): Family {
  return (random, n) => {
    const index = n % templates.length
    const made = templates[index]?.(random)
    if (made === undefined) throw new Error(`${name} has no templates.`)
    return { kind: `${name}:${index}`, ...made }
  }
}
