/**
 * Sensitive authentication data in ASCII-folded text (PCI DSS 3.3.1): magnetic stripe tracks, which refuse
 * the whole result, and verification codes and PIN blocks beside their names, which are redacted.
 * Every pattern is bounded, so that time stays linear.
 */

import { passesLuhn } from '../../../util/luhn.js'
import { issuerOf } from '../pan/brands.js'

export interface SadSpan {
  readonly start: number
  readonly end: number
  readonly track: boolean
}

/** ISO/IEC 7813 track 1, format B: `%B` PAN `^` name `^` YYMM … `?`. */
const TRACK_1 = /(?:%?[Bb])?(?<!\d)(\d[\d -]{11,22})\^[^^\n]{2,40}\^\d{4}[^?\n]{0,80}\??/g
/** Track 2: `;` PAN `=` or `D` YYMM service code … `?`. */
const TRACK_2 = /(;?)(?<!\d)(\d{12,19})([=D])(\d{2})(\d{2})(\d{3,20})F?(\??)/gi
/** The same as a field of EMV, behind its tag and length. */
const TAG_57 =
  /(57|9f6b)[ :]{0,2}(?:0[c-f]|1[0-9a-f])[ :]{0,2}(\d{12,19})(D)(\d{2})(\d{2})(\d{3,20})F?(\??)/gi
/** Number, expiry and verification code in a row, as lists of stolen cards are written. */
const IN_A_ROW =
  /(?<!\d)(\d(?:[ -]?\d){11,18})[|:;,\t/ ]{1,3}(?:0[1-9]|1[0-2])[|/:;, -]{0,3}(?:20)?[2-4]\d[|:;,\t/ ]{1,3}(\d{3,4})(?!\d)/g
/** Quick look for what follows the number. */
const ROW_SIGN = /[|:;,\t/ ](?:0[1-9]|1[0-2])[|/:;, -]{0,3}(?:20)?[2-4]\d[|:;,\t/ ]{1,3}\d{3,4}(?!\d)/

const NAME =
  'cvv ?2?|cvc ?2?|cvn ?2?|cav ?2?|csc|cvd|c[ .-]v[ .-][vc]\\b|card.?verification(?:.?(?:value|code|number))?|' +
  'card.?(?:security|validation).?code|security.?code|verification.?(?:value|code)|signature.?panel.?code|' +
  'sicherheits(?:code|nummer)|pr[uü]f(?:nummer|ziffer)|kartenpr[uü]fnummer|' +
  'c[oó]digo de (?:seguran[cç]a|seguridad|verificaci[oó]n)|code de (?:s[eé]curit[eé]|v[eé]rification)|cryptogramme(?: visuel)?|' +
  'codice di (?:sicurezza|verifica)|beveiligingscode|veiligheidscode|controlecode|s[aä]kerhetskod|sikkerhedskode|sikkerhetskode|' +
  'kod (?:cvv|zabezpiecz\\S{1,6}|bezpiecze[nń]stwa)|bezpe[cč]nostn[ií] k[oó]d|biztons[aá]gi k[oó]d|cod de securitate|' +
  'kode keamanan|kode? keselamatan|mã b[aả]o m[aậ]t|код (?:безопасности|безпеки)|κωδικός ασφαλείας|' +
  '安全码|安全碼|验证码|驗證碼|セキュリティコード|보안 ?코드|güvenlik kodu|सुरक्षा कोड|रक्षा कोड|رمز الأمان|קוד אבטחה|รหัสความปลอดภัย'
/** What may stand between the name and the code, piece by piece. */
const FILLER =
  '["\'\\\\\\s:=_#.()>\\[\\]{}|,;/*!?–—：＝-]|%[0-9a-f]{2}|&(?:quot|#\\d{1,4}|#x[0-9a-f]{1,4});|\\\\u00[0-9a-f]{2}|' +
  'values|[a-z]{2,8}=["\'][a-z]{0,10}["\']|type|string|text|is|are|was|no|number|num|code|value|field|back|front|on|the|of|card|your|my|cv[vc]2?|' +
  'était|est|ist|es|är|er|jest|é|è|код|код|是|为|為|は|が|는|은|가|이|है|هو'
const NAMED = new RegExp(
  `${NAME}|pin.?bl(?:oc)?k|encrypted.?pin|epb|^(?:de|f|field)[ _]?0?52$|track.?[12]`,
  'i',
)
const CODE = new RegExp(`(?:${NAME})(?:${FILLER}){0,10}?(\\d{3,4})(?![\\d])`, 'gi')
/** Without a name for it: where it stands on the card. */
const BEHIND = new RegExp(
  `(?:code|digits?|number|nummer)s?.?(?:on|from|at|auf).?(?:the|der)?.?(?:back|rückseite)(?:${FILLER}){0,8}?(\\d{3,4})(?!\\d)`,
  'gi',
)
/** Quick look for any of the names above. */
const NAME_SIGN =
  /cv[cdnv]|c[as][cv]|CID|c.d[ei ]|c[ .-]v[ .-][vc]|verif|crypto|back|rückseite|nummer|ziffer|k[oó]d|код|κωδ|安全|[验驗][证證]|セキュ|보안|रक्षा|mã b|رمز|קוד|รหัส/i
