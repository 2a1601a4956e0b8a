/**
 * A cheap pass over a statement before the real parser sees it: how deeply it nests (so that a hostile statement
 * cannot exhaust the parser's stack), and its fingerprint. It decides nothing about meaning.
 */
import { AnalysisStop } from '../../stop.js'
import { DepthGauge } from '../depth-gauge.js'
import { FingerprintText, hidesNumber } from '../fingerprint-text.js'
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
    throw new AnalysisStop(
      'too_deep',
      'The statement holds more than 1000 operator characters in a row. Space them out.',
    )
  const depth = new DepthGauge(maxDepth)
  const out = new FingerprintText()
  const token = new PostgresTokens(text)
  while (token.next()) {
    const { kind, start, end } = token
    const raw = text.slice(start, end)
    const shown = kind === 'word' ? raw.toLowerCase() : raw
    measure(depth, kind, shown)
    if (kind === 'literal') out.pushLiteral()
    else out.push((kind === 'quoted' || kind === 'word') && hidesNumber(shown) ? '"?"' : shown)
  }
  return out.toString()
}

function measure(depth: DepthGauge, kind: TokenKind, token: string): void {
  if (kind === 'operator') depth.operator(token.length)
  else if (kind === 'punctuation') measurePunctuation(depth, token)
  else if (kind === 'word') measureWord(depth, token)
  depth.check()
}

function measurePunctuation(depth: DepthGauge, token: string): void {
  if (token === '(' || token === '[') depth.open(false)
  else if (token === ')' || token === ']') depth.close(false)
  else if (token === ',' || token === ';') depth.separator()
  else depth.operator()
}

function measureWord(depth: DepthGauge, token: string): void {
  if (SEPARATORS.has(token)) depth.separator()
  else if (LINKS.has(token)) depth.link()
  else if (NESTING_WORDS.has(token)) depth.operator()
  else if (token === 'case') depth.open(true)
  else if (token === 'end') depth.close(true)
}
