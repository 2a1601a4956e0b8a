/**
 * Whether a text of which one card number is masked need not be looked at again, as most need not: no other was taken
 * for something else because of it, and what is left of it makes no number and no long word with what stands beside.
 */
import { codeAt } from './code-units.js'
import { KIND, SHORTEST } from './pan/digit-run.js'
import { BITS, IS_DIGIT, IS_WORD, LONG_WORD_LENGTH } from './prescan.js'
import { holdsLongWord } from './prescan-bytes.js'
import type { View } from './view.js'

/** Digits that are left of a number at its beginning and at its end. */
const FIRST = 6
const LAST = 4
/** As many digits may be codes of others. */
const FEWEST_CODED = 24
/** Digits and points or commas that make a mantissa with the last four digits. */
const FEWEST_OF_MANTISSA = 6
const POINT = 0x2e
const COMMA = 0x2c

/** @param start of the only card number of the view */
export function leavesNoNumber(view: View, start: number, end: number): boolean {
  return (
    digitsBefore(view, start) + FIRST < SHORTEST &&
    digitsBehind(view, end) + LAST < SHORTEST &&
    !mayBeMantissa(view, end)
  )
}

/** With nothing but separators between, as far as they count. */
function digitsBefore({ bytes }: View, start: number): number {
  let digits = 0
  for (let at = start - 1; at >= 0 && KIND[bytes[at] as number] !== 0; at--) {
    if (isDigit(bytes[at] as number) && ++digits === FIRST) break
  }
  return digits
}

function digitsBehind({ bytes, length }: View, end: number): number {
  let digits = 0
  for (let at = end; at < length && KIND[bytes[at] as number] !== 0; at++) {
    if (isDigit(bytes[at] as number) && ++digits === SHORTEST - LAST) break
  }
  return digits
}

function mayBeMantissa({ bytes, length }: View, end: number): boolean {
  let at = end
  while (at < length && isInMantissa(bytes[at] as number)) at++
  return at - end >= FEWEST_OF_MANTISSA
}

function isInMantissa(byte: number): boolean {
  return isDigit(byte) || byte === POINT || byte === COMMA
}

/** Whether too few digits are left to be codes of others. */
export function leavesNoCodes({ bytes, length }: View, start: number, end: number): boolean {
  let digits = FIRST + LAST
  for (let at = 0; at < start; at++) digits += (BITS[bytes[at] as number] as number) & IS_DIGIT
  for (let at = end; at < length; at++) digits += (BITS[bytes[at] as number] as number) & IS_DIGIT
  return digits < FEWEST_CODED
}

/** Whether the number, which is a stretch of the text itself, leaves no word that may be an encoding. */
export function leavesNoWord(text: string, start: number, end: number): boolean {
  let before = 0
  while (start - before > 0 && isInWord(text, start - before - 1) && before < LONG_WORD_LENGTH) before++
  let behind = 0
  while (end + behind < text.length && isInWord(text, end + behind) && behind < LONG_WORD_LENGTH) behind++
  return before + FIRST < LONG_WORD_LENGTH && behind + LAST < LONG_WORD_LENGTH
}

/** Whether there is no such word but for the one that the number is a part of. */
export function isOnlyWord(text: string, start: number, end: number): boolean {
  return !holdsLongWord(text, 0, start) && !holdsLongWord(text, end, text.length)
}

function isInWord(text: string, at: number): boolean {
  const code = codeAt(text, at)
  return code < 0x80 && ((BITS[code] as number) & IS_WORD) !== 0
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
