/**
 * Numbers that pass for card numbers and are provably something else by the text around them: parts of
 * UUIDs, long hexadecimal strings, valid IBANs, fractions, phone numbers with a country code. Only asked
 * for windows that have passed every other test.
 */
import { IBAN_LENGTHS } from './iban-lengths.data.js'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function looksLikeSomethingElse(text: string, start: number, end: number, single: boolean): boolean {
  if (isFraction(text, start, single)) return true
  return isPhone(text, start, end) || isInCode(text, start, end, single)
}

/** Inside of a UUID, of a long hexadecimal string, of an IBAN. */
export function isInCode(text: string, start: number, end: number, single: boolean): boolean {
  return isUuid(text, start, end) || (single && isLongHex(text, start, end)) || isIban(text, start, end)
}
const UUID_LENGTH = 36

const isUpper = (code: number): boolean => code >= 65 && code <= 90
const isDigit = (code: number): boolean => code >= 48 && code <= 57
const isHex = (code: number): boolean => isDigit(code) || ((code | 0x20) >= 97 && (code | 0x20) <= 102)
/** Letters, digits, and what parts groups of them: spaces and hyphens. */
const isInIban = (code: number): boolean => isUpper(code) || isDigit(code) || code === 32 || code === 45
const isWordy = (char: string): boolean => /[0-9A-Za-z]/.test(char)

/** `0.4808496381277736`: digits, one point, one unbroken group. */
function isFraction(text: string, start: number, single: boolean): boolean {
  return single && text[start - 1] === '.' && isDigit(text.charCodeAt(start - 2))
}

/** A country code before the rest of the number. */
const COUNTRY_CODE = /(?:\+|(?<!\d)00)\d{1,3}[ .-]?(?:\(0\) ?)?$/
const LONGEST_COUNTRY_CODE = 10
const LONGEST_PHONE = 15

/** E.164: a plus that starts a word, at most fifteen digits; the country code may be parted from the others. */
function isPhone(text: string, start: number, end: number): boolean {
  const code = COUNTRY_CODE.exec(text.slice(Math.max(0, start - LONGEST_COUNTRY_CODE), start))?.[0]
  if (code !== undefined) {
    const digits = `${code.replace(/^00/, '')}${text.slice(start, end)}`.replace(/\(0\)|\D/g, '')
    return digits.length <= LONGEST_PHONE
  }
  if (text[start - 1] !== '+' || isWordy(text[start - 2] ?? ' ') || text[start - 2] === '=') return false
  return text.slice(start, end).replace(/\D/g, '').length <= LONGEST_PHONE
}

function isUuid(text: string, start: number, end: number): boolean {
  const last = Math.min(start, text.length - UUID_LENGTH)
  for (let at = Math.max(0, end - UUID_LENGTH); at <= last; at++) {
    if (text.charCodeAt(at + 8) !== 45 || text.charCodeAt(at + 23) !== 45) continue
    if (!UUID.test(text.slice(at, at + UUID_LENGTH))) continue
    if (!isWordy(text[at - 1] ?? ' ') && !isWordy(text[at + UUID_LENGTH] ?? ' ')) return true
  }
  return false
}

/** At least 24 hexadecimal characters, with both letters and digits outside of the number itself. */
function isLongHex(text: string, start: number, end: number): boolean {
  let from = start
  let to = end
  while (from > 0 && start - from < 128 && isHex(text.charCodeAt(from - 1))) from--
  while (to < text.length && to - end < 128 && isHex(text.charCodeAt(to))) to++
  if (to - from < 24) return false
  const outside = text.slice(from, start) + text.slice(end, to)
  return outside.length >= 8 && /\d/.test(outside) && /[a-f]/i.test(outside)
}

/** Somewhere before the number an IBAN begins that covers it, with the country's length and valid check digits. */
function isIban(text: string, start: number, end: number): boolean {
  let first = start
  while (first > 0 && start - first < 42 && isInIban(text.charCodeAt(first - 1))) first--
  for (let at = first; at <= start - 2; at++) {
    if (!isUpper(text.charCodeAt(at)) || !isUpper(text.charCodeAt(at + 1))) continue
    const length = IBAN_LENGTHS[text.slice(at, at + 2)]
    if (length === undefined || isWordy(text[at - 1] ?? ' ')) continue
    let compact = ''
    let to = at
    for (; to < text.length && compact.length < length; to++) {
      const char = text[to] ?? ''
      if (/[0-9A-Z]/.test(char)) compact += char
      else if (char !== ' ' && char !== '-') break
    }
    if (compact.length === length && to >= end && !isWordy(text[to] ?? ' ') && validIban(compact)) return true
  }
  return false
}

/** ISO 13616: the rearranged number, letters as 10 to 35, leaves 1 when divided by 97. */
function validIban(iban: string): boolean {
  let rest = 0
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(char, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}
