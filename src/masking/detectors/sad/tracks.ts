/** Magnetic stripes (ISO/IEC 7813, and as EMV tags 57 and 9F6B): they refuse the whole result. */

import { passesLuhn } from '../../../util/luhn.js'
import { matchesOf } from '../matches.js'
import { issuerOf } from '../pan/brands.js'
import type { SadSpan } from './sad-finder.js'

/** Track 1, format B: `%B` PAN `^` name `^` YYMM … `?`. Name and expiry may be left out. */
const TRACK_1 = /(?:%?[Bb])?(?<!\d)(\d[\d -]{11,22})\^[^^]{0,60}\^[\^=]?\d{3,4}[^?\n]{0,80}\??/g
/** Track 2: `;` PAN `=` or `D` YYMM service code … `?`. Of the last two parts either may be left out in its frame. */
const TRACK_2 =
  /(;(?=\d[\d -]{11,40}=)|(?<!\d))(\d{12,21}|(?<=;)\d(?:[ -]?\d){11,18})( ?[=D] ?)(?:(\d{2})(\d{2})|(?==))((?:=|\d{3})\d{0,17}|)F?(\??)/gi
/** The same as a field of EMV, behind its tag and length. */
const TAG_57 =
  /(57|9f6b)[ :]{0,2}(?:0[c-f]|1[0-9a-f])[ :]{0,2}(\d{12,19})(D)(\d{2})(\d{2})(\d{3,20})F?(\??)/gi

export function tracksOne(text: string, found: SadSpan[]): void {
  for (const match of matchesOf(TRACK_1, text)) {
    const digits = (match[1] ?? '').replace(/\D/g, '')
    if (digits.length < 12) continue
    found.push({ start: match.index, end: match.index + match[0].length, track: true })
  }
}

export function tracksTwo(text: string, found: SadSpan[]): void {
  for (const match of [...matchesOf(TRACK_2, text), ...matchesOf(TAG_57, text)]) {
    const [all, sentinel, number = '', separator = '', , month, rest = '', close] = match
    if (month !== undefined && (Number(month) < 1 || Number(month) > 12)) continue
    const pan = number.replace(/\D/g, '')
    const framed = sentinel === ';' && separator.trim() === '='
    if (rest === '' && !(framed && close === '?')) continue
    if (!framed && (number !== pan || separator.length > 1)) continue
    if (!framed && !isNumber(pan, all) && !(close === '?' && isListed(pan))) continue
    found.push({ start: match.index, end: match.index + all.length, track: true })
  }
}

/** Alone, or behind the length of the whole, as fields of ISO 8583 say it. */
function isNumber(pan: string, all: string): boolean {
  return isCardNumber(pan) || (Number(pan.slice(0, 2)) === all.length - 2 && isCardNumber(pan.slice(2)))
}

function isCardNumber(pan: string): boolean {
  return pan.length <= 19 && passesLuhn(pan) && isListed(pan)
}

function isListed(pan: string): boolean {
  return issuerOf(Uint8Array.from(pan, Number), 0, pan.length) !== 'none'
}
