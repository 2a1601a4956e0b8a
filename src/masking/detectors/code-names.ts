/**
 * Whether ASCII bytes may name a verification code. All signs are looked for in one pass without a branch, each
 * place of each as one bit of a state (Baeza-Yates and Gonnet, "A New Approach to Text Searching", CACM 35, 1992).
 */

/** At least what `NAME_SIGN` of sad/code-names.data.ts finds in ASCII text; a dot is any character. At most 31 places. */
export const SIGNS: readonly (readonly string[])[] = [
  ['c', 'vacs .-', 'cv'],
  ['c', 'v', 'dn'],
  ['c', '.', 'd'],
  ['r', 'iy', 'f'],
  ['s', 'ei', 'cg'],
  ['pg', 'ru', 'uv'],
  ['rc', 'yh', 'pi'],
  ['k', 'o', 'do'],
  ['b', 'a', 'c'],
  ['p', 'iv', 'nv'],
]

interface Signs {
  /** For each byte, the bits of the places where it may stand. */
  readonly places: Int32Array
  readonly firsts: number
  readonly lasts: number
}

const { places: PLACES, firsts: FIRSTS, lasts: LASTS } = numbered()

function numbered(): Signs {
  const places = new Int32Array(256)
  let bit = 1
  let firsts = 0
  let lasts = 0
  for (const sign of SIGNS) {
    firsts |= bit
    for (const letters of sign) {
      for (let byte = 0; byte < 256; byte++) {
        const char = String.fromCharCode(byte).toLowerCase()
        if (letters === '.' || letters.includes(char)) places[byte] = (places[byte] ?? 0) | bit
      }
      bit <<= 1
    }
    lasts |= bit >> 1
  }
  return { places, firsts, lasts }
}

export function mayNameCode(bytes: Uint8Array, start: number, end: number): boolean {
  let state = 0
  let reached = 0
  for (let at = start; at < end; at++) {
    state = ((state << 1) | FIRSTS) & (PLACES[bytes[at] as number] as number)
    reached |= state
  }
  return (reached & LASTS) !== 0
}
