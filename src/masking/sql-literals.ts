/**
 * Cuts a statement into what is its shape and what is data in it, for people to read. No parser: it must
 * read what no parser accepts, and where two readings are possible it takes the one with more data.
 */
import type { Dialect } from '../model/dialect.js'

/** A part of the text that is no code. `string`: a literal with its quotes. `name`: a quoted identifier. */
export interface Piece {
  readonly kind: 'string' | 'number' | 'comment' | 'name'
  /** In UTF-16 code units. */
  readonly start: number
  readonly end: number
  /** Of a string, how many units its quotes take before and behind its content; 0 for all else. */
  readonly open: number
  readonly close: number
}

const WORD = /[\p{L}\p{N}_$]/u
const NUMBER =
  /(?:0[xXbBoO][0-9a-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?|\.\d[\d_]*(?:[eE][+-]?\d+)?)/y
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy

/** What an ASCII character can begin. */
const OTHER = 0
const WORDLY = 1
const DIGIT = 2
const SIGN = 3
const CLASSES = classes()

function classes(): Uint8Array {
  const table = new Uint8Array(128).fill(OTHER)
  for (let code = 0; code < table.length; code++) {
    if (WORD.test(String.fromCharCode(code))) table[code] = WORDLY
  }
  for (const char of '0123456789') table[char.charCodeAt(0)] = DIGIT
  for (const char of '\'"`[$-#/.') table[char.charCodeAt(0)] = SIGN
  return table
}

const DOUBLE_QUOTE = 34
const HASH = 35
const DOLLAR = 36
const QUOTE = 39
const STAR = 42
const MINUS = 45
const POINT = 46
const SLASH = 47
const BRACKET = 91
const BACKSLASH = 92
const CLOSING_BRACKET = 93
const UNDERSCORE = 95
const BACKTICK = 96
const LOWER = 32
const E = 101

/** In order; all between them is code. */
export function piecesOf(statement: string, dialect: Dialect): readonly Piece[] {
  return new Cutter(statement, dialect).cut()
}

class Cutter {
  private readonly pieces: Piece[] = []
  private at = 0
  private codeFrom = 0

  constructor(
    private readonly text: string,
    private readonly dialect: Dialect,
  ) {}

  cut(): readonly Piece[] {
    const { text } = this
    while (this.at < text.length) {
      const code = text.charCodeAt(this.at)
      const kind = code < 128 ? CLASSES[code] : WORD.test(text.charAt(this.at)) ? WORDLY : OTHER
      if (kind === WORDLY) this.word()
      else if (kind === DIGIT) this.number()
      else if (kind !== SIGN || !this.sign(code)) this.at++
    }
    return this.pieces
  }

  /** True when it has gone on. */
  private sign(code: number): boolean {
    const { dialect } = this
    switch (code) {
      case QUOTE:
        return this.string(QUOTE)
      case DOUBLE_QUOTE:
        return dialect === 'mysql' ? this.string(code) : this.name(code)
      case BACKTICK:
        return this.name(code)
      case BRACKET:
        return dialect === 'sqlite' && this.name(CLOSING_BRACKET)
      case DOLLAR:
        return dialect === 'postgres' ? this.dollar() : this.word()
      case POINT:
        return isDigit(this.text.charCodeAt(this.at + 1)) && this.number()
      default:
        return this.comment(code)
    }
  }

  private string(quote: number): boolean {
    const { text, at: start } = this
    const escaping = this.dialect === 'mysql' || this.isEscaping(start)
    let at = start + 1
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === BACKSLASH && escaping) at++
      else if (code === quote) {
        if (text.charCodeAt(at + 1) === quote) at++
        // A backslash before the quote: closed or escaped, depending on a setting. Everything is data then.
        else if (!escaping && text.charCodeAt(at - 1) === BACKSLASH) at = text.length
        else break
      }
    }
    const closed = at < text.length
    return this.take('string', closed ? at + 1 : text.length, 1, closed ? 1 : 0)
  }

  /** An `e` before the quote makes a backslash an escape, unless it ends the name of a character set (`_latine`). */
  private isEscaping(quote: number): boolean {
    const { text } = this
    let at = quote - 1
    if (at < this.codeFrom || (text.charCodeAt(at) | LOWER) !== E) return false
    const from = Math.max(this.codeFrom, quote - LONGEST_PREFIX)
    while (at > from && isPlainWord(text.charCodeAt(at - 1))) at--
    return at === from || text.charCodeAt(at - 1) !== UNDERSCORE
  }

  private name(close: number): boolean {
    const { text } = this
    let at = this.at + 1
    for (; at < text.length; at++) {
      if (text.charCodeAt(at) !== close) continue
      if (text.charCodeAt(at + 1) !== close) break
      at++
    }
    return at < text.length ? this.take('name', at + 1) : this.take('string', text.length, 1)
  }

  private dollar(): boolean {
    const { text } = this
    DOLLAR_TAG.lastIndex = this.at
    const tag = DOLLAR_TAG.exec(text)?.[0]
    if (tag === undefined || WORD.test(text.charAt(this.at - 1))) return this.word()
    const close = text.indexOf(tag, this.at + tag.length)
    return close < 0
      ? this.take('string', text.length, tag.length)
      : this.take('string', close + tag.length, tag.length, tag.length)
  }

  private comment(code: number): boolean {
    const { text, dialect } = this
    const next = text.charCodeAt(this.at + 1)
    const line = code === HASH ? dialect === 'mysql' : code === MINUS && next === MINUS
    if (line) {
      const end = text.indexOf('\n', this.at)
      return this.take('comment', end < 0 ? text.length : end)
    }
    if (code !== SLASH || next !== STAR) return false
    let depth = 1
    let at = this.at + 2
    for (; at < text.length && depth > 0; at++) {
      const one = text.charCodeAt(at)
      const other = text.charCodeAt(at + 1)
      if (one === STAR && other === SLASH) depth--
      else if (one === SLASH && other === STAR && dialect === 'postgres') depth++
      else continue
      at++
    }
    return this.take('comment', at)
  }

  /** From a digit, or a point before one. */
  private number(): boolean {
    const { text } = this
    let end = this.at
    while (isDigit(text.charCodeAt(end))) end++
    const next = text.charCodeAt(end)
    if (end === this.at || next === POINT || isPlainWord(next) || next === UNDERSCORE) {
      NUMBER.lastIndex = this.at
      end = NUMBER.test(text) ? NUMBER.lastIndex : end
    }
    return this.take('number', end)
  }

  /** Skips a word or a parameter (`$1`), whose digits are part of its name. */
  private word(): boolean {
    const { text } = this
    let at = this.at + 1
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      const wordly = code < 128 ? isAsciiWord(code) : WORD.test(text.charAt(at))
      if (!wordly) break
    }
    this.at = at
    return true
  }

  private take(kind: Piece['kind'], end: number, open = 0, close = 0): boolean {
    this.pieces.push({ kind, start: this.at, end, open, close })
    this.at = end
    this.codeFrom = end
    return true
  }
}

/** How far before a quote a prefix of it is looked for. */
const LONGEST_PREFIX = 24

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isPlainWord(code: number): boolean {
  const lower = code | LOWER
  return isDigit(code) || (lower >= 97 && lower <= 122)
}

function isAsciiWord(code: number): boolean {
  const kind = CLASSES[code]
  return kind === WORDLY || kind === DIGIT || code === DOLLAR
}
