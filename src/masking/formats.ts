/**
 * What masked values look like. One truncation wherever values are kept: first six and last four. `last4` and
 * `first8` are for display; each holds the next shorter one, so that no two of them together say more digits of
 * a PAN than the longer one does (PCI DSS 3.4.1, 3.5.1; PCI SSC FAQ 1091, 1117).
 */

import { passesLuhn } from '../util/luhn.js'
import { permitsFirstEight } from './detectors/pan/brands.js'
import { fold } from './detectors/unicode.js'

/** Stands for a value of which nothing is shown. */
export const REDACTED = '[redacted]'

const PARTIAL = /^\d{6}\*{2,9}\d{4}$/
const FIRST_EIGHT = /^\d{8}\*{4}\d{4}$/
/** The same anywhere in a text. */
const FIRST_EIGHTS = /(?<!\d)(\d{6})\d\d\*{4}(\d{4})(?!\d)/g
const STAR = 0x2a
const ZERO = 0x30
const LAST_FOUR = /^\*{4,15}\d{4}$/

const HIDDEN: readonly string[] = Array.from({ length: 10 }, (_, digits) => '*'.repeat(digits))

/** BIN and last four of 12 digits or more; longer stretches than a PAN keep a PAN's length. */
export function truncated(digits: string): string {
  const hidden = Math.min(Math.max(digits.length - 10, 2), 9)
  return `${digits.slice(0, 6)}${HIDDEN[hidden]}${digits.slice(-4)}`
}

/** The digits of a value that is nothing but one number, separators dropped; otherwise undefined. */
export function onlyDigits(value: string): string | undefined {
  if (/^\d{1,128}$/.test(value)) return value
  if (value.length > 128) return undefined
  const plain = /^[\x20-\x7e]*$/.test(value) ? value : fold(value)
  if (!/^[\s\d.\-/_]+$/.test(plain)) return undefined
  const digits = plain.replace(/\D/g, '')
  return digits.length > 0 ? digits : undefined
}

/** In a column labelled as PAN: 12 to 19 digits with a valid check digit, or of UnionPay, which may have none. */
export function isPan(digits: string): boolean {
  if (digits.length < 12 || digits.length > 19) return false
  return passesLuhn(digits) || (digits.length >= 16 && /^(?:62|81)/.test(digits))
}

/** The PAN that a value is, without the zeros before it that a database fills a number up with. */
function panIn(value: string): string | undefined {
  const digits = onlyDigits(value)?.replace(/^0+/, '')
  return digits !== undefined && isPan(digits) ? digits : undefined
}

/** Whether a value is nothing but the digits of a PAN, as most in a column labelled so are. */
export function isPlainPan(value: string): boolean {
  return value.length >= 12 && value.length <= 19 && value.charCodeAt(0) !== ZERO && passesLuhn(value)
}

/** `partial`: BIN and last four of a PAN; anything else is redacted. Masked values stay as they are, or show less. */
export function partial(value: string): string {
  if (isPlainPan(value)) return truncated(value)
  if (PARTIAL.test(value) || LAST_FOUR.test(value)) return value
  if (FIRST_EIGHT.test(value)) return storedForm(value)
  const pan = panIn(value)
  return pan === undefined ? REDACTED : truncated(pan)
}

/** `first8`: eight digits of an eight-digit BIN and the last four where the brand permits it; otherwise as `partial`. */
export function firstEight(value: string): string {
  const shown = partial(value)
  const digits = FIRST_EIGHT.test(value) ? value : panIn(value)
  if (shown === REDACTED || digits === undefined || !permitsFirstEight(digits)) return shown
  return `${digits.slice(0, 8)}****${digits.slice(-4)}`
}

/** `last4`: the last four of a PAN, or, under another label, of a number of at least eight digits. */
export function lastFour(value: string, pan: boolean): string {
  if (LAST_FOUR.test(value)) return value
  if (PARTIAL.test(value) || FIRST_EIGHT.test(value)) return hideAllButFour(value)
  const digits = pan ? panIn(value) : onlyDigits(value)
  return digits !== undefined && digits.length >= 8 && digits.length <= 19 ? hideAllButFour(digits) : REDACTED
}

/** False only where `storedForm` leaves the ASCII text as it is that these bytes are. */
export function mayHoldFirstEight(bytes: Uint8Array, start: number, end: number): boolean {
  // Of four stars in a row one stands at every fourth place; `partial` mostly leaves more of them.
  for (let at = start + 8; at < end; at += 4) {
    if (bytes[at] !== STAR) continue
    let from = at
    let to = at + 1
    while (from > start && bytes[from - 1] === STAR) from--
    while (to < end && bytes[to] === STAR) to++
    if (to - from === 4) return true
    at = to - 4
  }
  return false
}

/** A text as it may be kept: what `first8` shows is cut to what `partial` shows. */
export function storedForm(text: string): string {
  return text.includes('****') ? text.replace(FIRST_EIGHTS, '$1******$2') : text
}

function hideAllButFour(text: string): string {
  return '*'.repeat(text.length - 4) + text.slice(-4)
}
