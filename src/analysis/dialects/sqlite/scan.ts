/**
 * A cheap pass over the tokens before the parser sees them: how deeply the text nests, so that a hostile
 * statement cannot exhaust the stack; its fingerprint; and which binding each parameter stands for.
 */
import { AnalysisStop } from '../../stop.js'
import { DepthGauge } from '../depth-gauge.js'
import { FingerprintText, hidesNumber } from '../fingerprint-text.js'
import { Reading } from './reading.js'

export interface SqlToken {
  /** As the grammar calls it: `ID`, `STRING`, `LP`, `SELECT`, … */
  readonly name: string
  readonly text: string
  readonly offset: number
}

export interface Scanned {
  readonly fingerprint: string
  readonly reading: Reading
}

const LITERALS = new Set(['STRING', 'BLOB', 'INTEGER', 'FLOAT', 'QNUMBER', 'VARIABLE'])
const OPERATORS = new Set([
  ...['PLUS', 'MINUS', 'STAR', 'SLASH', 'REM', 'CONCAT', 'PTR', 'BITAND', 'BITOR', 'BITNOT', 'LSHIFT'],
  ...['RSHIFT', 'EQ', 'NE', 'LT', 'LE', 'GT', 'GE', 'DOT'],
  ...['NOT', 'COLLATE', 'IS', 'ISNULL', 'NOTNULL', 'IN', 'LIKE_KW', 'MATCH', 'BETWEEN', 'ESCAPE'],
])
/** Keywords behind which a chain of operators starts afresh: the lowering keeps these flat. */
const SEPARATORS = new Set(['AND', 'OR', 'WHEN', 'THEN', 'ELSE', 'WHERE', 'SELECT', 'FROM', 'VALUES', 'SET'])
/** Each nests the tree by one, whatever stands between. */
const LINKS = new Set(['UNION', 'INTERSECT', 'EXCEPT', 'JOIN'])
/** Behind these a list starts afresh. */
const LISTS = new Set(['SELECT', 'FROM', 'SET', 'WITH', 'BY', 'VALUES', 'RETURNING'])
const NAMES = new Set(['ID', 'STRING'])

/** SQLite's own limit on columns. The parser takes quadratic time over a longer list of names. */
const MAX_NAMES = 2000

/** @throws AnalysisStop `too_deep`, `too_long`, `ill_formed`. */
export function scan(text: string, tokens: Iterable<SqlToken>, maxDepth: number): Scanned {
  const depth = new DepthGauge(maxDepth)
  const lists = new ListGauge()
  const out = new FingerprintText()
  const parameters = new Parameters()
  const starts: number[] = []
  for (const token of tokens) {
    starts.push(token.offset)
    measure(depth, token)
    lists.take(token)
    if (LITERALS.has(token.name)) out.pushLiteral()
    else out.push(spelled(token))
    if (token.name === 'VARIABLE') parameters.take(token)
  }
  return { fingerprint: out.toString(), reading: new Reading(text, starts, parameters.at) }
}

function spelled({ name, text }: SqlToken): string {
  if (hidesNumber(text)) return '"?"'
  const isQuoted = name === 'ID' && '"`['.includes(text.charAt(0))
  return isQuoted ? text : text.toLowerCase()
}

function measure(depth: DepthGauge, { name }: SqlToken): void {
  if (OPERATORS.has(name)) depth.operator()
  else if (name === 'COMMA' || name === 'SEMI' || SEPARATORS.has(name)) depth.separator()
  else if (LINKS.has(name)) depth.link()
  else if (name === 'LP' || name === 'CASE') depth.open(name === 'CASE')
  else if (name === 'RP' || name === 'END') depth.close(name === 'END')
  depth.check()
}

/** Counts the entries of each list that begin with a name; IN takes as many as it is given. */
class ListGauge {
  private count = 0
  private counts = true
  private last = ''
  private readonly outer: { readonly count: number; readonly counts: boolean }[] = []

  take({ name }: SqlToken): void {
    if (name === 'LP') {
      this.outer.push({ count: this.count, counts: this.counts })
      this.count = 0
      this.counts = this.last !== 'IN'
    } else if (name === 'RP') {
      const back = this.outer.pop()
      this.count = back?.count ?? 0
      this.counts = back?.counts ?? true
    } else if (LISTS.has(name)) this.count = 0
    else if (this.last === 'COMMA' && this.counts && NAMES.has(name)) this.count += 1
    this.last = name
    if (this.count >= MAX_NAMES) {
      throw new AnalysisStop('too_long', `A list holds more than ${MAX_NAMES} names. Use fewer.`)
    }
  }
}

/** `?` is the next number, `?NNN` its own, and a name the number it had before, else the next. */
class Parameters {
  readonly at = new Map<number, number>()
  private readonly named = new Map<string, number>()
  private highest = 0

  take({ text, offset }: SqlToken): void {
    if (text.startsWith('#'))
      throw new AnalysisStop('syntax', 'A parameter cannot start with #. Use ?, :, @ or $.')
    this.at.set(offset, this.number(text) - 1)
  }

  private number(text: string): number {
    const own = text.startsWith('?') ? Number(text.slice(1)) : (this.named.get(text) ?? 0)
    if (text.length > 1 && text.startsWith('?')) {
      if (own < 1 || own > 32766) throw new AnalysisStop('syntax', 'A parameter number is out of range.')
      this.highest = Math.max(this.highest, own)
      return own
    }
    if (own > 0) return own
    this.highest += 1
    if (text !== '?') this.named.set(text, this.highest)
    return this.highest
  }
}
