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
  return end - start < LONG_WORD_LENGTH ? short(bytes, start, end) : long(bytes, start, end)
}

/** Too short for encodings and spelled numbers. */
function short(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0
  let seen = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    const bit = BYTE_BITS[byte] ?? 0
    seen |= bit
    digits += bit & IS_DIGIT
  }
  return flagged(digits, seen, end - start)
}

function long(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0
  let seen = 0
  let word = 0
  let longest = 0
  let spelling = 0
  let spelled = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    const bit = BYTE_BITS[byte] ?? 0
    seen |= bit
    digits += bit & IS_DIGIT
    if ((bit & IS_WORD) === 0) word = 0
    else if (++word > longest) longest = word
    if ((bit & IS_SPELLING) !== 0) {
      if (++spelling > spelled) spelled = spelling
    } else if (byte < 128) spelling = 0
  }
  let flags = flagged(digits, seen, end - start)
  if (spelled >= SPELLED_LENGTH) flags |= SPELLED_DIGITS
  if (longest >= LONG_WORD_LENGTH) flags |= LONG_WORD
  return flags
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

const [A, C, D, E, F, I, K, M, N, O, R, S, U, V, Y, Z] = [
  0x61, 0x63, 0x64, 0x65, 0x66, 0x69, 0x6b, 0x6d, 0x6e, 0x6f, 0x72, 0x73, 0x75, 0x76, 0x79, 0x7a,
] as const

/** Whether ASCII text may name a verification code: at least wherever `NAME_SIGN` of sad-finder.ts says so. */
export function mayNameCode(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 2 < end; at++) {
    const first = (bytes[at] ?? 0) | 0x20
    if (first !== C && first !== V && first !== N && first !== Z && first !== K) continue
    const second = (bytes[at + 1] ?? 0) | 0x20
    const third = (bytes[at + 2] ?? 0) | 0x20
    switch (first) {
      case C:
        if (second === V || ((second === A || second === S) && (third === C || third === V))) return true
        if (third === D || (second === R && third === Y)) return true
        break
      case V:
        if (second === E && third === R) return true
        break
      case N:
        if (second === U && third === M) return true
        break
      case Z:
        if (second === I && third === F) return true
        break
      default:
        if (first === K && second === O && third === D) return true
    }
  }
  return false
}
