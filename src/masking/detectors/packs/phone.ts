/** Telephone numbers: international ones by their plus and country, `(415) 555-0132`, national ones that words announce. */
import type { Detector, Span } from '../detector.js'
import { AFTER_THREE_DIGITS, PHONE_LENGTHS, THREE_DIGIT_CODES } from './phone-lengths.data.js'
import { hasDigits, isWordAt, namedValues, speaks } from './words.js'

const WORDS = [
  /tele?[\s_-]{0,1}phones?|phones?(?![a-z])|(?<![A-Za-z])tel(?:efon\w{0,8}|[eé]fono|number|num|no|nr)?(?![a-z])|(?:home|work|day|office|direct|land)[\s_-]?(?:line|phone|tel)|mobiles?(?![a-z])|(?<![A-Za-z])mobil(?:e?nummer|funk)?(?![a-z])|(?<![A-Za-z])cell(?:ular|[\s_-]?(?:phone|no|number|nr|#))?(?![a-z])|(?<![A-Za-z])fax(?![a-z])|msisdn|whats[\s_-]?app|(?<![A-Za-z])(?:handy|rufnummer|portable|m[oó]vil|celular|cellulare|gsm|sms|viber)(?:nr|nummer)?(?![a-z])|t[eé]l[eé]phone|contact[\s_-]?(?:no|number|nr|#)|call(?:ed|ing)?[\s_](?:me|us|him|her|back)?[\s_]{0,1}(?:at|on)|phone[\s_-]?(?:no|number|nr)|电话|電話|手机|手機|携帯|телефон|тел\.|моб\./giu,
  /(?<=[a-z])Tel(?![a-z])/g,
]
const SPOKEN = /\d(?:[\s().\-/\u2010-\u2015\u2212]{0,3}\d){6,15}/
const NAMED = new RegExp(
  `^(?:\\+|00)?\\(?\\+?${SPOKEN.source}(?![\\d])(?:\\s{0,2}(?:ext|x|extension)\\.?\\s{0,2}\\d{1,6})?(?![A-Za-z\\d])`,
  'i',
)
const INTERNATIONAL = /\+[(]?\d{1,3}(?:[\s().\-/\u2010-\u2015]{0,3}\d){4,15}/g
const BRACKETED = /(?<![\w)])\([2-9]\d{2}\)[ -]?[2-9]\d{2}[-. ]\d{4}(?![-.]?\d)(?![A-Za-z])/g
const ISO_DATE = /^(?:19|20)\d\d[-/.](?:0[1-9]|1[0-2])[-/.](?:[0-2]\d|3[01])(?!\d)/
const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/
const LONGEST = 15

export function phonePack(): Detector {
  return Object.freeze<Detector>({ name: 'phone', names: name => speaks(WORDS, name), find })
}

function find(text: string): readonly Span[] {
  if (!hasDigits(text, 7)) return []
  const found: Span[] = []
  if (text.includes('+')) {
    for (const { index, 0: number } of text.matchAll(INTERNATIONAL)) {
      const end = internationalEnd(text, index, number)
      if (end > index) found.push({ start: index, end })
    }
  }
  if (text.includes('(')) {
    for (const { index, 0: number } of text.matchAll(BRACKETED)) {
      found.push({ start: index, end: index + number.length })
    }
  }
  return [...found, ...namedValues(text, { words: WORDS, read })]
}

function read(text: string, start: number): number {
  const part = text.slice(start, start + 80)
  if (ISO_DATE.test(part) || ADDRESS.test(part)) return -1
  const match = NAMED.exec(part)?.[0]
  return match === undefined || match.replace(/\D/g, '').length > LONGEST + 6 ? -1 : start + match.length
}

/** Where a number ends that begins with this plus: groups behind it that would make it too long are none of it. */
function internationalEnd(text: string, at: number, written: string): number {
  if (isWordAt(text, at - 1) || /[+)\]]/.test(text[at - 1] ?? '')) return -1
  for (let number = written; ; ) {
    const end = at + number.length
    if (isInUse(number) && !isWordAt(text, end) && !continues(text, end)) return end
    const gap = /[\s().\-/\u2010-\u2015]+\d+$/.exec(number)
    if (gap === null) return -1
    number = number.slice(0, gap.index)
  }
}

/** Versions, decimals, times. */
function continues(text: string, end: number): boolean {
  return /[-./:]/.test(text[end] ?? '') && isDigitAt(text, end + 1)
}

/** A country code that is in use, and as many digits as that country has. */
function isInUse(number: string): boolean {
  const digits = number.replace('(0)', '').replace(/\D/g, '')
  if (digits.length > LONGEST) return false
  const one = PHONE_LENGTHS[digits[0] ?? '']
  if (one !== undefined) return has(digits.length - 1, one) && isNorthAmerican(digits)
  const two = PHONE_LENGTHS[digits.slice(0, 2)]
  if (two !== undefined) return has(digits.length - 2, two)
  return THREE_DIGIT_CODES.has(digits.slice(0, 3)) && has(digits.length - 3, AFTER_THREE_DIGITS)
}

function has(length: number, [least, most]: readonly [number, number]): boolean {
  return length >= least && length <= most
}

/** There neither area nor exchange begins with 0 or 1. */
function isNorthAmerican(digits: string): boolean {
  return digits[0] !== '1' || /^1[2-9]\d{2}[2-9]/.test(digits)
}

function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}
