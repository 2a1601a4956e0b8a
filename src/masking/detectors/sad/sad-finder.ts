/**
 * Sensitive authentication data in ASCII-folded text (PCI DSS 3.3.1): magnetic stripe tracks, which refuse
 * the whole result, and verification codes and PIN blocks beside their names, which are redacted.
 * Every pattern is bounded, so that time stays linear.
 */
import { issuerOf } from '../pan/brands.js'
import { passesLuhn } from '../pan/luhn.js'

export interface SadSpan {
  readonly start: number
  readonly end: number
  readonly track: boolean
}

/** ISO/IEC 7813 track 1, format B: `%B` PAN `^` name `^` YYMM … `?`. */
const TRACK_1 = /(?:%?[Bb])?(?<!\d)(\d[\d -]{11,22})\^[^^\n]{2,40}\^\d{4}[^?\n]{0,80}\??/g
/** Track 2, also as EMV tag 57: `;` PAN `=` or `D` YYMM service code … `?`. */
const TRACK_2 = /(;?)(?<!\d)(\d{12,19})([=D])(\d{2})(\d{2})(\d{3,20})F?(\??)/gi

const NAME =
  'cvv ?2?|cvc ?2?|cvn ?2?|cav ?2?|csc|cvd|card.?verification(?:.?(?:value|code|number))?|card.?(?:security|validation).?code|' +
  'security.?code|verification.?value|sicherheits(?:code|nummer)|pr[uü]f(?:nummer|ziffer)|kartenpr[uü]fnummer|' +
  'c[oó]digo de (?:seguran[cç]a|seguridad|verificaci[oó]n)|code de (?:s[eé]curit[eé]|v[eé]rification)|cryptogramme(?: visuel)?|' +
  'codice di (?:sicurezza|verifica)|beveiligingscode|veiligheidscode|kod (?:cvv|zabezpiecze[nń])|код безопасности|' +
  '安全码|安全碼|验证码|セキュリティコード|보안코드|güvenlik kodu|रक्षा कोड'
const CODE = new RegExp(
  `(?:${NAME})(?:["'\\\\\\s:=_#.()>-]|is|no|number|code|value|field|était|ist|es|é){0,8}?(\\d{3,4})(?![\\d])`,
  'gi',
)
/** Quick look for any of the names above, and for a separator of track 2. */
const NAME_SIGN =
  /cv[cdnv]|c[as][cv]|CID|c.d[ei]|verif|crypto|nummer|ziffer|kod|код|安全|验证|セキュ|보안|रक्षा/i
const TRACK_2_SIGN = /\d[=Dd]\d/
/** The American Express word for it is also everybody's customer id: upper case only. */
const CID = /\bCID[\s:=#]{1,3}(\d{3,4})(?!\d)/g
const PIN_BLOCK =
  /(?:pin.?block|pin.?data|epb|f0?52|de0?52|field.?52)(?:[ (]{1,2}[^)\n]{1,16}\))?["'\\\s:=>]{1,6}([0-9a-f]{16})(?![0-9a-f])/gi

/** @param digits whether there are enough digits for a track; @param words whether there are words of 16 characters */
export function findSad(text: string, digits: boolean, words: boolean): readonly SadSpan[] {
  const found: SadSpan[] = []
  if (digits && text.includes('^')) tracksOne(text, found)
  if (digits && TRACK_2_SIGN.test(text)) tracksTwo(text, found)
  if (NAME_SIGN.test(text) && (text.search(CODE) >= 0 || text.search(CID) >= 0)) {
    for (const match of text.matchAll(CODE)) tail(match, found)
    for (const match of text.matchAll(CID)) tail(match, found)
  }
  if (words && text.search(PIN_BLOCK) >= 0) for (const match of text.matchAll(PIN_BLOCK)) tail(match, found)
  return found
}

function tail(match: RegExpMatchArray, found: SadSpan[]): void {
  const end = (match.index ?? 0) + match[0].length
  found.push({ start: end - (match[1] ?? '').length, end, track: false })
}

function tracksOne(text: string, found: SadSpan[]): void {
  for (const match of text.matchAll(TRACK_1)) {
    const digits = (match[1] ?? '').replace(/\D/g, '')
    if (digits.length < 12) continue
    found.push({ start: match.index, end: match.index + match[0].length, track: true })
  }
}

function tracksTwo(text: string, found: SadSpan[]): void {
  for (const match of text.matchAll(TRACK_2)) {
    const [, sentinel, pan = '', separator, , month = '', , close] = match
    if (Number(month) < 1 || Number(month) > 12) continue
    const framed = sentinel === ';' && separator === '='
    if (!framed && !(isCardNumber(pan) && (close === '?' || separator !== undefined))) continue
    found.push({ start: match.index, end: match.index + match[0].length, track: true })
  }
}

function isCardNumber(pan: string): boolean {
  const digits = Uint8Array.from(pan, Number)
  return passesLuhn(pan) && issuerOf(digits, 0, digits.length) !== 'none'
}
