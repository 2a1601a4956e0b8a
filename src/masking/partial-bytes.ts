/** `partial` of a cell that is nothing but a card number, written where it stands. */

const STAR = 0x2a
const SHOWN_FIRST = 6
const SHOWN_LAST = 4

/**
 * Truncates the digits `bytes[start..end)` where they are a PAN as `partial` of formats.ts sees it.
 *
 * @returns false, with nothing changed, for anything else.
 */
export function partialInPlace(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start
  if (length < 12 || length > 19) return false
  let sum = 0
  let doubles = false
  for (let at = end - 1; at >= start; at--) {
    const digit = (bytes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return false
    const value = doubles ? 2 * digit : digit
    sum += value > 9 ? value - 9 : value
    doubles = !doubles
  }
  if (sum % 10 !== 0 && !(length >= 16 && isUnionPay(bytes, start))) return false
  for (let at = start + SHOWN_FIRST; at < end - SHOWN_LAST; at++) bytes[at] = STAR
  return true
}

/** Numbers that begin with 62 or 81 may have no valid check digit. */
function isUnionPay(bytes: Uint8Array, start: number): boolean {
  const [first, second] = [bytes[start], bytes[start + 1]]
  return (first === 0x36 && second === 0x32) || (first === 0x38 && second === 0x31)
}
