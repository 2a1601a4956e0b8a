import type { Expression } from '../../relational.js'
import { castTo, constant } from './shapes.js'

/** A number of JavaScript where that is exactly the number written; else its digits, cast. */
export function exactNumber(digits: string): Expression {
  const value = Number(digits)
  if (/[eE]/.test(digits))
    return Number.isFinite(value) ? constant(value) : castTo('double', constant(digits))
  const plain = plainDigits(digits)
  return String(value) === plain ? constant(value) : castTo('decimal', constant(plain))
}

/** Without zeros that change nothing: `007.50` → `7.5`. */
function plainDigits(digits: string): string {
  const [whole = '', fraction = ''] = digits.split('.')
  const left = whole.replace(/^0+(?=.)/, '') || '0'
  const right = withoutLastZeros(fraction)
  return right === '' ? left : `${left}.${right}`
}

/** A pattern for the last zeros takes quadratic time on zeros in the middle. */
function withoutLastZeros(digits: string): string {
  let end = digits.length
  while (digits.charAt(end - 1) === '0') end -= 1
  return digits.slice(0, end)
}

/** Words that make a date or time of the string behind them. */
export function isTemporal(word: string): boolean {
  return word === 'date' || word === 'time' || word === 'timestamp'
}
