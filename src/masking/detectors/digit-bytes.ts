/** What many digits of an ASCII text may be, from its bytes: mostly groups too far apart to be one number. */
import { isSeparator } from './pan/digit-run.js'

const ZERO = 0x30
const NINE = 0x39

const BREAK = 0
const DIGIT = 1
const GAP = 2
/** Stands between the parts of a magnetic stripe, wherever its digits stand. */
const CARET = 3

const KIND: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= ZERO && byte <= NINE) return DIGIT
  if (byte === 0x5e) return CARET
  return byte < 128 && isSeparator(byte) ? GAP : BREAK
})

/** As many digits, or codes of digits, as the shortest number has. */
const ENOUGH = 12
/** Characters that `DigitRun` lets stand between two groups of one number, at most. */
const WIDEST_GAP = 6

/**
 * False only where `PanFinder`, the patterns of magnetic stripes and `characterCodes` find nothing in the text that
 * these bytes are. A verification code is not looked for.
 */
export function mayHoldNumber(bytes: Uint8Array, start: number, end: number): boolean {
  let digits = 0
  let codes = 0
  let gap = 0
  for (let at = start; at < end; at++) {
    const kind = KIND[bytes[at] as number] as number
    if (kind === DIGIT) {
      const from = at
      while (at + 1 < end && KIND[bytes[at + 1] as number] === DIGIT) at++
      digits += at + 1 - from
      if (at === from + 1 && mayBeCode(bytes, start, from)) codes++
      if (digits >= ENOUGH || codes >= ENOUGH) return true
      gap = 0
    } else if (kind === CARET) return true
    else if (kind === BREAK || ++gap > WIDEST_GAP) digits = 0
  }
  return false
}

/** Two digits: 48 to 57 are those of the digits, and so are 30 to 39 behind an `x`. */
function mayBeCode(bytes: Uint8Array, start: number, at: number): boolean {
  const first = bytes[at] as number
  if (first === 0x34 || first === 0x35) return true
  return first === 0x33 && at > start && ((bytes[at - 1] as number) | 0x20) === 0x78
}
