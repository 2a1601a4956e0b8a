import type { Literal, Template } from '../../statement-template.js'
import { postgresTokens } from './lexer.js'

/** Longer texts are not worth the look. */
const LONGEST = 4_096
/** Any other character would have to be looked at again: NUL, surrogates. One byte each, so that bytes count as characters do. */
const PLAIN = /^[\t\n\r\x20-\x7e]*$/
/** Fits every integer type, so that no value has another type than the next. */
const SMALL = /^\d{1,9}$/

/**
 * The text without its whole numbers of up to nine digits and its plain strings; their kinds and everything else
 * stay. Undefined where the text is not plain, or holds none.
 */
export function postgresTemplate(text: string): Template | undefined {
  if (text.length > LONGEST || !PLAIN.test(text)) return undefined
  const literals: Literal[] = []
  let shape = ''
  let from = 0
  for (const { kind, start, end } of postgresTokens(text)) {
    if (kind !== 'literal') continue
    const literal = text.slice(start, end)
    const mark = markOf(literal)
    if (mark === undefined) continue
    literals.push({ at: start, text: literal })
    shape += text.slice(from, start) + mark
    from = end
  }
  return literals.length === 0 ? undefined : { shape: shape + text.slice(from), literals }
}

/** No text holds a control character. An empty string is told apart: some rules ask for just that. */
function markOf(literal: string): string | undefined {
  if (SMALL.test(literal)) return '\u0001'
  return literal.length > 2 && literal.startsWith("'") && literal.endsWith("'") ? '\u0002' : undefined
}
