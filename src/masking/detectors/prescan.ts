/** One cheap pass over a text, to know what looking closer could find. Ordinary cells end here. */
import { digitAt } from './unicode.js'

export const NOTHING = 0
/** At least three digits: a verification code beside its name is possible. */
export const SOME_DIGITS = 1
/** At least twelve. */
export const MANY_DIGITS = 2
/** Characters that fold to others, or to nothing. */
export const EXOTIC = 4
/** An escape character. */
export const ESCAPES = 8
/** A word of 16 characters or more, as encodings are. */
export const LONG_WORD = 16
/** At least twenty-four digits: character codes are possible. */
export const VERY_MANY_DIGITS = 32
/** A long stretch of nothing but letters that the names of digits are made of. */
export const SPELLED_DIGITS = 64

/** Shortest text in which twelve digits are spelled out. */
export const SPELLED_LENGTH = 47
/** Shortest word that may be an encoding. */
export const LONG_WORD_LENGTH = 16

/** What an ASCII character is, as bits. */
export const IS_DIGIT = 1
export const IS_WORD = 2
export const IS_ESCAPE = 4
export const IS_CONTROL = 8
export const IS_SPELLING = 16
export const BITS: Uint8Array = bits()

function bits(): Uint8Array {
  const table = new Uint8Array(128)
  for (let code = 0; code < 32; code++) if (code < 9 || code > 13) table[code] = IS_CONTROL
  table[127] = IS_CONTROL
  for (let code = 0; code < 128; code++) {
    if (/[A-Za-z0-9+/]/.test(String.fromCharCode(code))) table[code] = IS_WORD
  }
  for (const char of '0123456789') table[char.charCodeAt(0)] = IS_WORD | IS_DIGIT
  for (const char of '%\\&=<') table[char.charCodeAt(0)] = IS_ESCAPE
  for (const char of 'zerontwhfuivsxgZERONTWHFUIVSXG \t\n\r,.-') {
    const code = char.charCodeAt(0)
    table[code] = (table[code] ?? 0) | IS_SPELLING
  }
  return table
}

export function prescan(text: string): number {
  let digits = 0
  let word = 0
  let longest = 0
  let spelling = 0
  let spelled = 0
  let seen = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 128) {
      seen |= IS_CONTROL
      word = 0
      if (digitAt(text, i) >= 0) digits++
      continue
    }
    const bit = BITS[code] ?? 0
    seen |= bit
    digits += bit & IS_DIGIT
    if ((bit & IS_WORD) === 0) word = 0
    else if (++word > longest) longest = word
    if ((bit & IS_SPELLING) === 0) spelling = 0
    else if (++spelling > spelled) spelled = spelling
  }
  let flags = digits >= 24 ? VERY_MANY_DIGITS : NOTHING
  flags |= digits >= 12 ? MANY_DIGITS | SOME_DIGITS : digits >= 3 ? SOME_DIGITS : NOTHING
  if ((seen & IS_CONTROL) !== 0 && (digits >= 3 || text.length >= 12)) flags |= EXOTIC
  if ((seen & IS_ESCAPE) !== 0 && digits >= 12) flags |= ESCAPES
  if (spelled >= SPELLED_LENGTH) flags |= SPELLED_DIGITS
  if (longest >= LONG_WORD_LENGTH) flags |= LONG_WORD
  return flags
}
