/** US social security numbers: `123-45-6789` by the rules of its parts, other forms where words announce one. */
import type { Detector, Span } from '../detector.js'
import { hasDigits, namedValues, speaks } from './words.js'

/** No area 000, 666 or 900 and up, no group 00, no serial 0000 (SSA, since 2011). */
const DASHED =
  /(?<![\dA-Za-z][-./]?)(?!000|666|9)\d{3}([-\u2010-\u2015\u2212])(?!00)\d{2}\1(?!0000)\d{4}(?![-./]?[\dA-Za-z])/g
const WORDS = [
  /(?<![A-Za-z])ssns?(?:number|num|no|nr|value)?(?![a-z])|social[\s_-]{0,2}security(?:[\s_-]{0,2}(?:number|num|no|nr|#))?|socialSecurity(?:N(?:umber|um|o))?|(?<![A-Za-z])soc[\s_.-]{1,2}sec\.?|(?<![A-Za-z])(?:itin|us[\s_]tax[\s_]id)(?![a-z])/gi,
  /(?<=[a-z])S(?:sn|SN)(?:Number|No|Value)?(?![a-z])/g,
]
/** With words, a value that breaks the rules is protected too; only obvious blanks are not. */
const NAMED =
  /^(?!0{3}\D?0{2}\D?0{4})\d{3}([\s.\-_/\u2010-\u2015\u2212]?)\d{2}\1\d{4}(?![-./]?\d)(?![A-Za-z])/
/** A number that lost leading zeros. */
const SHORT = /^[1-9]\d{6,7}(?![-./]?\d)(?![A-Za-z])/

export function ssnPack(): Detector {
  return Object.freeze<Detector>({ name: 'ssn', names: name => speaks(WORDS, name), find })
}

function find(text: string): readonly Span[] {
  if (!hasDigits(text, 7)) return []
  const found: Span[] = []
  for (const match of text.search(DASHED) < 0 ? [] : text.matchAll(DASHED)) {
    found.push({ start: match.index, end: match.index + match[0].length })
  }
  return [...found, ...namedValues(text, { words: WORDS, read })]
}

function read(text: string, start: number): number {
  const part = text.slice(start, start + 24)
  const match = NAMED.exec(part) ?? SHORT.exec(part)
  return match === null ? -1 : start + match[0].length
}
