/** The statement in one spelling: no comments, no literals, lists of values of any length alike. */
import type { Token } from './token.js'

/** Written without a space before them, or behind them. */
const LEFT_TIGHT = new Set([',', ')', '.'])
const RIGHT_TIGHT = new Set(['(', '.'])
const LITERALS = new Set<Token['kind']>(['string', 'number', 'bytes', 'parameter'])

export function fingerprintOf(tokens: readonly Token[], source: string): string {
  const parts: string[] = []
  for (const token of tokens) {
    if (token.kind === 'end') break
    if (LITERALS.has(token.kind)) pushLiteral(parts)
    else parts.push(spelled(token, source))
  }
  let text = ''
  let tight = true
  for (const part of parts) {
    text += tight || LEFT_TIGHT.has(part) ? part : ` ${part}`
    tight = RIGHT_TIGHT.has(part)
  }
  return text.replace(/(\(\?(?:, \?)*\))(?:, \1)+/g, '$1, …')
}

function pushLiteral(parts: string[]): void {
  const last = parts.length - 1
  const isListed = parts[last] === ',' && parts[last - 1] === '?' && parts[last - 2] === '('
  // `in (1, 2)` and `in (1, 2, 3)` group together.
  if (isListed && parts[last - 3] === 'in') parts.length = last
  else parts.push('?')
}

function spelled(token: Token, source: string): string {
  if (token.kind === 'symbol') return token.word
  // A name can carry a card number as well as a literal can.
  if (token.text.length >= 9 && token.text.replace(/\P{Nd}/gu, '').length >= 9) return '`?`'
  return token.kind === 'word' ? token.word : source.slice(token.start, token.end)
}
