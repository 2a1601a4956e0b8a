/** A card number as `truncated` shows it, straight from the bytes of the text that it stands in. */
import { truncated } from '../formats.js'

const ZERO = 0x30
const NINE = 0x39
/** Digits that are shown, of numbers of `FEWEST` digits or more. */
const FIRST = 6
const LAST = 4
const FEWEST = 12
const MOST = 64

/** What stands for the others, by the number of all digits. */
const HIDDEN: readonly string[] = Array.from({ length: MOST }, (_, count) =>
  truncated('0'.repeat(count)).slice(FIRST, -LAST),
)

/** @param end of a stretch of digits and separators. Zeros at its beginning do not count. */
export function truncatedIn(bytes: Uint8Array, start: number, end: number): string {
  let from = start
  while (from < end && bytes[from] === ZERO) from++
  let count = 0
  for (let at = from; at < end; at++) if (isDigit(bytes[at] as number)) count++
  if (count < FEWEST || count >= MOST) return truncated(digitsOf(bytes, from, end))
  return first(bytes, from) + HIDDEN[count] + last(bytes, end)
}

/** Put together in one call: character by character it takes ten times as long. */
function first(bytes: Uint8Array, from: number): string {
  const a = next(bytes, from)
  const b = next(bytes, a + 1)
  const c = next(bytes, b + 1)
  const d = next(bytes, c + 1)
  const e = next(bytes, d + 1)
  const f = next(bytes, e + 1)
  return String.fromCharCode(
    at(bytes, a),
    at(bytes, b),
    at(bytes, c),
    at(bytes, d),
    at(bytes, e),
    at(bytes, f),
  )
}

function last(bytes: Uint8Array, end: number): string {
  const d = previous(bytes, end - 1)
  const c = previous(bytes, d - 1)
  const b = previous(bytes, c - 1)
  const a = previous(bytes, b - 1)
  return String.fromCharCode(at(bytes, a), at(bytes, b), at(bytes, c), at(bytes, d))
}

function at(bytes: Uint8Array, place: number): number {
  return bytes[place] as number
}

function digitsOf(bytes: Uint8Array, from: number, end: number): string {
  let digits = ''
  for (let at = from; at < end; at++) {
    const byte = bytes[at] as number
    if (isDigit(byte)) digits += String.fromCharCode(byte)
  }
  return digits
}

function next(bytes: Uint8Array, from: number): number {
  let at = from
  while (!isDigit(bytes[at] as number)) at++
  return at
}

function previous(bytes: Uint8Array, from: number): number {
  let at = from
  while (!isDigit(bytes[at] as number)) at--
  return at
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}
