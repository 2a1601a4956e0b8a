/** `partial` of a cell that is nothing but a card number, written where it stands. */

const ZERO = 0x30
const STAR = 0x2a
/** What a digit in every second place counts. */
const DOUBLED: Uint8Array = Uint8Array.of(0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
const SHOWN_FIRST = 6
const SHOWN_LAST = 4

/**
 * Truncates the digits `bytes[start..end)` where they are a PAN as `partial` of formats.ts sees it.
 *
 * @returns false, with nothing changed, for anything else.
 */
export function partialInPlace(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start
  // Zeros that fill a number up are no part of it.
  if (length < 12 || length > 19 || bytes[start] === ZERO) return false
  let sum = 0
  let at = end - 1
  for (; at > start; at -= 2) {
    const digit = (bytes[at] as number) - ZERO
    const next = (bytes[at - 1] as number) - ZERO
    if (digit < 0 || digit > 9 || next < 0 || next > 9) return false
    sum += digit + (DOUBLED[next] as number)
  }
  if (at === start) {
    const digit = (bytes[at] as number) - ZERO
    if (digit < 0 || digit > 9) return false
    sum += digit
  }
  if (sum % 10 !== 0 && !(length >= 16 && isUnionPay(bytes, start))) return false
  for (let hidden = start + SHOWN_FIRST; hidden < end - SHOWN_LAST; hidden++) bytes[hidden] = STAR
  return true
}

/** Numbers that begin with 62 or 81 may have no valid check digit. */
function isUnionPay(bytes: Uint8Array, start: number): boolean {
  const [first, second] = [bytes[start], bytes[start + 1]]
  return (first === 0x36 && second === 0x32) || (first === 0x38 && second === 0x31)
}
