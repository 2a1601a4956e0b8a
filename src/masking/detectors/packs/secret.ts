/** Secrets: tokens that their issuers mark, JSON web tokens, private keys, passwords beside their names and in addresses. */
import type { Detector, Span } from '../detector.js'
import { addressPasswords } from './secret-addresses.js'
import { assignedSecrets, namesSecret } from './secret-assignments.js'
import { TOKEN_MARKS, TOKENS } from './secret-tokens.data.js'

const TOKEN = new RegExp(`(?<![A-Za-z0-9])(?:${TOKENS.join('|')})`, 'g')
/** Read to the end of its run, then counted: three parts, or five where it is encrypted. */
const WEB_TOKEN = /eyJ[\w-]{6,}(?:\.[\w-]*){0,6}/g
const KEY_BEGINS =
  /-{4,5} ?BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)? ?-{4,5}|PuTTY-User-Key-File-\d/g
const KEY_ENDS =
  /-{4,5} ?END (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)? ?-{4,5}|Private-MAC: ?[0-9a-f]{1,128}/g

export function secretPack(): Detector {
  return Object.freeze<Detector>({ name: 'secret', names: namesSecret, find })
}

function find(text: string): readonly Span[] {
  const found: Span[] = []
  if (TOKEN_MARKS.test(text)) {
    for (const { index, 0: token } of text.matchAll(TOKEN)) {
      found.push({ start: index, end: index + token.length })
    }
  }
  if (text.includes('eyJ')) webTokens(text, found)
  if (text.includes('PRIVATE KEY') || text.includes('PuTTY-User')) privateKeys(text, found)
  if (text.includes('://')) found.push(...addressPasswords(text))
  found.push(...assignedSecrets(text))
  return found
}

function webTokens(text: string, found: Span[]): void {
  for (const { index, 0: token } of text.matchAll(WEB_TOKEN)) {
    const parts = token.replace(/\.+$/, '').split('.')
    // Unsecured ones end in a full stop.
    if (parts.length < 2 || (parts[1] ?? '').length < 2) continue
    if (parts.length === 2 && !token.endsWith('.')) continue
    found.push({ start: index, end: index + token.length })
  }
}

/** To the key's end; without one, to the end of the text. */
function privateKeys(text: string, found: Span[]): void {
  let reached = 0
  for (const { index, 0: head } of text.matchAll(KEY_BEGINS)) {
    if (index < reached) continue
    const end = new RegExp(KEY_ENDS)
    end.lastIndex = index + head.length
    const tail = end.exec(text)
    reached = tail === null ? text.length : tail.index + tail[0].length
    found.push({ start: index, end: reached })
  }
}
