import type { Template } from '../../statement-template.js'
import { PostgresTokens } from './lexer.js'

/** Longer texts are not worth the look. */
const LONGEST = 4_096
/** Any other character would have to be looked at again: NUL, surrogates. One byte each, so that bytes count as characters do. */
const PLAIN = /^[\t\n\r\x20-\x7e]*$/
/** Fits every integer type, so that no value has another type than the next. */
const SMALL_DIGITS = 9

/** What stands for them in a shape: no text holds a control character. */
const NUMBER = '\u0001'
const STRING = '\u0002'

/**
 * The text without its whole numbers of up to nine digits and its plain strings; their kinds and everything else
 * stay. Undefined where the text is not plain, or holds none.
 */
export function postgresTemplate(text: string): Template | undefined {
  if (text.length > LONGEST || !PLAIN.test(text)) return undefined
  const places: number[] = []
  let shape = ''
  let from = 0
  const token = new PostgresTokens(text)
  while (token.next()) {
    if (token.kind !== 'literal' || !token.closed) continue
    const { start, end } = token
    const isString = text.charCodeAt(start) === QUOTE
    // An empty string is told apart: some rules ask for just that.
    if (isString ? end - start === 2 : !isSmallNumber(text, start, end)) continue
    places.push(start, end)
    shape += text.slice(from, start) + (isString ? STRING : NUMBER)
    from = end
  }
  return places.length === 0 ? undefined : { text, shape: shape + text.slice(from), places }
}

const QUOTE = 39
const ZERO = 48
const NINE = 57

function isSmallNumber(text: string, start: number, end: number): boolean {
  if (end - start > SMALL_DIGITS) return false
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code < ZERO || code > NINE) return false
  }
  return true
}
