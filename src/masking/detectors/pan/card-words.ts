/** Whether there may be a word about cards. */
import { type SignTable, signAt, signTable } from '../signs.js'

/** One of them is in each word of `CARD_WORDS` and `INNER_WORD` in context.ts that is ASCII. */
const SIGNS: SignTable = signTable([
  ...['car', 'kar', 'kaa', 'kor', 'cre', 'crd', 'deb', 'cc', 'dc', 'pan', 'elo', 'mir', 'cup', 'rje', 'pla'],
  ...['vis', 'mas', 'aes', 'mex', 'xpr', 'din', 'enr', 'sco', 'jcb', 'nio', 'upa', 'uat', 'rve', 'ban'],
])

/** @returns true also where there is anything beyond ASCII. */
export function maySpeakOfCards(bytes: Uint8Array, start: number, end: number): boolean {
  if (signAt(SIGNS, bytes, start, end) < end) return true
  for (let at = start; at < end; at++) if ((bytes[at] as number) >= 0x80) return true
  return false
}
