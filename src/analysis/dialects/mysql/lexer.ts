/**
 * Cuts a statement into tokens exactly as MySQL and MariaDB do, and refuses what they, their versions or
 * their settings could read in two ways: executable comments, a number grown together with a word.
 * Assumes a `sql_mode` with IGNORE_SPACE and without ANSI_QUOTES, NO_BACKSLASH_ESCAPES, PIPES_AS_CONCAT and
 * HIGH_NOT_PRECEDENCE, and a client character set in which no character holds an ASCII byte; the enforcement
 * points pin and verify both.
 */
import { AnalysisStop } from '../../stop.js'
import { skipBlank } from './blank.js'
import { refuseUnclearName } from './clear-names.js'
import { dottedName, numberOrWord, pointNumber } from './numbers.js'
import { quotedText } from './quoted.js'
import type { Token, Tokens } from './token.js'
import { RESERVED } from './words.data.js'

/** @throws AnalysisStop `syntax`, `too_deep`. */
export function tokenize(source: string, maxDepth: number): Tokens {
  const list: Token[] = []
  const partners = new Map<number, number>()
  const open: number[] = []
  let at = skipBlank(source, 0)
  while (at < source.length) {
    const token = tokenAt(source, at, list[list.length - 1])
    if (token.word === '(') {
      open.push(list.length)
      if (open.length > maxDepth) {
        throw new AnalysisStop('too_deep', `The statement opens more than ${maxDepth} brackets. Use fewer.`)
      }
    } else if (token.word === ')') {
      const partner = open.pop()
      if (partner === undefined) throw malformed('A bracket closes that was never opened.')
      partners.set(partner, list.length)
    }
    list.push(token)
    at = skipBlank(source, token.end)
  }
  if (open.length > 0) throw malformed('A bracket is never closed.')
  list.push({ kind: 'end', word: '', text: '', start: source.length, end: source.length })
  return { source, list, partners }
}

function malformed(reason: string): AnalysisStop {
  return new AnalysisStop('syntax', reason)
}

const WORD = /[0-9A-Za-z_$\u0080-\ud7ff\ue000-\uffff]+/y
const DIGIT = /[0-9]/
const ASCII = /^[\w$]+$/
/** Characters that people and tools take for blanks or nothing, and the server for letters. */
const INVISIBLE = /[\s\p{Cf}\p{Cc}]/u
const SYMBOLS = [
  '<=>',
  '->>',
  '<=',
  '>=',
  '<>',
  '!=',
  '<<',
  '>>',
  ':=',
  '&&',
  '||',
  '->',
  '(',
  ')',
  ',',
  ';',
  '.',
  '=',
  '<',
  '>',
  '!',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '&',
  '|',
  '~',
  '{',
  '}',
]
const BY_FIRST: ReadonlyMap<string, readonly string[]> = new Map(
  SYMBOLS.map(symbol => [symbol.charAt(0), SYMBOLS.filter(other => other.startsWith(symbol.charAt(0)))]),
)

/** Never the beginning of a longer one. */
const ALONE = new Set('(),;+*/%^~{}')

/** A run of these that is no operator is not worth guessing at, except for negations: `a=!b`. */
const COMPARISON_RUN = /[<>=!]+/y

function tokenAt(source: string, start: number, before: Token | undefined): Token {
  const char = source.charAt(start)
  switch (char) {
    case "'":
    case '"':
      return stringToken(source, start, start)
    case '`':
      return nameToken(source, start)
    case '?':
      // Before a letter the server does not take it for a parameter.
      if (match(WORD, source, start + 1) > 0) throw malformed('A parameter and a word are written together.')
      return { kind: 'parameter', word: '', text: '', start, end: start + 1 }
    case '@':
      return variableToken(source, start)
    case '\\':
      // NULL, to MariaDB and to MySQL before 8.
      if (source.charAt(start + 1) !== 'N') break
      return { kind: 'word', word: 'null', text: '\\N', start, end: start + 2 }
    case '.':
      return pointToken(source, start, before)
  }
  const end = match(WORD, source, start)
  if (end > 0) return wordToken(source, start, end, before)
  return symbolToken(source, start)
}

export function match(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(source) ? pattern.lastIndex : 0
}

function stringToken(source: string, start: number, quote: number): Token {
  const { text, end } = quotedText(source, quote, true)
  return { kind: 'string', word: '', text, start, end }
}

