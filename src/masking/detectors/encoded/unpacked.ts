/**
 * Puts what base64, base32 and hexadecimal stretches say in their place, where that is plain text: what stands
 * before them then speaks of it as if it had been written so.
 */
import type { Unescaped } from './escapes.js'
import { BASE64_LINES, fromBase32 } from './packed.js'

/** Shorter ones hold none of what packs look for. Bounded for the sake of the matcher's stack. */
const TOKEN = new RegExp(`${BASE64_LINES.source}|[A-Za-z0-9+/_-]{10,4096}={0,2}`, 'g')
const HEX = /^(?:0?x)?((?:[0-9a-f]{2}){7,})$/i
const BASE32 = /^[A-Z2-7]{12,}$/
const PARTS = /[A-Za-z0-9]{10,}={0,2}/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: what is no text
const NO_TEXT = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]/

/** @returns undefined where nothing is in disguise. */
export function unpackText(text: string): Unescaped | undefined {
  let plain = ''
  let at = 0
  const starts: number[] = []
  const ends: number[] = []
  const put = (said: string, start: number, end: number): void => {
    copy(start)
    plain += said
    for (let i = 0; i < said.length; i++) {
      starts.push(start)
      ends.push(end)
    }
    at = end
  }
  const copy = (to: number): void => {
    plain += text.slice(at, to)
    for (; at < to; at++) {
      starts.push(at)
      ends.push(at + 1)
    }
  }
  for (const { index, 0: token } of text.matchAll(TOKEN)) {
    const said = decoded(token)
    if (said !== undefined) put(said, index, index + token.length)
    else if (/[+/_-]/.test(token)) {
      // Mostly these stand between words, as in paths.
      for (const part of token.matchAll(PARTS)) {
        const from = index + part.index
        const inside = decoded(part[0])
        if (inside !== undefined) put(inside, from, from + part[0].length)
      }
    }
  }
  if (at === 0) return undefined
  copy(text.length)
  return { text: plain, origins: { start: i => starts[i] ?? 0, end: i => ends[i] ?? 0 } }
}

function decoded(token: string): string | undefined {
  const hex = HEX.exec(token)?.[1]
  const said = hex === undefined ? undefined : asText(Buffer.from(hex, 'hex'))
  return said ?? asText(Buffer.from(token.replace(/\\[rn]|\s/g, ''), 'base64')) ?? base32(token)
}

function base32(token: string): string | undefined {
  const letters = token.replace(/=+$/, '')
  return BASE32.test(letters) ? asText(fromBase32(letters)) : undefined
}

/** In UTF-8, or in UTF-16, where the second byte of the first character is zero. */
function asText(bytes: Buffer): string | undefined {
  if ((bytes[0] ?? 0x80) >= 0x80) return undefined
  const text = bytes.toString(bytes[1] === 0 ? 'utf16le' : 'utf8')
  return text === '' || NO_TEXT.test(text) ? undefined : text
}
