/** Card numbers in EMV fields that are written byte by byte: tag 5A or 57, length, two digits to a byte. */
import { issuerOf } from './brands.js'
import type { DigitRun } from './digit-run.js'

const FIVE = 0x35
/** `A` and `a`, with one bit set. */
const SMALL_A = 0x61
/** Shortest number that is looked for, and longest. */
const SHORTEST = 13
const LONGEST = 19

/**
 * @param bytes of the text, from `start` on, in which the run stands.
 * @returns the groups that hold the number, first–last; undefined where it is no such field.
 */
export function taggedPairs(
  run: DigitRun,
  bytes: Uint8Array,
  start: number,
): readonly [first: number, last: number] | undefined {
  const gap = run.gap[1]
  for (let group = 0; group < run.groups - 1; group++) {
    if (run.length[group] !== 2 || (group > 0 && run.gap[group] !== gap)) return undefined
  }
  const at = start + (run.start[0] ?? 0) - 3
  const is5a = at >= start && bytes[at] === FIVE && ((bytes[at + 1] ?? 0) | 0x20) === SMALL_A
  const is57 = run.digits[0] === 5 && run.digits[1] === 7
  if (is5a) return numberAt(run, 1, byteAt(run, 0))
  return is57 ? numberAt(run, 2, run.groups) : undefined
}

function byteAt(run: DigitRun, group: number): number {
  const at = run.firstDigit[group] ?? 0
  return 16 * (run.digits[at] ?? 0) + (run.digits[at + 1] ?? 0)
}

function numberAt(run: DigitRun, first: number, groups: number): readonly [number, number] | undefined {
  const last = Math.min(first + groups, run.groups) - 1
  if (last <= first) return undefined
  const at = run.firstDigit[first] ?? 0
  const digits = (run.firstDigit[last] ?? 0) + (run.length[last] ?? 0) - at
  if (digits < SHORTEST || digits > LONGEST || !run.passesLuhn(at, digits)) return undefined
  const issuer = issuerOf(run.digits, at, digits)
  return issuer === 'listed' || issuer === 'listed-without-luhn' ? [first, last] : undefined
}
