/** Whether digits of an ASCII text may be codes of other digits, from its bytes. */

const ZERO = 0x30
const NINE = 0x39
const QUOTE = 0x22
const SMALL_D = 0x64
const SMALL_F = 0x66
const COLON = 0x3a
const BACKSLASH = 0x5c
/** As many codes of digits as the shortest card number has digits. */
const ENOUGH = 12
/** Digits of a code; nothing need part it from the next. */
const LEAST = 2
/** Begins the codes of what stands between digits, in hexadecimal. */
const TWO = 0x32

/**
 * Enough digits' codes after one another, with nothing else of digits between. False only where `characterCodes` finds
 * nothing that holds anything.
 */
export function mayBeCodes(bytes: Uint8Array, start: number, end: number): boolean {
  let codes = 0
  // Two digits cannot hide between two looks.
  for (let at = start + 1; at < end; at += 2) {
    if (!isDigit(bytes[at] as number)) continue
    // Too few are left.
    if (end - at + 2 < LEAST * (ENOUGH - codes)) return false
    const first = isDigit(bytes[at - 1] as number) ? at - 1 : at
    while (at + 1 < end && isDigit(bytes[at + 1] as number)) at++
    // Of `392d` the last digit is one of what stands between.
    const all = at + 1 - first
    const length = all % 2 === 1 && isHexGap(bytes, at, end) ? all - 1 : all
    if (length <= 1) continue
    const found = codesIn(bytes, first, length)
    const index = (length === 2 || found === 0) && isIndex(bytes, start, first, at + 1, end)
    if (index) continue
    codes += found
    if (codes >= ENOUGH) return true
    // A digit that begins the code of what stands between two digits.
    if (found === 0 && !(length === 2 && bytes[first] === TWO)) codes = 0
  }
  return false
}

/** How many codes a stretch of digits may be. */
function codesIn(bytes: Uint8Array, at: number, length: number): number {
  if (length === 3) return mayBeOctal(bytes, at) ? 1 : 0
  if (length % 2 !== 0) return 0
  let codes = 0
  for (let pair = at; pair < at + length; pair += 2) {
    const first = bytes[pair] as number
    if (mayBeCode(first)) codes++
    else if (first !== TWO) return 0
  }
  return codes
}

/** Whether digits are the place of a byte among others: `"10":52`. */
function isIndex(bytes: Uint8Array, start: number, at: number, to: number, end: number): boolean {
  if (at === start || bytes[at - 1] !== QUOTE) return false
  let behind = to
  while (behind < end && bytes[behind] === BACKSLASH) behind++
  return behind + 1 < end && bytes[behind] === QUOTE && bytes[behind + 1] === COLON
}

/** `2d`, `2f`: a hyphen or slash in hexadecimal. */
function isHexGap(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== TWO || at + 1 >= end) return false
  const behind = (bytes[at + 1] as number) | 0x20
  return behind === SMALL_D || behind === SMALL_F
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}

/** 48 to 57 are the codes of the digits, and so are 30 to 39 in hexadecimal. */
function mayBeCode(first: number): boolean {
  return first === 0x33 || first === 0x34 || first === 0x35
}

/** 060 to 071, and what may stand between them from 040 on. */
function mayBeOctal(bytes: Uint8Array, at: number): boolean {
  const second = bytes[at + 1] as number
  return bytes[at] === ZERO && second >= 0x34 && second <= 0x37
}
