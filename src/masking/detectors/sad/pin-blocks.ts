/** PIN blocks (ISO 9564: eight bytes, of format 4 sixteen) beside their names, in hexadecimal. */
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

/** Quick look for any of these names. */
const PIN_SIGN = /pin|epb|52[^0-9a-z]|tag.99/i

export function pinBlocks(text: string, found: SadSpan[]): void {
  if (!PIN_SIGN.test(text) || text.search(PIN_BLOCK) < 0) return
  for (const match of text.matchAll(PIN_BLOCK)) {
    const end = match.index + match[0].length
    found.push({ start: end - (match[1] ?? '').length, end, track: false })
  }
}
