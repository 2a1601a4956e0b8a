/** Card numbers with an exponent, as databases, languages and spreadsheets write floats: `4.111111111111111e+15`. */

import { passesLuhn } from '../../../util/luhn.js'
import { truncated } from '../../formats.js'
import type { Span } from '../detector.js'
import { stretchAt } from '../stretch.js'
import type { View } from '../view.js'
import { issuerOf } from './brands.js'
import { SHORTEST } from './digit-run.js'
import { isInCode } from './lookalikes.js'

/** With a point, or with the comma of some countries' spreadsheets. */
const MANTISSAS = [/(\d{0,40})(?:\.(\d{0,40}))?$/, /(\d{1,40}),(\d{0,40})$/]
const EXPONENT = /^[eE]([+-]?\d{1,3})(?!\d)/
const LONGEST_EXPONENT = 6
const LONGEST_MANTISSA = 81
const LONGEST = 19
/** A card number with many zeros at its end has fewer that are not zero. */
const FEWEST_WRITTEN = 10
/** A double keeps fifteen digits or more, of which the last may be zeros that nobody writes. */
const FEWEST_KEPT = 13

const SMALL_E = 0x65
const isDigit = (code: number): boolean => code >= 48 && code <= 57
/** A digit, point or comma. */
const isInMantissa = (code: number): boolean => isDigit(code) || code === 0x2e || code === 0x2c
const IN_MANTISSA: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => (isInMantissa(byte) ? 1 : 0))

/** False only where `exponentNumbers` finds nothing in the ASCII text that these bytes are. */
export function mayHoldExponent(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  for (;;) {
    at = stretchAt(bytes, at, end, FEWEST_WRITTEN, IN_MANTISSA, 1)
    if (at < 0) return false
    while (at < end && IN_MANTISSA[bytes[at] as number] === 1) at++
    if (at < end && ((bytes[at] as number) | 0x20) === SMALL_E) return true
  }
}

export function exponentNumbers(view: View): readonly Span[] {
  const text = view.text()
  const found: Span[] = []
  for (let at = FEWEST_WRITTEN; at < text.length; at++) {
    if ((text.charCodeAt(at) | 0x20) !== SMALL_E) continue
    let from = at
    while (from > 0 && at - from < LONGEST_MANTISSA && isInMantissa(text.charCodeAt(from - 1))) from--
    if (at - from >= FEWEST_WRITTEN) found.push(...numbersAt(text, view, from, at))
  }
  return found
}

const FLOAT = /^(\d{0,40})[.,]?(\d{0,40})[eE]([+-]?\d{1,3})$/

/** The digits of the whole number that a text with an exponent is and as long as a card number; otherwise undefined. */
export function digitsOfFloat(text: string): string | undefined {
  const [, integer, fraction = '', power] = FLOAT.exec(text) ?? []
  return integer === undefined ? undefined : integerPart(integer + fraction, integer.length + Number(power))
}

/** @param at of the exponent. */
function numbersAt(text: string, view: View, from: number, at: number): readonly Span[] {
  const [exponent = '', power] = EXPONENT.exec(text.slice(at, at + LONGEST_EXPONENT)) ?? []
  if (power === undefined) return []
  const end = at + exponent.length
  const before = text.slice(from, at)
  return MANTISSAS.flatMap(mantissa => {
    const [written = '', integer = '', fraction = ''] = mantissa.exec(before) ?? []
    const digits = integerPart(integer + fraction, integer.length + Number(power))
    const start = at - written.length
    if (digits === undefined || isInCode(view, start, end, true)) return []
    if (isCard(digits)) return [{ start, end, replacement: truncated(digits) }]
    return hasLost(digits, integer + fraction) ? [{ start, end }] : []
  })
}

/** @param point how many of the digits stand before it. @returns undefined where they are no card number by their count. */
function integerPart(written: string, point: number): string | undefined {
  if (written.length < FEWEST_WRITTEN || point > LONGEST_MANTISSA) return undefined
  const digits = written.slice(0, Math.max(0, point)).padEnd(point, '0').replace(/^0+/, '')
  return digits.length >= SHORTEST && digits.length <= LONGEST ? digits : undefined
}

function isCard(digits: string): boolean {
  const issuer = passesLuhn(digits) ? issuerIn(digits) : 'none'
  return issuer === 'listed' || issuer === 'listed-without-luhn'
}

/** No check digit is left of a number that a double cannot hold, or that was printed with fewer digits than it has. */
function hasLost(digits: string, written: string): boolean {
  const kept = written.replace(/^0+|0+$/g, '').length
  if (kept < FEWEST_KEPT || (kept >= digits.length && Number.isSafeInteger(Number(digits)))) return false
  return issuerIn(digits) !== 'none'
}

function issuerIn(digits: string): ReturnType<typeof issuerOf> {
  return issuerOf(Uint8Array.from(digits, Number), 0, digits.length)
}
