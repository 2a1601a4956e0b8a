/** What `prescan` says about a text, from its UTF-8 bytes: never less. Ordinary cells are not even decoded. */
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

/** Characters of which no text holds anything. */
export const SHORTEST = 6

export function prescanBytes(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0
  let seen = 0
  for (let i = start; i < end; i++) {
    const bit = BYTE_BITS[bytes[i] as number] as number
    seen |= bit
    digits += bit & IS_DIGIT
  }
  const flags = flagged(digits, seen, end - start)
  return end - start < LONG_WORD_LENGTH ? flags : flags | stretches(bytes, start, end)
}

function stretches(bytes: Uint8Array, start: number, end: number): number {
  const word = hasStretch(bytes, start, end, LONG_WORD_LENGTH, IS_WORD) ? LONG_WORD : NOTHING
  return hasStretch(bytes, start, end, SPELLED_LENGTH, IS_SPELLING) ? word | SPELLED_DIGITS : word
}

/** Looked for from the end of where it would stand: what breaks it there breaks all that begin before. */
function hasStretch(bytes: Uint8Array, start: number, end: number, length: number, kind: number): boolean {
  let from = start
  while (from + length <= end) {
    let at = from + length - 1
    while (at >= from && ((STRETCH_BITS[bytes[at] as number] as number) & kind) !== 0) at--
    if (at < from) return true
    from = at + 1
  }
  return false
}

function flagged(digits: number, seen: number, length: number): number {
  if (digits < 3 && (seen & IS_CONTROL) === 0) return NOTHING
  let flags = digits >= 24 ? VERY_MANY_DIGITS : NOTHING
  flags |= digits >= 12 ? MANY_DIGITS | SOME_DIGITS : digits >= 3 ? SOME_DIGITS : NOTHING
  if ((seen & IS_CONTROL) !== 0 && (digits >= 3 || length >= 12)) flags |= EXOTIC
  if ((seen & IS_ESCAPE) !== 0 && digits >= 12) flags |= ESCAPES
  return flags
}

/** As `BITS`; the first byte of a character beyond ASCII may be that of a digit. */
const BYTE_BITS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 128) return BITS[byte] ?? 0
  return byte < 0xc0 ? IS_CONTROL : IS_CONTROL | IS_DIGIT
})

/** As `BYTE_BITS`; what `prescan` takes no notice of between letters that spell, characters beyond ASCII, counts here. */
const STRETCH_BITS: Uint8Array = BYTE_BITS.map((bits, byte) => (byte < 128 ? bits : IS_SPELLING))

const A = 0x61
const C = 0x63
const D = 0x64
const E = 0x65
const F = 0x66
const I = 0x69
const K = 0x6b
const M = 0x6d
const N = 0x6e
const O = 0x6f
const P = 0x70
const R = 0x72
const S = 0x73
const U = 0x75
const V = 0x76
const Y = 0x79
const Z = 0x7a

/** Whether ASCII text may name a verification code: at least wherever `NAME_SIGN` of sad-finder.ts says so. */
export function mayNameCode(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 2 < end; at++) {
    const first = (bytes[at] ?? 0) | 0x20
    if (first !== C && first !== V && first !== N && first !== Z && first !== K) continue
    const second = (bytes[at + 1] ?? 0) | 0x20
    const third = (bytes[at + 2] ?? 0) | 0x20
    const fourth = at + 3 < end ? (bytes[at + 3] ?? 0) | 0x20 : 0
    if (first === C) {
      if (second === V && (third === C || third === D || third === N || third === V)) return true
      if ((second === A || second === S) && (third === C || third === V)) return true
      if (third === D && (second === I || fourth === E || fourth === I)) return true
      if (second === R && third === Y && fourth === P) return true
    } else if (first === V) {
      if (second === E && third === R && fourth === I) return true
    } else if (first === N) {
      if (second === U && third === M && fourth === M) return true
    } else if (first === Z) {
      if (second === I && third === F && fourth === F) return true
    } else if (second === O && third === D) return true
  }
  return false
}
