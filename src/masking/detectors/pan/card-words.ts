/** Whether there may be a word about cards, without looking for any word: letters that stand together in each. */

/** One of them is in each word of `CARD_WORDS` in context.ts that is ASCII, and in each of its names of keys. */
export const WORD_SIGNS: readonly string[] = [
  ...['car', 'kar', 'kaa', 'kor', 'cre', 'crd', 'deb', 'cc', 'dc', 'pan', 'elo', 'mir', 'cup', 'rje', 'pla'],
  ...['vis', 'mas', 'aes', 'mex', 'xpr', 'din', 'enr', 'sco', 'jcb', 'nio', 'upa', 'uat', 'rve', 'ban'],
]

const LETTER = 31
const THREE_LETTERS = 0x7fff

/** By three characters of which only the lower five bits count: those of a letter, whatever its case. */
const IS_SIGN: Uint8Array = signs()

function signs(): Uint8Array {
  const table = new Uint8Array(THREE_LETTERS + 1)
  for (const sign of WORD_SIGNS) {
    let last = 0
    for (const letter of sign) last = (last << 5) | (letter.charCodeAt(0) & LETTER)
    const before = sign.length === 3 ? [0] : Array.from({ length: 32 }, (_, one) => one << 10)
    for (const first of before) table[first | last] = 1
  }
  return table
}

/** @returns true also where there is anything beyond ASCII. */
export function maySpeakOfCards(bytes: Uint8Array, start: number, end: number): boolean {
  let last = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    last = ((last << 5) | (byte & LETTER)) & THREE_LETTERS
    if (byte >= 0x80 || IS_SIGN[last] === 1) return true
  }
  return false
}
