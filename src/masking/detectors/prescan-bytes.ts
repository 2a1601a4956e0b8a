/** What a text may hold, from its UTF-8 bytes or from its characters. */
import { mayNameCode } from './code-names.js'
import { codeAt } from './code-units.js'
import {
  BITS,
  ESCAPES,
  EXOTIC,
  IS_CARET,
  IS_CONTROL,
  IS_DIGIT,
  IS_ESCAPE,
  IS_NAMING,
  IS_SPELLING,
  IS_WORD,
  LONG_WORD,
  LONG_WORD_LENGTH,
  MANY_DIGITS,
  NAMED_DIGITS,
  NOTHING,
  SOME_DIGITS,
  SPELLED_DIGITS,
  SPELLED_LENGTH,
  STRIPE,
  VERY_MANY_DIGITS,
} from './prescan.js'
import { stretchAt } from './stretch.js'

/** Characters of which no text holds anything. */
export const SHORTEST = 6

/** Ordinary cells are not even decoded. */
export function prescanBytes(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0
  let seen = 0
  let at = start
  // Two at a time, and without a branch: most of what is read from a database passes here.
  for (; at + 1 < end; at += 2) {
    const one = BITS[bytes[at] as number] as number
    const two = BITS[bytes[at + 1] as number] as number
    seen |= one | two
    digits += (one & IS_DIGIT) + (two & IS_DIGIT)
  }
  if (at < end) {
    const one = BITS[bytes[at] as number] as number
    seen |= one
    digits += one & IS_DIGIT
  }
  return flagged(bytes, start, end, digits, seen)
}

/**
 * @param digits how many of the bytes may be digits, or their first
 * @param seen what the bytes are, as bits of `BITS`
 */
export function flagged(bytes: Uint8Array, start: number, end: number, digits: number, seen: number): number {
  let flags = counted(digits, seen, end - start)
  if (digits >= SHORTEST_CODE && (seen & IS_NAMING) !== 0 && mayHoldNamed(bytes, start, end)) {
    flags |= NAMED_DIGITS
  }
  if (end - start < LONG_WORD_LENGTH) return flags
  if (stretchAt(bytes, start, end, LONG_WORD_LENGTH, BITS, IS_WORD) >= 0) flags |= LONG_WORD
  if (stretchAt(bytes, start, end, SPELLED_LENGTH, STRETCH_BITS, IS_SPELLING) >= 0) flags |= SPELLED_DIGITS
  return flags
}

/** What the numbers of digits and of characters tell, and the kinds of them. */
export function counted(digits: number, seen: number, length: number): number {
  if (digits < 3 && (seen & IS_CONTROL) === 0) return NOTHING
  let flags = digits >= 24 ? VERY_MANY_DIGITS : NOTHING
  flags |= digits >= 12 ? MANY_DIGITS | SOME_DIGITS : digits >= 3 ? SOME_DIGITS : NOTHING
  if ((seen & IS_CONTROL) !== 0 && (digits >= 3 || length >= 12)) flags |= EXOTIC
  if (digits >= 12 && (seen & IS_ESCAPE) !== 0) flags |= ESCAPES
  if (digits >= 12 && (seen & IS_CARET) !== 0) flags |= STRIPE
  return flags
}

/** Likewise, how long words are, from the characters; those beyond ASCII part them. */
export function stretched(text: string): number {
  const { length } = text
  let flags = NOTHING
  if (holdsLongWord(text, 0, length)) flags |= LONG_WORD
  if (isStretchIn(text, 0, length, SPELLED_LENGTH, IS_SPELLING)) flags |= SPELLED_DIGITS
  return flags
}

/** Whether there is a word that may be an encoding in a stretch of the text. */
export function holdsLongWord(text: string, start: number, end: number): boolean {
  return isStretchIn(text, start, end, LONG_WORD_LENGTH, IS_WORD)
}

/** As `stretchAt`. */
function isStretchIn(text: string, start: number, end: number, length: number, kind: number): boolean {
  for (let from = start; from + length <= end; ) {
    let at = from + length - 1
    while (at >= from && (kindsAt(text, at) & kind) !== 0) at--
    if (at < from) return true
    from = at + 1
  }
  return false
}

function kindsAt(text: string, at: number): number {
  const code = codeAt(text, at)
  return code < 0x80 ? (STRETCH_BITS[code] as number) : IS_SPELLING
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

/** As `BITS`. Characters beyond ASCII between letters that spell count as such. */
const STRETCH_BITS: Uint8Array = BITS.map((bits, byte) => (byte < 0x80 ? bits : IS_SPELLING))

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
