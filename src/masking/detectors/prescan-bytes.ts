/** What `prescan` says about a text, from its UTF-8 bytes: never less. Ordinary cells are not even decoded. */
import { mayNameCode } from './code-names.js'
import {
  BITS,
  ESCAPES,
  EXOTIC,
  IS_CONTROL,
  IS_DIGIT,
  IS_ESCAPE,
  IS_SPELLING,
  IS_WORD,
  LONG_WORD,
  LONG_WORD_LENGTH,
  MANY_DIGITS,
  NOTHING,
  SOME_DIGITS,
  SPELLED_DIGITS,
  SPELLED_LENGTH,
  VERY_MANY_DIGITS,
} from './prescan.js'
import { stretchAt } from './stretch.js'

/** Characters of which no text holds anything. */
export const SHORTEST = 6

/** Only `prescanBytes` says so: some of the digits may be a verification code, and a name of one may stand before. */
export const NAMED_DIGITS = 128
/** Only `prescanBytes` says so: what stands between the parts of a magnetic stripe, among enough digits for one. */
export const STRIPE = 256

/** Beside the bits of `BITS`: a caret; a letter beyond those of hexadecimal numbers, of which every name of a code has one. */
const IS_CARET = 32
const IS_NAMING = 64

export function prescanBytes(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0
  let seen = 0
  let at = start
  // Two at a time, and without a branch: most of what is read from a database passes here.
  for (; at + 1 < end; at += 2) {
    const one = BYTE_BITS[bytes[at] as number] as number
    const two = BYTE_BITS[bytes[at + 1] as number] as number
    seen |= one | two
    digits += (one & IS_DIGIT) + (two & IS_DIGIT)
  }
  if (at < end) {
    const one = BYTE_BITS[bytes[at] as number] as number
    seen |= one
    digits += one & IS_DIGIT
  }
  let flags = flagged(digits, seen, end - start)
  if (digits >= SHORTEST_CODE && (seen & IS_NAMING) !== 0 && mayHoldNamed(bytes, start, end)) {
    flags |= NAMED_DIGITS
  }
  return end - start < LONG_WORD_LENGTH ? flags : flags | stretches(bytes, start, end)
}

/** Digits that `CODE` of sad-finder.ts finds in one stretch: 3 or 4 of the code, behind an escape or a 2 of its name. */
const SHORTEST_CODE = 3
const LONGEST_CODE = 8

/** Stretches of digits are quickly looked at in a short text; in a long one it pays to look for a name at all first. */
const LONG_TEXT = 1_024

/** Whether a verification code may stand behind its name in these bytes of ASCII text. */
export function mayHoldNamed(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > LONG_TEXT && !mayNameCode(bytes, start, end)) return false
  return mayNameCode(bytes, start, lastCode(bytes, start, end))
}

/** Where the last stretch of digits begins that may be a verification code; its name stands before. `start` where there is none. */
function lastCode(bytes: Uint8Array, start: number, end: number): number {
  // The shortest one cannot hide between two looks.
  for (let at = end - 1; at >= start; at -= SHORTEST_CODE) {
    if (!isDigit(bytes[at] as number)) continue
    let last = at
    while (last + 1 < end && isDigit(bytes[last + 1] as number)) last++
    while (at > start && isDigit(bytes[at - 1] as number)) at--
    const length = last + 1 - at
    if (length >= SHORTEST_CODE && length <= LONGEST_CODE) return at
  }
  return start
}

function stretches(bytes: Uint8Array, start: number, end: number): number {
  const word = stretchAt(bytes, start, end, LONG_WORD_LENGTH, STRETCH_BITS, IS_WORD) < 0 ? NOTHING : LONG_WORD
  return stretchAt(bytes, start, end, SPELLED_LENGTH, STRETCH_BITS, IS_SPELLING) < 0
    ? word
    : word | SPELLED_DIGITS
}

function flagged(digits: number, seen: number, length: number): number {
  if (digits < 3 && (seen & IS_CONTROL) === 0) return NOTHING
  let flags = digits >= 24 ? VERY_MANY_DIGITS : NOTHING
  flags |= digits >= 12 ? MANY_DIGITS | SOME_DIGITS : digits >= 3 ? SOME_DIGITS : NOTHING
  if ((seen & IS_CONTROL) !== 0 && (digits >= 3 || length >= 12)) flags |= EXOTIC
  if (digits >= 12 && (seen & IS_ESCAPE) !== 0) flags |= ESCAPES
  if (digits >= 12 && (seen & IS_CARET) !== 0) flags |= STRIPE
  return flags
}

/** As `BITS`, and more; the first byte of a character beyond ASCII may be that of a digit. */
const BYTE_BITS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 128) return IS_CONTROL | IS_NAMING | (byte < 0xc0 ? 0 : IS_DIGIT)
  const char = String.fromCharCode(byte)
  return (BITS[byte] ?? 0) | (char === '^' ? IS_CARET : 0) | (/[g-z]/i.test(char) ? IS_NAMING : 0)
})

/** As `BYTE_BITS`; what `prescan` takes no notice of between letters that spell, characters beyond ASCII, counts here. */
const STRETCH_BITS: Uint8Array = BYTE_BITS.map((bits, byte) => (byte < 128 ? bits : IS_SPELLING))

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
