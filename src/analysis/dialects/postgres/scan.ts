/**
 * A cheap pass over a statement before the real parser sees it: how deeply it nests (so that a hostile statement
 * cannot exhaust the parser's stack), and its fingerprint. It decides nothing about meaning.
 */
import { AnalysisStop } from '../../stop.js'
import { PostgresTokens, type TokenKind } from './lexer.js'

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
  const token = new PostgresTokens(text)
  while (token.next()) {
    const { kind, start, end } = token
    const raw = text.slice(start, end)
    const shown = kind === 'word' ? raw.toLowerCase() : raw
    depth.take(kind, shown)
    out.take(kind, shown)
  }
  return out.toString()
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
