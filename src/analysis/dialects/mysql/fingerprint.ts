import { FingerprintText, hidesNumber } from '../fingerprint-text.js'
import type { Token } from './token.js'

const LITERALS = new Set<Token['kind']>(['string', 'number', 'bytes', 'parameter'])

export function fingerprintOf(tokens: readonly Token[], source: string): string {
  const out = new FingerprintText()
  for (const token of tokens) {
    if (token.kind === 'end') break
    if (LITERALS.has(token.kind)) out.pushLiteral()
    else out.push(spelled(token, source))
  }
  return out.toString()
}

function spelled(token: Token, source: string): string {
  if (token.kind === 'symbol') return token.word
  if (hidesNumber(token.text)) return '`?`'
  return token.kind === 'word' ? token.word : source.slice(token.start, token.end)
}
