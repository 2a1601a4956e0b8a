/** What many digits of an ASCII text may be, from its bytes: mostly groups too far apart to be one number. */
import { isSeparator } from './pan/digit-run.js'
import { hasStretch } from './stretch.js'

const ZERO = 0x30
const NINE = 0x39

const DIGIT = 1
const GAP = 2
const KIND: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= ZERO && byte <= NINE) return DIGIT
  return byte < 128 && isSeparator(byte) ? GAP : 0
})

/** Stands between the parts of a magnetic stripe, wherever its digits stand. */
const CARET = 0x5e
/** As many digits, or codes of digits, as the shortest number has. */
const ENOUGH = 12
/** Characters that `DigitRun` lets stand between two groups of one number, at most. */
const WIDEST_GAP = 6
/** Begins the codes of what stands between digits, in hexadecimal. */
const TWO = 0x32

/**
 * False only where `PanFinder`, the patterns of magnetic stripes and `characterCodes` find nothing in the text that
 * these bytes are. A verification code is not looked for.
 */
export function mayHoldNumber(bytes: Uint8Array, start: number, end: number): boolean {
  const caret = bytes.indexOf(CARET, start)
  if (caret >= 0 && caret < end) return true
  if (hasStretch(bytes, start, end, ENOUGH, KIND, DIGIT | GAP) && mayBeGrouped(bytes, start, end)) return true
  return mayBeCodes(bytes, start, end)
}

/** Enough digits with nothing but narrow gaps between them. */
function mayBeGrouped(bytes: Uint8Array, start: number, end: number): boolean {
  let digits = 0
  let gap = 0
  for (let at = start; at < end; at++) {
    const kind = KIND[bytes[at] as number] as number
    if (kind === DIGIT) {
      if (++digits >= ENOUGH) return true
      gap = 0
    } else if (kind !== GAP || ++gap > WIDEST_GAP) digits = 0
  }
  return false
}

/** Enough digits' codes after one another, with nothing else of digits between. */
function mayBeCodes(bytes: Uint8Array, start: number, end: number): boolean {
  let codes = 0
  // Two digits cannot hide between two looks.
  for (let at = start + 1; at < end; at += 2) {
    if (!isDigit(bytes[at])) continue
    const first = isDigit(bytes[at - 1]) && at > start ? at - 1 : at
    while (at + 1 < end && isDigit(bytes[at + 1])) at++
    const length = at + 1 - first
    const code = length === 2 ? mayBeCode(bytes, first) : length === 3 && mayBeOctal(bytes, first)
    if (code) {
      if (++codes >= ENOUGH) return true
    } else if (length !== 1 && !(length === 2 && bytes[first] === TWO)) codes = 0
  }
  return false
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

/** 48 to 57 are the codes of the digits, and so are 30 to 39 in hexadecimal. */
function mayBeCode(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at] as number
  return first === 0x33 || first === 0x34 || first === 0x35
}

/** 060 to 071, and what may stand between them from 040 on. */
function mayBeOctal(bytes: Uint8Array, at: number): boolean {
  const second = bytes[at + 1] as number
  return bytes[at] === ZERO && second >= 0x34 && second <= 0x37
}
