/** What one cheap pass over a text tells of it, to know what looking closer could find. Ordinary cells end there. */

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
/** Some of the digits may be a verification code, and a name of one may stand before. */
export const NAMED_DIGITS = 128
/** What stands between the parts of a magnetic stripe, among enough digits for one. */
export const STRIPE = 256

/** Shortest text in which twelve digits are spelled out. */
export const SPELLED_LENGTH = 47
/** Shortest word that may be an encoding. */
export const LONG_WORD_LENGTH = 16

/** What a byte of UTF-8 is, as bits. */
export const IS_DIGIT = 1
export const IS_WORD = 2
export const IS_ESCAPE = 4
/** A control character but white space, or of a character beyond ASCII. */
export const IS_CONTROL = 8
export const IS_SPELLING = 16
export const IS_CARET = 32
/** A letter beyond those of hexadecimal numbers, of which every name of a code has one. */
export const IS_NAMING = 64
/** With the first byte of a character beyond ASCII, which may be that of a digit. */
export const BITS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => bitsOf(byte))

function bitsOf(byte: number): number {
  if (byte >= 0x80) return IS_CONTROL | IS_NAMING | (byte < 0xc0 ? 0 : IS_DIGIT)
  const char = String.fromCharCode(byte)
  const kinds: readonly (readonly [bit: number, of: RegExp])[] = [
    [IS_DIGIT, /[0-9]/],
    [IS_WORD, /[A-Za-z0-9+/]/],
    [IS_ESCAPE, /[%\\&=<]/],
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
    [IS_CONTROL, /[\0-\x08\x0e-\x1f\x7f]/],
    [IS_SPELLING, /[zerontwhfuivsxg \t\n\r,.-]/i],
    [IS_CARET, /\^/],
    [IS_NAMING, /[g-z]/i],
  ]
  return kinds.reduce((bits, [bit, of]) => (of.test(char) ? bits | bit : bits), 0)
}
