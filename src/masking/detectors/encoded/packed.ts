/**
 * Finds stretches that are another text in disguise, and what that text is: base64, hexadecimal, lists of
 * character codes, digits as words. Patterns look for encoded digits, so that ordinary identifiers are
 * not decoded at all. A hit takes the whole stretch with it.
 */
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
const BASE64_TOKEN = /[A-Za-z0-9+/_-]{28,4096}={0,2}/g
const HEX_DIGITS = /(?:(?:00)?3\d(?:(?:00)?2[0d-f]){0,2}){12}/gi
const CODES = /(?<!\d)(?:4[89]|5[0-7]|0?x3\d)(?:[^0-9]{1,12}(?:4[89]|5[0-7]|0?x3\d)(?!\d)){11,400}/gi
const WORDS: Readonly<Record<string, string>> = {
  zero: '0',
  oh: '0',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
}
const SPELLED =
  /(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)(?:[\s,.-]{1,3}(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)){11,400}/gi
const SYMBOLS = '〇零一二三四五六七八九'
const SYMBOL_DIGITS = '00123456789'
const SPELLED_SYMBOLS = /(?:[〇零一二三四五六七八九⓪①-⑨➀-➈❶-❾][ -]?){12,400}/g

export function packedTexts(text: string): readonly Packed[] {
  const found: Packed[] = []
  if (text.search(BASE64_DIGITS) >= 0) base64Digits(text, found)
  if (text.search(BASE64_TOKEN) >= 0) base64Tokens(text, found)
  if (text.search(HEX_DIGITS) >= 0) hexDigits(text, found)
  return found
}

/** Lists of character codes: `52,49,49`, `CHR(52) || CHR(49)`, `0x34 0x31`. */
export function characterCodes(text: string): readonly Packed[] {
  if (text.search(CODES) < 0) return []
  return [...text.matchAll(CODES)].map(match => whole(match, fromCodes(match[0])))
}

/** `four one one one …` */
export function digitWords(text: string): readonly Packed[] {
  if (text.search(SPELLED) < 0) return []
  return [...text.matchAll(SPELLED)].map(match => whole(match, spelled(match[0])))
}

/** Digits as symbols that are no decimal digits: `四一一一`, `④①①①`. */
export function digitSymbols(text: string): readonly Packed[] {
  if (text.search(SPELLED_SYMBOLS) < 0) return []
  return [...text.matchAll(SPELLED_SYMBOLS)].map(match => whole(match, symbols(match[0])))
}

function whole(match: RegExpMatchArray, text: string): Packed {
  const start = match.index ?? 0
  return { start, end: start + match[0].length, text }
}

function base64Digits(text: string, found: Packed[]): void {
  let covered = 0
  for (const match of text.matchAll(BASE64_DIGITS)) {
    if (match.index < covered) continue
    const end = tokenEnd(text, match.index)
    const start = tokenStart(text, match.index)
    const aligned = start + ((match.index - start) % 4)
    found.push({ start, end, text: Buffer.from(text.slice(aligned, end), 'base64').toString('latin1') })
    covered = end
  }
}

const isBase64 = (char: string): boolean => /[A-Za-z0-9+/_-]/.test(char)

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

/** Tokens that decode to printable text, for a second encoding inside. */
function base64Tokens(text: string, found: Packed[]): void {
  for (const match of text.matchAll(BASE64_TOKEN)) {
    const token = match[0].slice(0, CAP)
    if (!printable(Buffer.from(token.slice(0, 20), 'base64').toString('latin1'))) continue
    found.push(whole(match, Buffer.from(token, 'base64').toString('utf8')))
  }
}

function printable(text: string): boolean {
  return /^[\t\n\r -~]+$/.test(text)
}

/** The whole hexadecimal token goes, with its `0x` or `\x`. */
function hexDigits(text: string, found: Packed[]): void {
  let covered = 0
  for (const match of text.matchAll(HEX_DIGITS)) {
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

function fromCodes(list: string): string {
  return list.replace(/0?x(3\d)|(\d\d)|\D/gi, (_all, hex?: string, decimal?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    return decimal === undefined ? '' : String.fromCharCode(Number(decimal))
  })
}

function spelled(text: string): string {
  return text.replace(/[a-z]+|[^a-z]+/gi, word => WORDS[word.toLowerCase()] ?? '')
}

function symbols(text: string): string {
  return text.replace(/./gsu, char => {
    const han = SYMBOLS.indexOf(char)
    if (han >= 0) return SYMBOL_DIGITS[han] ?? ''
    const code = char.codePointAt(0) ?? 0
    if (code === 0x24ea) return '0'
    const base = [0x245f, 0x277f, 0x2775].find(before => code > before && code <= before + 9)
    return base === undefined ? '' : String(code - base)
  })
}
