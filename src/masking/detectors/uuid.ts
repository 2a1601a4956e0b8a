/** UUIDs in their usual form (RFC 9562, section 4): in one that stands alone no detector finds anything, whatever its digits. */

const LENGTH = 36
const HYPHENS: readonly number[] = [8, 13, 18, 23]
const HYPHEN = 0x2d
const IS_HEX: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  code < 0x80 && /[0-9a-f]/i.test(String.fromCharCode(code)) ? 1 : 0,
)

/** Whether the bytes are those of a UUID in ASCII and nothing else. */
export function isUuidText(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== LENGTH) return false
  for (const at of HYPHENS) if (bytes[start + at] !== HYPHEN) return false
  let digits = 0
  for (let at = start; at < end; at++) digits += IS_HEX[bytes[at] as number] as number
  return digits === LENGTH - HYPHENS.length
}
