/** PIN blocks (ISO 9564: eight bytes, of format 4 sixteen) beside their names, in hexadecimal. */
import { matchesOf } from '../matches.js'
import { signAt, signTable } from '../signs.js'
import { stretchAt } from '../stretch.js'
import type { View } from '../view.js'
import type { SadSpan } from './sad-finder.js'

/** How it is called; `epb`: encrypted PIN block. */
export const PIN_NAME = 'pin.?bl[oc]{0,2}k|pin.?data|enc(?:rypted|iphered)?[._ -]?pin|ncrptdpinblck|epb'
const FIELD_52 =
  '(?:(?:\\b|_)(?:f|de|bit|field|fld|id|p|s)(?:["\']?[ ._=["\'-]{1,2})?0?52|(?<=["\\[])0?52(?=["\\]])|(?<![\\w.])052)'
const ABOUT = '(?:[ _.-]?(?:hex|is|data|value|val|under|[zt]pk|lmk|format|iso|ansi|pin|[0-4])(?![a-z])){0,4}'
const PIN_BLOCK = new RegExp(
  `(?:${PIN_NAME}|pin.under.lmk|${FIELD_52}|(?:format|iso).{0,9}pin|tag.99)(?:[ (]{1,2}[^)\\n]{1,16}\\))?${ABOUT}` +
    `(?:["'\\\\\\s:=>,|<\\[\\]-]|value){1,8}(?:0x|[hx]')?((?:[0-9a-f]{16}){1,2})(?![0-9a-f])`,
  'gi',
)

const BLOCK = 16
/** Characters before a block in which the name of it begins, or more. */
const REACH = 160
/** Quick look for any of these names, in a text and before a block. */
const PIN_SIGN = /pin|epb|52[^0-9a-z]|tag.99/i
const NEAR_SIGN = new RegExp(`pin|epb|${FIELD_52}|tag.99`, 'i')
/** Of what is in each of them. */
const NEAR_SIGNS = signTable(['pin', 'epb', '52', '99'])
const IS_HEX: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 && /[0-9a-f]/i.test(String.fromCharCode(byte)) ? 1 : 0,
)

/** False only where `pinBlocks` finds nothing. */
export function mayBePinBlock(view: View): boolean {
  const { bytes, length } = view
  let at = 0
  for (;;) {
    at = stretchAt(bytes, at, length, BLOCK, IS_HEX, 1)
    if (at < 0) return false
    let end = at + BLOCK
    while (end < length && IS_HEX[bytes[end] as number] === 1) end++
    if (isAsLong(end - at) && mayBeNamed(bytes, at)) return true
    at = end
  }
}

/** The last letter of `value` may stand before the block. */
function isAsLong(length: number): boolean {
  return length % BLOCK <= 1 && length <= 2 * BLOCK + 1
}

function mayBeNamed(bytes: Buffer, at: number): boolean {
  const from = Math.max(0, at - REACH)
  return signAt(NEAR_SIGNS, bytes, from, at) < at && NEAR_SIGN.test(bytes.toString('latin1', from, at))
}

export function pinBlocks(text: string, found: SadSpan[]): void {
  if (!PIN_SIGN.test(text)) return
  for (const match of matchesOf(PIN_BLOCK, text)) {
    const end = match.index + match[0].length
    found.push({ start: end - (match[1] ?? '').length, end, track: false })
  }
}
