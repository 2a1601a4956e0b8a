/** A card number as people, programs and liars write it, and how to tell that one got out. */
import { inspect } from 'node:util'

export const CARD = '4532015112830366'
/** What is left of it where it was masked. */
export const MASKED = '453201******0366'

export const SPELLINGS: Readonly<Record<string, string>> = {
  plain: CARD,
  spaced: '4532 0151 1283 0366',
  dashed: '4532-0151-1283-0366',
  'full width': '４５３２０１５１１２８３０３６６',
  escaped: '4532%30151%312830366',
  'in a text': `card ${CARD}, please`,
  'in JSON': `{"note": "card ${CARD}"}`,
  glued: `card_${CARD}_v2`,
}

/** Between two digits of one number. */
const GAP = String.raw`[\s\-._/,\\"'%]{0,3}`

/** Nine digits in a row, other than those that a masked number shows. */
export function leaks(text: string): readonly string[] {
  const plain = unescaped(text.normalize('NFKC'))
  const found: string[] = []
  for (let at = 0; at + 9 <= CARD.length; at++) {
    const hit = new RegExp([...CARD.slice(at, at + 9)].join(GAP)).exec(plain)
    if (hit !== null) found.push(plain.slice(Math.max(0, hit.index - 80), hit.index + 60))
  }
  return found.slice(0, 1)
}

function unescaped(text: string): string {
  return text.replace(/%3(\d)/g, '$1').replace(/\\u003(\d)/gi, '$1')
}

/** Everything that a value shows to whoever holds it: a crash report, a debugger, a log. */
export function everything(value: unknown): string {
  return inspect(value, {
    depth: 12,
    showHidden: true,
    getters: true,
    maxArrayLength: null,
    maxStringLength: null,
  })
}
