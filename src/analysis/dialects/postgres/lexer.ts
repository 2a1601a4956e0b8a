/**
 * The tokens of a statement, told apart by their characters alone. They decide nothing about meaning.
 * Assumes `standard_conforming_strings = on`, which the gateway and the Knex enforcement point pin.
 */

/** Parameters are literals here. Operators stand together as they are written: `=-1` begins with `=-`. */
export type TokenKind = 'word' | 'quoted' | 'literal' | 'operator' | 'punctuation'

/** What a character can begin, or be part of. Any beyond ASCII is part of a word. */
const PUNCTUATION = 0
const LETTER = 1
const DIGIT = 2
const OPERATOR = 3
const CLASSES = classes()

function classes(): Uint8Array {
  const table = new Uint8Array(128).fill(PUNCTUATION)
  for (const char of '0123456789') table[char.charCodeAt(0)] = DIGIT
  for (const char of '-+*/<>=~!@#%^&|`?') table[char.charCodeAt(0)] = OPERATOR
  for (const char of 'abcdefghijklmnopqrstuvwxyz_') {
    table[char.charCodeAt(0)] = LETTER
    table[char.toUpperCase().charCodeAt(0)] = LETTER
  }
  return table
}

/** Behind the end of the text: punctuation. */
function classAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code < 128 ? (CLASSES[code] ?? PUNCTUATION) : at < text.length ? LETTER : PUNCTUATION
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const DOUBLE_QUOTE = 34
const DOLLAR = 36
const AMPERSAND = 38
const QUOTE = 39
const STAR = 42
const PLUS = 43
const MINUS = 45
const POINT = 46
const SLASH = 47
const ZERO = 48
const COLON = 58
const BACKSLASH = 92
const UNDERSCORE = 95
/** Makes a letter of ASCII lower case. */
const LOWER = 32
const B = 98
const E = 101
const N = 110
const O = 111
const U = 117
const X = 120

/**
 * Goes over a text token by token, without an object for each.
 *
 * @example
 * const token = new PostgresTokens('select 1')
 * while (token.next()) console.log(token.kind, token.start, token.end) // word 0 6, literal 7 8
 */
export class PostgresTokens {
  kind: TokenKind = 'punctuation'
  /** In UTF-16 code units. */
  start = 0
  end = 0
  /** False for a quote or a dollar quote that never ends; the rest of the text is in it. */
  closed = true

  constructor(readonly text: string) {}

  /** @returns false behind the last token. */
  next(): boolean {
    const { text } = this
    const start = skipBlank(text, this.end)
    this.start = start
    if (start >= text.length) return false
    switch (classAt(text, start)) {
      case LETTER:
        this.word(start)
        break
      case DIGIT:
        this.take('literal', numberEnd(text, start))
        break
      case OPERATOR:
        this.take('operator', operatorEnd(text, start))
        break
      default:
        this.sign(start, text.charCodeAt(start))
    }
    return true
  }

  private take(kind: TokenKind, end: number): void {
    this.kind = kind
    this.end = end
  }

  private word(start: number): void {
    const { text } = this
    const end = wordEnd(text, start)
    if (end !== start + 1 || !this.prefixed(text.charCodeAt(start) | LOWER, end)) this.take('word', end)
  }

  /** `e'…'`, `b'…'`, `x'…'`, `n'…'`, `u&'…'` and `u&"…"`. */
  private prefixed(prefix: number, at: number): boolean {
    const { text } = this
    const next = text.charCodeAt(at)
    if (next === QUOTE) {
      const known = prefix === E || prefix === B || prefix === X || prefix === N
      if (known) this.quote('literal', at, QUOTE, prefix === E)
      return known
    }
    if (prefix !== U || next !== AMPERSAND) return false
    const quote = text.charCodeAt(at + 1)
    if (quote === QUOTE) this.quote('literal', at + 1, QUOTE, false)
    else if (quote === DOUBLE_QUOTE) this.quote('quoted', at + 1, DOUBLE_QUOTE, false)
    else return false
    return true
  }

