/**
 * Numbers that pass for card numbers and are provably something else by the text around them: parts of
 * UUIDs, long hexadecimal strings, valid IBANs, fractions, phone numbers with a country code. Only asked
 * for windows that have passed every other test.
 */
import { isUuidText } from '../uuid.js'
import type { View } from '../view.js'
import { IBAN_LENGTHS } from './iban-lengths.data.js'

export function looksLikeSomethingElse(view: View, start: number, end: number, single: boolean): boolean {
  if (single && isFraction(view, start)) return true
  return isPhone(view, start, end) || isInCode(view, start, end, single)
}

/** Inside of a UUID, of a long hexadecimal string, of an IBAN. */
export function isInCode(view: View, start: number, end: number, single: boolean): boolean {
  return isInUuid(view, start, end) || (single && isLongHex(view, start, end)) || isIban(view, start, end)
}

const UUID_LENGTH = 36
const POINT = 0x2e
const PLUS = 0x2b
const HYPHEN = 0x2d
const EQUALS = 0x3d
const SPACE = 0x20
const ZERO = 0x30

const IS_DIGIT = 1
const IS_UPPER = 2
const IS_LOWER = 4
const IS_HEX_LETTER = 8
const IS_GAP = 16
const IS_HEX = IS_DIGIT | IS_HEX_LETTER
const IS_WORDY = IS_DIGIT | IS_UPPER | IS_LOWER
/** Letters, digits, and what parts groups of them: spaces and hyphens. */
const IN_IBAN = IS_DIGIT | IS_UPPER | IS_GAP

const KINDS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= ZERO && byte <= 0x39) return IS_DIGIT
  const letter = byte | 0x20
  const hex = letter >= 0x61 && letter <= 0x66 ? IS_HEX_LETTER : 0
  if (byte >= 0x41 && byte <= 0x5a) return IS_UPPER | hex
  if (byte >= 0x61 && byte <= 0x7a) return IS_LOWER | hex
  return byte === SPACE || byte === HYPHEN ? IS_GAP : 0
})

/** Whether the character is there and of one of these kinds. */
function is({ bytes, length }: View, at: number, kinds: number): boolean {
  return at >= 0 && at < length && ((KINDS[bytes[at] as number] as number) & kinds) !== 0
}

/** `0.4808496381277736`: digits, one point, one unbroken group. */
function isFraction(view: View, start: number): boolean {
  return start >= 2 && view.bytes[start - 1] === POINT && is(view, start - 2, IS_DIGIT)
}

/** A country code before the rest of the number. */
const COUNTRY_CODE = /(?:\+|(?<!\d)00)\d{1,3}[ .-]?(?:\(0\) ?)?$/
const LONGEST_COUNTRY_CODE = 10
const LONGEST_PHONE = 15

/** E.164: a plus that starts a word, at most fifteen digits; the country code may be parted from the others. */
function isPhone(view: View, start: number, end: number): boolean {
  const { bytes } = view
  const from = Math.max(0, start - LONGEST_COUNTRY_CODE)
  if (!mayEndWithCountry(bytes, from, start)) return false
  const code = COUNTRY_CODE.exec(bytes.toString('latin1', from, start))?.[0]
  const number = bytes.toString('latin1', start, end)
  if (code !== undefined) {
    const digits = `${code.replace(/^00/, '')}${number}`.replace(/\(0\)|\D/g, '')
    return digits.length <= LONGEST_PHONE
  }
  if (bytes[start - 1] !== PLUS || is(view, start - 2, IS_WORDY) || bytes[start - 2] === EQUALS) return false
  return number.replace(/\D/g, '').length <= LONGEST_PHONE
}

/** Whether there is what begins a country code. */
function mayEndWithCountry(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at]
    if (byte === PLUS || (byte === ZERO && bytes[at + 1] === ZERO)) return true
  }
  return false
}

function isInUuid(view: View, start: number, end: number): boolean {
  const { bytes, length } = view
  const last = Math.min(start, length - UUID_LENGTH)
  for (let at = Math.max(0, end - UUID_LENGTH); at <= last; at++) {
    if (bytes[at + 8] !== HYPHEN || !isUuidText(bytes, at, at + UUID_LENGTH)) continue
    if (!is(view, at - 1, IS_WORDY) && !is(view, at + UUID_LENGTH, IS_WORDY)) return true
  }
  return false
}

/** Characters before and behind a number that are looked at. */
const REACH = 128
const SHORTEST_HEX = 24
const FEWEST_OUTSIDE = 8

/** At least 24 hexadecimal characters, with both letters and digits outside of the number itself. */
function isLongHex(view: View, start: number, end: number): boolean {
  const { bytes } = view
  let from = start
  let to = end
  let kinds = 0
  for (; start - from < REACH && is(view, from - 1, IS_HEX); from--) kinds |= kindOf(bytes, from - 1)
  for (; to - end < REACH && is(view, to, IS_HEX); to++) kinds |= kindOf(bytes, to)
  if (to - from < SHORTEST_HEX || start - from + (to - end) < FEWEST_OUTSIDE) return false
  return (kinds & IS_DIGIT) !== 0 && (kinds & IS_HEX_LETTER) !== 0
}

function kindOf(bytes: Uint8Array, at: number): number {
  return KINDS[bytes[at] as number] as number
}

const LONGEST_IBAN = 42
const CAPITAL_A = 0x41
const LETTERS = 26
/** Of a country, by the places of its two letters in the alphabet; 0 where there is none. */
const IBAN_LENGTH: Uint8Array = Uint8Array.from({ length: LETTERS * LETTERS }, (_, pair) => {
  const country = String.fromCharCode(CAPITAL_A + Math.floor(pair / LETTERS), CAPITAL_A + (pair % LETTERS))
  return IBAN_LENGTHS[country] ?? 0
})

/** Somewhere before the number an IBAN begins that covers it, with the country's length and valid check digits. */
function isIban(view: View, start: number, end: number): boolean {
  let first = start
  while (start - first < LONGEST_IBAN && is(view, first - 1, IN_IBAN)) first--
  for (let at = first; at <= start - 2; at++) {
    if (is(view, at, IS_UPPER) && is(view, at + 1, IS_UPPER) && isIbanAt(view, at, end)) return true
  }
  return false
}

/** @param end of the number that it covers */
function isIbanAt(view: View, at: number, end: number): boolean {
  const { bytes } = view
  const first = (bytes[at] as number) - CAPITAL_A
  const second = (bytes[at + 1] as number) - CAPITAL_A
  const length = IBAN_LENGTH[LETTERS * first + second] as number
  if (length === 0 || is(view, at - 1, IS_WORDY)) return false
  let compact = ''
  let to = at
  for (; to < view.length && compact.length < length; to++) {
    if (is(view, to, IS_DIGIT | IS_UPPER)) compact += String.fromCharCode(bytes[to] as number)
    else if (!is(view, to, IS_GAP)) break
  }
  return compact.length === length && to >= end && !is(view, to, IS_WORDY) && validIban(compact)
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
