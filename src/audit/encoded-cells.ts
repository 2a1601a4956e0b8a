/** What the bytes of a cell say by themselves, without the value that the driver would make of them. */

/** Printable ASCII that JSON writes as it is, between quotes. */
export function isPlainAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (ITS_OWN_JSON[bytes[at] as number] === 0) return false
  return true
}

const ITS_OWN_JSON = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
)

const ZERO = 0x30

/** The number that one to ten digits are of which the first is not 0: its own JSON. -1 for anything else. */
export function smallInteger(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > 10 || bytes[start] === ZERO) return -1
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO
    if (digit < 0 || digit > 9) return -1
    value = 10 * value + digit
  }
  return value
}

const DASH = 0x2d

/**
 * Whether this is a day `YYYY-MM-DD` that begins here when it begins in UTC. The driver reads days as of the place
 * where it runs.
 */
export function isUtcDay(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 10 || bytes[start + 4] !== DASH || bytes[start + 7] !== DASH) return false
  const year = 100 * twoDigits(bytes, start) + twoDigits(bytes, start + 2)
  const month = twoDigits(bytes, start + 5) - 1
  const day = twoDigits(bytes, start + 8)
  if (!(year >= 1_000 && month >= 0 && month < 12 && day >= 1)) return false
  const begins = new Date(year, month, day)
  return begins.getTime() === Date.UTC(year, month, day) && begins.getUTCDate() === day
}

/** NaN where they are none. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - ZERO
  const units = (bytes[at + 1] as number) - ZERO
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? 10 * tens + units : Number.NaN
}