/** The American Express word for it is also everybody's customer id: upper case only. */
const CID = /\bCID[\s:=#]{1,3}(\d{3,4})(?!\d)/g
const PIN_BLOCK =
  /(?:pin.?bl(?:oc)?k|pin.?data|encrypted.?pin|epb|(?:\b|_)(?:f|de|bit|field|fld|p|s)[ ._-]?0?52)(?:[ (]{1,2}[^)\n]{1,16}\))?(?:.?(?:format|iso).?\d)?["'\\\s:=>,|-]{1,6}([0-9a-f]{16})(?![0-9a-f])/gi

/** Quick look for any of these names. */
const PIN_SIGN = /pin|epb|52/i

/** Whether a field or key of this name holds verification codes, PIN blocks or stripes. */
export function namesSad(name: string): boolean {
  return NAMED.test(name)
}

/** What is known of a text before it is looked at. */
export interface Looks {
  /** There are enough digits for a stripe. */
  readonly many: boolean
  /** Digits enough for a card number are followed by what separates them in track 2. */
  readonly track: boolean
  /** Digits with nothing but separators between are enough for a number, its expiry and its code. */
  readonly row: boolean
  /** A verification code may stand behind its name. */
  readonly named: boolean
  /** There are words of 16 characters. */
  readonly words: boolean
}

/** Digits of a number, its expiry and its code in a row, at least. */
export const ROW_DIGITS = 19

const NONE: readonly SadSpan[] = []

export function findSad(text: string, { many, track, row, named, words }: Looks): readonly SadSpan[] {
  const stripe = many && text.includes('^')
  if (!stripe && !track && !row && !named && !words) return NONE
  const found: SadSpan[] = []
  if (stripe) tracksOne(text, found)
  if (track) tracksTwo(text, found)
  if (row) inARow(text, found)
  if (named && NAME_SIGN.test(text)) {
    for (const pattern of [CODE, CID, BEHIND]) {
      if (text.search(pattern) < 0) continue
      for (const match of text.matchAll(pattern)) if (!isInToken(text, match)) tail(match, found)
    }
  }
  if (words && PIN_SIGN.test(text) && text.search(PIN_BLOCK) >= 0)
    for (const match of text.matchAll(PIN_BLOCK)) tail(match, found)
  return found
}

/** Characters of a word from which it may be a token in base64; letters of both cases are in all of those. */
const TOKEN = 24
const TOKEN_CHARS = /[\w+/-]/
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** Whether name and code are some characters of a random token, in which any three letters turn up now and then. */
function isInToken(text: string, { 0: all, index = 0 }: RegExpMatchArray): boolean {
  if (!/^[a-z]+\d+$/i.test(all)) return false
  let from = index
  let to = index + all.length
  while (from > 0 && index - from < 2 * TOKEN && TOKEN_CHARS.test(text.charAt(from - 1))) from--
  while (to < text.length && to - index < 2 * TOKEN && TOKEN_CHARS.test(text.charAt(to))) to++
  if (ULID.test(text.slice(from, to))) return true
  const around = `${text.slice(from, index)} ${text.slice(index + all.length, to)}`
  return (
    around.length > TOKEN - all.length && /[a-z]/.test(around) && /[A-Z]/.test(around) && /\d/.test(around)
  )
}

function tail(match: RegExpMatchArray, found: SadSpan[]): void {
  const end = (match.index ?? 0) + match[0].length
  found.push({ start: end - (match[1] ?? '').length, end, track: false })
}

function inARow(text: string, found: SadSpan[]): void {
  if (!ROW_SIGN.test(text) || text.search(IN_A_ROW) < 0) return
  for (const match of text.matchAll(IN_A_ROW)) {
    const [all, number = '', code = ''] = match
    if (!isCardNumber(number.replace(/\D/g, ''))) continue
    const end = match.index + all.length
    found.push({ start: end - code.length, end, track: false })
  }
}

function tracksOne(text: string, found: SadSpan[]): void {
  for (const match of text.matchAll(TRACK_1)) {
    const digits = (match[1] ?? '').replace(/\D/g, '')
    if (digits.length < 12) continue
    found.push({ start: match.index, end: match.index + match[0].length, track: true })
  }
}

function tracksTwo(text: string, found: SadSpan[]): void {
  for (const match of [...text.matchAll(TRACK_2), ...text.matchAll(TAG_57)]) {
    const [, sentinel, pan = '', separator, , month = '', , close] = match
    if (Number(month) < 1 || Number(month) > 12) continue
    const framed = sentinel === ';' && separator === '='
    if (!framed && !isCardNumber(pan) && !(close === '?' && isListed(pan))) continue
    found.push({ start: match.index, end: match.index + match[0].length, track: true })
  }
}

function isCardNumber(pan: string): boolean {
  return passesLuhn(pan) && isListed(pan)
}

function isListed(pan: string): boolean {
  return issuerOf(Uint8Array.from(pan, Number), 0, pan.length) !== 'none'
}
