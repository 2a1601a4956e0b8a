/** Numbers, and the words that look like them: `1a` is a name, `1e1a` a number and an alias. */
import { AnalysisStop } from '../../stop.js'
import type { Token } from './token.js'

const INTEGER = /^[0-9]+$/
const FLOAT = /^[0-9]+[eE][0-9]+$/
/** What follows the digits before the point. */
const FRACTION = /\.[0-9]*(?:[eE][+-]?[0-9]+)?/y
const EXPONENT = /[+-][0-9]+/y
const GROWN_TOGETHER = /[0-9A-Za-z_$.\u0080-\uffff]/

/** @param raw the run of name characters at `start`, which begins with a digit. */
export function numberOrWord(source: string, start: number, end: number, raw: string): Token {
  if (INTEGER.test(raw))
    return number(source, start, source.charAt(end) === '.' ? matchEnd(FRACTION, source, end) : end)
  if (FLOAT.test(raw)) return number(source, start, end)
  if (/^[0-9]+[eE]$/.test(raw)) {
    const signed = matchEnd(EXPONENT, source, end)
    if (signed > end) return number(source, start, signed)
    throw grownTogether()
  }
  const isBytes = /^0x[0-9a-fA-F]+$/.test(raw) || /^0b[01]+$/.test(raw)
  if (isBytes) return { kind: 'bytes', word: '', text: raw.slice(2), start, end }
  if (/^0[xb]/i.test(raw) || /^[0-9]+[eE][0-9]/.test(raw)) throw grownTogether()
  return { kind: 'name', word: '', text: raw, start, end }
}

/** `.5`, `.5e3`. */
export function pointNumber(source: string, start: number): Token {
  return number(source, start, matchEnd(FRACTION, source, start))
}

/** A word written against a dot: never a keyword, even where it is made of digits. */
export function dottedName(text: string, start: number, end: number): Token {
  return { kind: 'name', word: '', text, start, end }
}

function number(source: string, start: number, end: number): Token {
  if (GROWN_TOGETHER.test(source.charAt(end))) throw grownTogether()
  return { kind: 'number', word: '', text: source.slice(start, end), start, end }
}

function matchEnd(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(source) ? pattern.lastIndex : at
}

function grownTogether(): AnalysisStop {
  return new AnalysisStop('syntax', 'A number and a word are written together. Put a space between them.')
}
