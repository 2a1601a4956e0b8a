/**
 * The tokens of a statement, and a cheap pass over them before the real parser sees the text: how deeply it
 * nests (so that a hostile statement cannot exhaust the parser's stack), and its fingerprint. It decides
 * nothing about meaning.
 * Assumes `standard_conforming_strings = on`, which the gateway and the Knex enforcement point pin.
 */
import { AnalysisStop } from '../../stop.js'

type TokenKind = 'word' | 'quoted' | 'literal' | 'operator' | 'punctuation'

interface Token {
  readonly kind: TokenKind
  readonly end: number
}

export interface PostgresToken extends Token {
  readonly start: number
}

/** Parameters are literals here. Operators stand together as they are written: `=-1` begins with `=-`. */
export function* postgresTokens(text: string): Iterable<PostgresToken> {
  for (let start = skipBlank(text, 0); start < text.length; ) {
    const token = tokenAt(text, start)
    yield { ...token, start }
    start = skipBlank(text, token.end)
  }
}

/** PostgreSQL's scanner takes quadratic time over a run of these, comments and all: 20 s for 200,000. */
const OPERATOR_RUN = /[-+*/<>=~!@#%^&|`?]{1001}/

/** Keywords behind which a chain of operators starts afresh: the parser keeps these flat. */
const SEPARATORS = new Set(['and', 'or', 'when', 'then', 'else', 'where', 'select', 'from', 'values', 'set'])
/** Each nests the tree by one, whatever stands between. */
const LINKS = new Set(['union', 'intersect', 'except', 'join'])
const NESTING_WORDS = new Set([
  'not',
  'collate',
  'at',
  'is',
  'isnull',
  'notnull',
  'in',
  'like',
  'ilike',
  'similar',
  'between',
])

/**
 * @param maxDepth brackets open plus characters of the operators chained, at any point.
 * @throws AnalysisStop `too_deep`.
 */
export function scan(text: string, maxDepth: number): string {
  if (OPERATOR_RUN.test(text))
    throw tooDeep('The statement holds more than 1000 operator characters in a row. Space them out.')
  const depth = new DepthGauge(maxDepth)
  const out = new FingerprintText()
  let position = 0
  for (;;) {
    position = skipBlank(text, position)
    if (position >= text.length) return out.toString()
    const token = tokenAt(text, position)
    const raw = text.slice(position, token.end)
    const shown = token.kind === 'word' ? raw.toLowerCase() : raw
    depth.take(token.kind, shown)
    out.take(token.kind, shown)
    position = token.end
  }
}

function tooDeep(reason: string): AnalysisStop {
  return new AnalysisStop('too_deep', reason)
}

class DepthGauge {
  private total = 0
  private chain = 0
  private links = 0
  private readonly outer: { readonly chain: number; readonly links: number; readonly word: boolean }[] = []
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  take(kind: TokenKind, token: string): void {
    if (kind === 'operator') this.chain += token.length
    else if (kind === 'punctuation') this.punctuation(token)
    else if (kind === 'word') this.word(token)
    if (this.total + this.chain + this.links > this.limit) {
      throw tooDeep(
        `The statement nests more than ${this.limit} levels deep. Use fewer brackets or shorter chains of operators.`,
      )
    }
  }

  private punctuation(token: string): void {
    if (token === '(' || token === '[') this.open(false)
    else if (token === ')' || token === ']') this.close(false)
    else if (token === ',' || token === ';') this.chain = 0
    else this.chain += 1
  }

  private word(token: string): void {
    if (SEPARATORS.has(token)) this.chain = 0
    else if (LINKS.has(token)) this.links += 1
    else if (NESTING_WORDS.has(token)) this.chain += 1
    else if (token === 'case') this.open(true)
    else if (token === 'end') this.close(true)
  }

  private open(word: boolean): void {
    this.outer.push({ chain: this.chain, links: this.links, word })
    this.total += this.chain + this.links + 1
    this.chain = 0
    this.links = 0
  }

  private close(word: boolean): void {
    if (this.outer[this.outer.length - 1]?.word !== word) return
    const back = this.outer.pop()
    if (back === undefined) return
    this.chain = back.chain
    this.links = back.links
    this.total -= back.chain + back.links + 1
  }
}

/** Written without a space before them, or behind them. */
const LEFT_TIGHT = new Set([',', ')', '.', '::', '[', ']'])
const RIGHT_TIGHT = new Set(['(', '.', '::', '['])

class FingerprintText {
  private readonly tokens: string[] = []

  take(kind: TokenKind, token: string): void {
    const { tokens } = this
    if (kind === 'literal') {
      const last = tokens.length - 1
      const isListed = tokens[last] === ',' && tokens[last - 1] === '?' && tokens[last - 2] === '('
      // `in (1, 2)` and `in (1, 2, 3)` group together.
      if (isListed && tokens[last - 3] === 'in') tokens.length = last
      else tokens.push('?')
      return
    }
    tokens.push(hidesNumber(kind, token) ? '"?"' : token)
  }

  toString(): string {
    let text = ''
    let tight = true
    for (const token of this.tokens) {
      text += tight || LEFT_TIGHT.has(token) ? token : ` ${token}`
      tight = RIGHT_TIGHT.has(token)
    }
    return text.replace(/(\(\?(?:, \?)*\))(?:, \1)+/g, '$1, …')
  }
}

/** A name can carry a card number as well as a literal can. */
function hidesNumber(kind: TokenKind, token: string): boolean {
  if (kind !== 'quoted' && kind !== 'word') return false
  if (token.length < 9) return false
  return token.replace(/\P{Nd}/gu, '').length >= 9
}

export function skipBlank(text: string, start: number): number {
  let at = start
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 32 || (code >= 9 && code <= 13)) at += 1
    else if (code === 45 && text.charCodeAt(at + 1) === 45) at = lineEnd(text, at)
    else if (code === 47 && text.charCodeAt(at + 1) === 42) at = commentEnd(text, at)
    else break
  }
  return at
}

function lineEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && text.charCodeAt(at) !== 10 && text.charCodeAt(at) !== 13) at += 1
  return at
}

function commentEnd(text: string, start: number): number {
  let depth = 0
  let at = start
  while (at < text.length) {
    if (text.startsWith('/*', at)) {
      depth += 1
      at += 2
    } else if (text.startsWith('*/', at)) {
      depth -= 1
      at += 2
      if (depth === 0) return at
    } else at += 1
  }
  return at
}

const NUMBER = /(?:0[xXoObB][\w]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)/y
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y
const PARAMETER = /\$\d+/y
const OPERATOR = /[-+*/<>=~!@#%^&|`?]/

function tokenAt(text: string, start: number): Token {
  const char = text.charAt(start)
  if (char === "'") return { kind: 'literal', end: quoteEnd(text, start, "'", false) }
  if (char === '"') return { kind: 'quoted', end: quoteEnd(text, start, '"', false) }
  const word = match(WORD, text, start)
  if (word > 0) return prefixedString(text, start, word) ?? { kind: 'word', end: word }
  const number = match(NUMBER, text, start)
  if (number > 0) return { kind: 'literal', end: number }
  if (char === '$') return dollar(text, start)
  if (OPERATOR.test(char)) return { kind: 'operator', end: operatorEnd(text, start) }
  if (text.startsWith('::', start)) return { kind: 'operator', end: start + 2 }
  return { kind: 'punctuation', end: start + 1 }
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : 0
}

/** `e'…'`, `b'…'`, `x'…'`, `n'…'`, `u&'…'` and `u&"…"`. */
function prefixedString(text: string, start: number, end: number): Token | null {
  if (end !== start + 1) return null
  const prefix = text.charAt(start).toLowerCase()
  const next = text.charAt(end)
  if (prefix === 'u' && next === '&') {
    const quote = text.charAt(end + 1)
    if (quote === "'") return { kind: 'literal', end: quoteEnd(text, end + 1, quote, false) }
    if (quote === '"') return { kind: 'quoted', end: quoteEnd(text, end + 1, quote, false) }
    return null
  }
  if (next !== "'" || !'ebxn'.includes(prefix)) return null
  return { kind: 'literal', end: quoteEnd(text, end, "'", prefix === 'e') }
}

function quoteEnd(text: string, start: number, quote: string, backslashes: boolean): number {
  let at = start + 1
  while (at < text.length) {
    const char = text.charAt(at)
    if (backslashes && char === '\\') at += 2
    else if (char !== quote) at += 1
    else if (text.charAt(at + 1) === quote) at += 2
    else return at + 1
  }
  return text.length
}

function dollar(text: string, start: number): Token {
  const parameter = match(PARAMETER, text, start)
  if (parameter > 0) return { kind: 'literal', end: parameter }
  const open = match(DOLLAR, text, start)
  if (open === 0) return { kind: 'punctuation', end: start + 1 }
  const close = text.indexOf(text.slice(start, open), open)
  return { kind: 'literal', end: close < 0 ? text.length : close + (open - start) }
}

function operatorEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && OPERATOR.test(text.charAt(at))) {
    if (text.startsWith('--', at) || text.startsWith('/*', at)) break
    at += 1
  }
  return at
}
