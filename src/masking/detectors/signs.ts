/** Whether there may be one of many words in a text, without looking for any: letters that stand together in each. */

const LETTER = 31
const THREE = 0x7fff

/** Two or three letters or digits that stand together, by their characters' lower five bits: those of a letter, whatever its case. */
export type SignTable = Uint8Array

export function signTable(signs: readonly string[]): SignTable {
  const table = new Uint8Array(THREE + 1)
  for (const sign of signs) {
    let last = 0
    for (const letter of sign) last = (last << 5) | (letter.charCodeAt(0) & LETTER)
    if (sign.length === 3) table[last] = 1
    else for (let before = 0; before <= LETTER; before++) table[(before << 10) | last] = 1
  }
  return table
}

/** Where the first of the signs ends, or what looks like one; `end` where there is none. */
export function signAt(table: SignTable, bytes: Uint8Array, start: number, end: number): number {
  let last = 0
  for (let at = start; at < end; at++) {
    last = ((last << 5) | ((bytes[at] as number) & LETTER)) & THREE
    if (table[last] === 1) return at
  }
  return end
}
