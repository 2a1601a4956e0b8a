/**
 * Finds stretches that are another text in disguise, and what that text is: base64, hexadecimal. Patterns
 * look for encoded digits, or for what decodes to plain text, so that ordinary identifiers are not decoded
 * at all. A hit takes the whole stretch with it.
 */
import { matchesOf } from '../matches.js'
import { stretchAt } from '../stretch.js'
import { fieldNumbers } from './fields.js'

export interface Packed {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Longest stretch that is decoded. */
const CAP = 1 << 16

/** Three bytes between 0x20 and 0x3F in base64, three times: where digits stand in the encoded text. */
const BASE64_DIGITS = /(?:[I-P][CDSTijyz][AEIMQUYcgkosw048][g-z0-9+/_-]){3}/g
/** Long enough to hold another encoding. Bounded, as every pattern here, for the sake of the matcher's stack. */
const BASE64_TOKEN = /[A-Za-z0-9+/_-]{20,4096}={0,2}/g
/** How a token begins whose first and fourth bytes are ASCII: few identifiers do. */
const ASCII_FIRST = /^[A-Za-f]...[A-Za-f]/
/** Cut into lines, as MIME and PEM do. */
export const BASE64_LINES =
  /(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{48,128}(?:\r?\n|\\r\\n|\\n)){1,400}[A-Za-z0-9+/]{1,128}={0,2}/g
const HEX_DIGITS = /(?:(?:00)?3\d(?:(?:00)?2[0d-f]){0,2}){12}/gi
/** Longer than a hash of 128 bits begins to be worth a look. */
const HEX_TOKEN = /(?<![0-9a-f])(?:[2-7][0-9a-f]|0[9ad]|00){16,4096}(?![0-9a-f])/gi
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const BASE32_TOKEN = /(?<![A-Za-z0-9+/_-])[A-Z2-7]{20,4096}={0,6}(?![A-Za-z0-9+/_=-])/g
const EBCDIC_DIGITS = /(?:f\d){12,400}/gi

/** In no shorter word anything but digits in base64 and fields of messages is looked for. */
const SHORTEST_TOKEN = 20
const IN_TOKEN: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  isBase64(String.fromCharCode(byte)) ? 1 : 0,
)

/** Whether there is a word that may be an encoding, in the bytes of an ASCII text. */
export function holdsToken(bytes: Uint8Array, length: number): boolean {
  return stretchAt(bytes, 0, length, SHORTEST_TOKEN, IN_TOKEN, 1) >= 0
}

/** @param tokens whether there may be a word as `holdsToken` looks for. */
export function packedTexts(text: string, tokens: boolean): readonly Packed[] {
  const found: Packed[] = []
  base64Digits(text, found)
  fieldNumbers(text, found)
  if (!tokens || !base64Tokens(text, found)) return found
  base64Lines(text, found)
  base32Tokens(text, found)
  hexDigits(text, found)
  hexTokens(text, found)
  for (const match of matchesOf(EBCDIC_DIGITS, text)) found.push(whole(match, match[0].replace(/f/gi, '')))
  return found
}

export function whole(match: RegExpMatchArray, text: string): Packed {
  const start = match.index ?? 0
  return { start, end: start + match[0].length, text }
}

function base64Digits(text: string, found: Packed[]): void {
  let covered = 0
  for (const match of matchesOf(BASE64_DIGITS, text)) {
    if (match.index < covered) continue
    const end = tokenEnd(text, match.index)
    const start = tokenStart(text, match.index)
    const aligned = start + ((match.index - start) % 4)
    found.push({ start, end, text: Buffer.from(text.slice(aligned, end), 'base64').toString('latin1') })
    covered = end
  }
}

function isBase64(char: string): boolean {
  return /[A-Za-z0-9+/_-]/.test(char)
}

function tokenStart(text: string, from: number): number {
  let at = from
  while (at > 0 && from - at < CAP && isBase64(text[at - 1] ?? '')) at--
  return at
}

function tokenEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && at - from < CAP && isBase64(text[at] ?? '')) at++
  while (text[at] === '=' && at - from < CAP + 2) at++
  return at
}

/** Tokens that decode to printable text, for a second encoding inside. @returns whether there are tokens at all */
function base64Tokens(text: string, found: Packed[]): boolean {
  const tokens = matchesOf(BASE64_TOKEN, text)
  for (const match of tokens) {
    if (!ASCII_FIRST.test(match[0]) || !printable(Buffer.from(match[0].slice(0, 20), 'base64'))) continue
    found.push(whole(match, Buffer.from(match[0], 'base64').toString('utf8')))
  }
  return tokens.length > 0
}

/** Of several lines, only their sum says what they hold. */
function base64Lines(text: string, found: Packed[]): void {
  for (const match of matchesOf(BASE64_LINES, text)) {
    if (!printable(Buffer.from(match[0].slice(0, 20), 'base64'))) continue
    found.push(whole(match, Buffer.from(match[0].replace(/\\[rn]|\s/g, ''), 'base64').toString('latin1')))
  }
}

/** Also of UTF-16, whose every second byte is zero, and beyond ASCII. */
function printable(bytes: Uint8Array): boolean {
  return bytes.every(
    byte => (byte >= 32 && byte !== 127) || byte === 0 || byte === 9 || byte === 10 || byte === 13,
  )
}

function base32Tokens(text: string, found: Packed[]): void {
  for (const match of matchesOf(BASE32_TOKEN, text)) {
    found.push(whole(match, fromBase32(match[0]).toString('latin1')))
  }
}

/** Five bits to a character (RFC 4648), in capitals. */
export function fromBase32(token: string): Buffer {
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const char of token.replaceAll('=', '')) {
    value = (value << 5) | BASE32.indexOf(char)
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((value >> bits) & 0xff)
    value &= 0xff
  }
  return Buffer.from(bytes)
}

/** The whole hexadecimal token goes, with its `0x` or `\x`. */
function hexDigits(text: string, found: Packed[]): void {
  let covered = 0
  for (const match of matchesOf(HEX_DIGITS, text)) {
    if (match.index < covered) continue
    let start = match.index
    let end = match.index
    while (start > covered && match.index - start < CAP && isHex(text[start - 1] ?? '')) start--
    while (end < text.length && end - match.index < CAP && isHex(text[end] ?? '')) end++
    const bytes = Buffer.from(text.slice(match.index, end), 'hex')
    if (/^[0\\]x$/i.test(text.slice(start - 2, start))) start -= 2
    found.push({ start, end, text: bytes.toString('latin1').replaceAll('\0', '') })
    covered = end
  }
}

const isHex = (char: string): boolean => /[0-9a-f]/i.test(char)

/** Tokens whose every byte is a printable character, for a second encoding inside. */
function hexTokens(text: string, found: Packed[]): void {
  for (const match of matchesOf(HEX_TOKEN, text)) {
    found.push(whole(match, Buffer.from(match[0], 'hex').toString('latin1').replaceAll('\0', '')))
  }
}