  private quote(kind: TokenKind, open: number, quote: number, backslashes: boolean): void {
    const { text } = this
    this.kind = kind
    let at = open + 1
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === BACKSLASH && backslashes) at++
      else if (code === quote) {
        if (text.charCodeAt(at + 1) !== quote) break
        at++
      }
    }
    this.closed = at < text.length
    this.end = this.closed ? at + 1 : text.length
  }

  private sign(start: number, code: number): void {
    const { text } = this
    if (code === QUOTE) this.quote('literal', start, QUOTE, false)
    else if (code === DOUBLE_QUOTE) this.quote('quoted', start, DOUBLE_QUOTE, false)
    else if (code === DOLLAR) this.dollar(start)
    else if (code === POINT && classAt(text, start + 1) === DIGIT)
      this.take('literal', numberEnd(text, start))
    else if (code === COLON && text.charCodeAt(start + 1) === COLON) this.take('operator', start + 2)
    else this.take('punctuation', start + 1)
  }

  /** `$1`, `$$…$$`, `$tag$…$tag$`. */
  private dollar(start: number): void {
    const { text } = this
    if (classAt(text, start + 1) === DIGIT) {
      let at = start + 2
      while (classAt(text, at) === DIGIT) at++
      this.take('literal', at)
      return
    }
    let open = start + 1
    while (isWordly(classAt(text, open))) open++
    if (text.charCodeAt(open) !== DOLLAR) {
      this.take('punctuation', start + 1)
      return
    }
    const tag = text.slice(start, open + 1)
    const close = text.indexOf(tag, open + 1)
    this.closed = close >= 0
    this.take('literal', close < 0 ? text.length : close + tag.length)
  }
}

/** Where the next token begins: behind blanks and comments. */
export function skipBlank(text: string, start: number): number {
  let at = start
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === 32 || (code >= 9 && code <= 13)) at++
    else if (code === MINUS && text.charCodeAt(at + 1) === MINUS) at = lineEnd(text, at)
    else if (code === SLASH && text.charCodeAt(at + 1) === STAR) at = commentEnd(text, at)
    else return at
  }
}

function lineEnd(text: string, start: number): number {
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === LINE_FEED || code === CARRIAGE_RETURN) break
  }
  return at
}

/** Comments nest. */
function commentEnd(text: string, start: number): number {
  let depth = 0
  let at = start
  while (at < text.length) {
    const code = text.charCodeAt(at)
    const next = text.charCodeAt(at + 1)
    if (code === SLASH && next === STAR) {
      depth++
      at += 2
    } else if (code === STAR && next === SLASH) {
      depth--
      at += 2
      if (depth === 0) return at
    } else at++
  }
  return at
}

function isWordly(kind: number): boolean {
  return kind === LETTER || kind === DIGIT
}

function wordEnd(text: string, start: number): number {
  let at = start + 1
  while (isWordly(classAt(text, at)) || text.charCodeAt(at) === DOLLAR) at++
  return at
}

function operatorEnd(text: string, start: number): number {
  let at = start + 1
  for (; classAt(text, at) === OPERATOR; at++) {
    const code = text.charCodeAt(at)
    const next = text.charCodeAt(at + 1)
    if ((code === MINUS && next === MINUS) || (code === SLASH && next === STAR)) break
  }
  return at
}

/** From a digit, or a point before one. */
function numberEnd(text: string, start: number): number {
  const based = text.charCodeAt(start) === ZERO ? basedEnd(text, start + 1) : start
  if (based > start) return based
  let at = digitsEnd(text, start)
  // `1..2` is a range, and no number with a point.
  if (text.charCodeAt(at) === POINT && (at === start || text.charCodeAt(at + 1) !== POINT))
    at = digitsEnd(text, at + 1)
  if ((text.charCodeAt(at) | LOWER) !== E) return at
  const sign = text.charCodeAt(at + 1)
  const exponent = sign === PLUS || sign === MINUS ? at + 2 : at + 1
  return classAt(text, exponent) === DIGIT ? digitsEnd(text, exponent) : at
}

/** `0x1f`, `0o17`, `0b11`, from behind the 0; no place behind it for anything else. */
function basedEnd(text: string, at: number): number {
  const base = text.charCodeAt(at) | LOWER
  if (base !== X && base !== O && base !== B) return -1
  let end = at + 1
  while (text.charCodeAt(end) < 128 && isWordly(classAt(text, end))) end++
  return end > at + 1 ? end : -1
}

function digitsEnd(text: string, start: number): number {
  let at = start
  while (classAt(text, at) === DIGIT || text.charCodeAt(at) === UNDERSCORE) at++
  return at
}