function nameToken(source: string, start: number): Token {
  const { text, end } = quotedText(source, start, false)
  if (text === '' || text.endsWith(' ')) throw malformed('A quoted name is empty or ends with a blank.')
  refuseUnclearName(text)
  return { kind: 'name', word: '', text, start, end }
}

function wordToken(source: string, start: number, end: number, before: Token | undefined): Token {
  const raw = source.slice(start, end)
  refuseUnclearName(raw)
  const dotted = before?.word === '.' && before.end === start
  if (dotted || followedByName(source, end, raw)) return dottedName(raw, start, end)
  if (DIGIT.test(raw.charAt(0))) return numberOrWord(source, start, end, raw)
  if (raw.length === 1 && source.charAt(end) === "'") {
    const prefix = raw.toLowerCase()
    if (prefix === 'n') return { ...stringToken(source, start, end), national: true }
    if (prefix === 'x' || prefix === 'b') return bytesToken(source, start, end, prefix)
  }
  if (!ASCII.test(raw) && INVISIBLE.test(raw)) {
    throw new AnalysisStop(
      'ill_formed',
      'A name holds an invisible character. Write it in quotes or remove it.',
    )
  }
  return { kind: 'word', word: raw.toLowerCase(), text: raw, start, end }
}

/** `select.a`: a word with a name behind a dot is a name, keyword or not. */
function followedByName(source: string, end: number, raw: string): boolean {
  if (source.charAt(end) !== '.' || match(WORD, source, end + 1) === 0) return false
  return !/^[0-9]+$/.test(raw) && !(raw.startsWith('_') && RESERVED.has(raw.toLowerCase()))
}

function bytesToken(source: string, start: number, quote: number, prefix: string): Token {
  const end = source.indexOf("'", quote + 1)
  const digits = end < 0 ? '' : source.slice(quote + 1, end)
  const valid = prefix === 'x' ? /^(?:[0-9a-f]{2})*$/i.test(digits) : /^[01]*$/.test(digits)
  if (end < 0 || !valid) throw malformed('A literal of bytes or bits holds something else, or never ends.')
  return { kind: 'bytes', word: '', text: digits, start, end: end + 1 }
}

function pointToken(source: string, start: number, before: Token | undefined): Token {
  const glued = before?.end === start && (before.kind === 'word' || before.kind === 'name')
  const isNumber = DIGIT.test(source.charAt(start + 1))
  if (!isNumber || (glued && source.charAt(start - 1) !== '`'))
    return { kind: 'symbol', word: '.', text: '.', start, end: start + 1 }
  return pointNumber(source, start)
}

const USER_VARIABLE = /[0-9A-Za-z_$.\u0080-\ud7ff\ue000-\uffff]+/y
const SYSTEM_VARIABLE = /[A-Za-z_][0-9A-Za-z_]*(?:\.[A-Za-z_][0-9A-Za-z_]*){0,2}/y

function variableToken(source: string, start: number): Token {
  if (source.charAt(start + 1) === '@') {
    const end = match(SYSTEM_VARIABLE, source, start + 2)
    if (end === 0) throw malformed('A system variable is not written plainly.')
    const text = source.slice(start + 2, end).toLowerCase()
    return { kind: 'system-variable', word: '', text, start, end }
  }
  const quote = source.charAt(start + 1)
  if (quote === "'" || quote === '"' || quote === '`') {
    const { text, end } = quotedText(source, start + 1, quote !== '`')
    return { kind: 'user-variable', word: '', text, start, end }
  }
  const end = match(USER_VARIABLE, source, start + 1)
  if (end === 0) throw malformed('A variable has no name.')
  return { kind: 'user-variable', word: '', text: source.slice(start + 1, end), start, end }
}

function symbolToken(source: string, start: number): Token {
  const char = source.charAt(start)
  if (ALONE.has(char)) return symbol(char, start)
  const found = BY_FIRST.get(char)?.find(each => source.startsWith(each, start))
  if (found === undefined) throw malformed('The statement holds a character that means nothing there.')
  // Asked once for each run, at its first sign.
  const run = '<>=!'.includes(source.charAt(start - 1)) ? 0 : match(COMPARISON_RUN, source, start)
  if (run > 0 && !/^!*$/.test(source.slice(start + found.length, run)))
    throw malformed('Comparison signs stand together that are no operator. Put a space between them.')
  return symbol(found, start)
}

function symbol(text: string, start: number): Token {
  return { kind: 'symbol', word: text, text, start, end: start + text.length }
}
