/**
 * Card numbers in fields of payment messages, where other digits follow at once: what stands before says how long
 * the number is. EMV tag 5A and the primary account number of ISO 8583.
 */
import { matchesOf } from '../matches.js'
import type { Packed } from './packed.js'

/** Tag, and length in bytes of two digits; an odd number ends in `F`. */
const EMV = /(5a0)([6-9a])(\d{12,20})/gi
/** Kind of message, bitmap with the bit of field 2, and length in digits. */
const ISO_8583 = /((?:^|[^0-9a-f])0[1-8]\d\d(?:[4-7][0-9a-f]{15}|[c-f][0-9a-f]{31}))(1[2-9])(\d{12,19})/gi

export function fieldNumbers(text: string, found: Packed[]): void {
  emvNumbers(text, found)
  isoNumbers(text, found)
}

function emvNumbers(text: string, found: Packed[]): void {
  for (const match of matchesOf(EMV, text)) {
    const [, tag = '', length = '', digits = ''] = match
    add(found, match.index + tag.length + 1, digits.slice(0, 2 * Number.parseInt(length, 16)))
  }
}

function isoNumbers(text: string, found: Packed[]): void {
  for (const match of matchesOf(ISO_8583, text)) {
    const [, head = '', length = '', digits = ''] = match
    if (digits.length >= Number(length))
      add(found, match.index + head.length + 2, digits.slice(0, Number(length)))
  }
}

function add(found: Packed[], start: number, text: string): void {
  found.push({ start, end: start + text.length, text })
}
