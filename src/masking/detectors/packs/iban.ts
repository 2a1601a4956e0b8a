/** International bank account numbers (ISO 13616): the country's length and check digits, or the word and the length. */
import type { Detector, Span } from '../detector.js'
import { IBAN_LENGTHS } from '../pan/iban-lengths.data.js'
import { isWordAt } from './words.js'

const START = /[A-Za-z]{2}[ \u00a0-]?\d[ \u00a0-]?\d/g
const SHORTEST = 15

export function ibanPack(): Detector {
  return Object.freeze<Detector>({
    name: 'iban',
    names: name => /(?<![a-z])iban(?![a-z])/i.test(name.replace(/([a-z])(?=[A-Z])/g, '$1_')),
    find,
  })
}

function find(text: string): readonly Span[] {
  if (text.length < SHORTEST) return []
  const found: Span[] = []
  for (const { index } of text.matchAll(START)) {
    const span = read(text, index)
    if (span !== undefined && span.start >= (found.at(-1)?.end ?? 0)) found.push(span)
  }
  return found
}

function read(text: string, start: number): Span | undefined {
  const named = /iban["'\\]{0,3}(?:\s{0,2}(?:number|no|nr)\.?)?["'\\\s:=#>.()-]{0,8}$/i.test(
    text.slice(Math.max(0, start - 28), start),
  )
  if (isWordAt(text, start - 1) && !named) return undefined
  const length = IBAN_LENGTHS[text.slice(start, start + 2).toUpperCase()]
  if (length === undefined) return undefined
  let compact = ''
  let end = start
  let gaps = 0
  for (; end < text.length && compact.length < length; end++) {
    if (isWordAt(text, end)) {
      compact += text[end]
      gaps = 0
    } else if (!/[\s.\-_/]/.test(text[end] ?? '') || ++gaps > 2) break
  }
  if (compact.length < length || isWordAt(text, end)) return undefined
  return named || hasValidCheck(compact) ? { start, end } : undefined
}

/** The rearranged number, letters as 10 to 35, leaves 1 when divided by 97. */
function hasValidCheck(iban: string): boolean {
  let rest = 0
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(char, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}
