import type { Expression } from '../../relational.js'
import { AnalysisStop } from '../../stop.js'

const HIGHEST = 0x7fff_ffff_ffff_ffffn

/** @param digits a number as the grammar reads it, without separators. */
export function numberLiteral(digits: string): Expression {
  const isHex = /^0x/i.test(digits)
  if (!isHex && !/^\d+$/.test(digits)) return { type: 'constant', value: Number(digits) }
  if (isHex && digits.replace(/^0x0*/i, '').length > 16)
    throw new AnalysisStop('syntax', 'A hexadecimal number has more than 16 digits.')
  const whole = isHex ? BigInt.asIntN(64, BigInt(digits)) : BigInt(digits)
  const value = Number(whole)
  // A whole number that takes more than 64 bits is a floating-point one to SQLite, as it is here.
  if (Number.isSafeInteger(value) || whole > HIGHEST) return { type: 'constant', value }
  return exactly(whole.toString(), 'integer')
}

/** One character for each byte, so that as a condition it is worth what the bytes are. */
export function blobLiteral(bytes: Uint8Array): Expression {
  return exactly(Buffer.from(bytes).toString('latin1'), 'blob')
}

function exactly(value: string, type: string): Expression {
  const to = { name: type, array: false, modified: false }
  return { type: 'cast', operand: { type: 'constant', value }, to }
}

/** What a string is worth as a condition: the number that it starts with, or 0. */
export function textTruth(text: string): boolean | 'unknown' {
  const number = /^[ \t\n\v\f\r]*[+-]?(\d+\.?\d*|\.\d+)(e)?/i.exec(text)
  if (number === null) return false
  return number[2] === undefined ? Number(number[1]) !== 0 : 'unknown'
}
