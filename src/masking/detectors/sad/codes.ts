/** Verification codes beside their names, or beside the number and the expiry that they belong to. */
import { matchesOf } from '../matches.js'
import { mayHoldNamed } from '../prescan-bytes.js'
import { signAt, signTable } from '../signs.js'
import { fold } from '../unicode.js'
import type { View } from '../view.js'
import { FILLER, NAME, NAME_SIGN } from './code-names.data.js'
import type { SadSpan } from './sad-finder.js'

const CODE = new RegExp(`(?:${NAME})(?:${FILLER}){0,12}?(\\d{3,4})(?!\\d)`, 'gi')
/** Without a name for it: where it stands on the card. */
const BEHIND = new RegExp(
  `(?:${fold('code|digits?|number|nummer|chiffres|cifre|цифры')})s?.?(?:on|from|at|auf|au|sul|на)?.?(?:the|der)?.?` +
    `(?:${fold('back|rückseite|dos|verso|retro|обороте')})(?:${FILLER}){0,8}?(\\d{3,4})(?!\\d)`,
  'gi',
)
/** The American Express word for it is also everybody's customer id: upper case only. */
const CID = /\bCID[\s:=#]{1,3}(\d{3,4})(?!\d)/g

/** Characters of a word from which it may be a token in base64; letters of both cases are in all of those. */
const TOKEN = 24
const TOKEN_CHARS = /[\w+/-]/
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** What is not ASCII in the signs of names, and what is and has no sign in `code-names.ts`. */
const NAME_LETTER = new RegExp(`[${[...new Set(NAME_SIGN.source.replace(/[\0-\x7f]/g, ''))].join('')}]`, 'i')
const OTHER_SIGNS = signTable(['hif', 'guv'])

/**
 * Whether a verification code may stand behind its name in a text beyond ASCII.
 *
 * @param view as it reads, which is beyond ASCII too
 */
export function mayNameCodes(text: string, view: View): boolean {
  const { bytes, length } = view
  if (mayHoldNamed(bytes, 0, length)) return true
  const mayBeNamed = signAt(OTHER_SIGNS, bytes, 0, length) < length || NAME_LETTER.test(text)
  return mayBeNamed && NAME_SIGN.test(view.text())
}

/** Codes that stand behind a name. */
export function namedCodes(text: string, found: SadSpan[]): void {
  if (!NAME_SIGN.test(text)) return
  for (const pattern of [CODE, CID, BEHIND]) {
    for (const match of matchesOf(pattern, text)) if (!isInToken(text, match)) found.push(codeIn(match))
  }
}

function codeIn(match: RegExpMatchArray): SadSpan {
  const end = (match.index ?? 0) + match[0].length
  return { start: end - (match[1] ?? '').length, end, track: false }
}

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

const GAP = '(?:[|:;,\\s/"\'()\\[\\]-]|</?t[dh]>){1,10}'
const MONTH = '(?:0[1-9]|1[0-2])'
const YEAR = '(?:20)?[2-4]\\d'
const EXPIRY = `(?:${MONTH}[|/:;, "'-]{0,4}${YEAR}|${YEAR}[|/-]?${MONTH}|[1-9]/${YEAR})`
/** Number, expiry and verification code in a row, as lists of stolen cards are written; what follows the number. */
const IN_A_ROW = new RegExp(
  `${GAP}(?:exp(?:iry|ires)?|valid(?: (?:thru|until))?)?[.:]?\\s?${EXPIRY}${GAP}(\\d{3,4})(?!\\d|[./:-]\\d)`,
  'y',
)
const CODE_FIRST = new RegExp(`${GAP}(\\d{3,4})${GAP}${MONTH}/${YEAR}(?!\\d)`, 'y')

/** A number is followed by the first digit of its expiry or code soon, or not at all. */
const SOON = 24
/** Characters of the longest row behind a number, or more. */
const LONGEST_TAIL = 160
/** Digits of the shortest expiry and code. */
const FEWEST_DIGITS = 6
/** What a gap begins with. */
const IN_GAP: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 && /[|:;,\s/"'()[\]<-]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

/** Codes that follow a card number and its expiry, or stand between the two. */
export function codesInARow(
  view: View,
  numbers: readonly (readonly [start: number, end: number])[],
  found: SadSpan[],
): void {
  for (const [, end] of numbers) {
    if (!mayBeRow(view, end)) continue
    const text = view.text()
    for (const pattern of [IN_A_ROW, CODE_FIRST]) {
      pattern.lastIndex = end
      const match = pattern.exec(text)
      if (match === null) continue
      const code = match[1] ?? ''
      const start = pattern === IN_A_ROW ? end + match[0].length - code.length : end + match[0].indexOf(code)
      found.push({ start, end: start + code.length, track: false })
    }
  }
}

function mayBeRow({ bytes, length }: View, from: number): boolean {
  if (from >= length || IN_GAP[bytes[from] as number] === 0) return false
  const last = Math.min(length, from + LONGEST_TAIL)
  let digits = 0
  for (let at = from; at < last; at++) {
    const byte = bytes[at] as number
    if (byte >= 0x30 && byte <= 0x39 && ++digits === FEWEST_DIGITS) return true
    if (digits === 0 && at - from === SOON - 1) return false
  }
  return false
}
