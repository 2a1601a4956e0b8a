/** PostgreSQL's tokens by regular expressions, one for each kind, in the order in which they are tried. Slow and plain. */
import type { TokenKind } from '../../../src/analysis/dialects/postgres/lexer.js'

const LETTER = 'A-Za-z_\\u0080-\\uffff'
const KINDS: readonly (readonly [TokenKind | null, RegExp])[] = [
  [null, /[\t-\r ]+/y],
  [null, /--[^\n\r]*/y],
  ['literal', /[eE]'(?:''|\\.|[^'\\])*(?:'|\\?$)/sy],
  ['literal', /(?:[bBxXnN]|[uU]&)?'(?:''|[^'])*(?:'|$)/y],
  ['quoted', /(?:[uU]&)?"(?:""|[^"])*(?:"|$)/y],
  ['word', new RegExp(`[${LETTER}][${LETTER}0-9$]*`, 'y')],
  ['literal', /0[xXoObB]\w+/y],
  ['literal', /(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?/y],
  ['literal', /\$\d+/y],
  ['literal', new RegExp(`(\\$(?:[${LETTER}][${LETTER}0-9]*)?\\$)[\\s\\S]*?(?:\\1|$)`, 'y')],
  ['operator', /(?:(?!--|\/\*)[-+*/<>=~!@#%^&|`?])+/y],
  ['operator', /::/y],
  ['punctuation', /./sy],
]

/** `kind start end` of each token. */
export function referenceTokens(text: string): readonly string[] {
  const tokens: string[] = []
  for (let at = 0; at < text.length; ) {
    const { kind, end } = tokenAt(text, at)
    if (kind !== null) tokens.push(`${kind} ${at} ${end}`)
    at = end
  }
  return tokens
}

function tokenAt(text: string, at: number): { readonly kind: TokenKind | null; readonly end: number } {
  if (text.startsWith('/*', at)) return { kind: null, end: commentEnd(text, at) }
  for (const [kind, pattern] of KINDS) {
    pattern.lastIndex = at
    if (pattern.test(text)) return { kind, end: pattern.lastIndex }
  }
  throw new Error('Every character is some token.')
}

/** Regular expressions cannot count. */
function commentEnd(text: string, start: number): number {
  let depth = 0
  for (const { 0: mark, index } of text.slice(start).matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1
    if (depth === 0) return start + index + 2
  }
  return text.length
}
