/**
 * Which groups of a run may together be one card number. People group a PAN in fours, by the embossing
 * of their brand, evenly, or by a line break; lists of unrelated numbers have no such shape or go on.
 */
import { type DigitRun, DOT_GAP, gapHash } from './digit-run.js'

const LARGEST_GROUP = 8
/** Lists of numbers of four digits are written so, card numbers are not. */
const COMMA_GAP = gapHash(',')
const LIST_GAPS: readonly number[] = [COMMA_GAP, gapHash(', ')]
const HIDDEN_GAPS: readonly number[] = ['...', '....', '.....', '......'].map(gapHash)
/** What bullets read as: they stand inside of one number, where other weak separators stand between two. */
const BULLET_GAP = gapHash('*')
/** Of a hardware address. */
const COLON_GAP = gapHash(':')

/**
 * Whether groups `from` to `to` (inclusive, `from < to`), `digits` digits together, read as one number.
 * `follows`: the group before ends a card number that was found.
 */
export function readsAsOne(
  run: DigitRun,
  from: number,
  to: number,
  digits: number,
  follows: boolean,
): boolean {
  const gap = run.gap[from + 1] ?? 0
  if (isParcel(run, gap)) return false
  let uniform = true
  /** But for the first. */
  let alike = true
  let strong = true
  let lineBreak = false
  for (let group = from + 1; group <= to; group++) {
    if (run.gap[group] !== gap) uniform = false
    if (group > from + 1 && run.gap[group] !== run.gap[to]) alike = false
    if (run.strong[group] === 0) strong = false
    if (run.lineBreak[group] === 1) lineBreak = true
  }
  const six = from + 1 === to && run.length[from] === 6 && digits === 19
  // One full stop between two groups is a decimal point.
  if (from + 1 === to && gap === DOT_GAP && !six) return false
  // More of them stand for digits that are hidden already.
  if (from + 1 === to && HIDDEN_GAPS.includes(gap)) return false
  if (digits === 12 && gap === COLON_GAP && run.length[from] === 2) return false
  const list = LIST_GAPS.includes(gap)
  const fours = !list && inFours(run, from, to)
  const freeLeft = from === 0 || follows || run.gap[from] !== gap || stands(run, from - 1, from - 1, gap)
  const freeRight =
    to === run.groups - 1 || run.gap[to + 1] !== run.gap[to] || stands(run, to + 1, to + 2, gap)
  // Nothing else stands there; or the first group is set off: `(4111) 1111 1111 1111`.
  const alone = from === 0 && to === run.groups - 1
  if (fours && digits > 14 && (alone || (alike && freeLeft && freeRight))) return true
  if (!uniform && !(fours && strong)) {
    return strong && freeLeft && freeRight && inMergedFours(run, from, to)
  }

  const endsLeft = freeLeft || run.length[from - 1] !== run.length[from]
  const endsRight = freeRight || run.length[to + 1] !== run.length[to]
  // Three of four groups that are no number together would be one by chance too often.
  if (fours && strong && digits > 12 && (uniform || run.groups <= 6)) {
    return endsLeft || endsRight || run.groups <= 6
  }
  if (fours || even(run, from, to, list ? 3 : LARGEST_GROUP)) return endsLeft && endsRight
  if (gap === COMMA_GAP && inLakhs(run, from, to)) return endsLeft && freeRight
  if (!(strong || (six && gap === BULLET_GAP)) || !freeLeft || !freeRight) return false
  return lineBreak || to - from >= 2 || digits <= 16 || six
}

/** Tracking numbers of the United States Postal Service: 22 digits of which the first two are 92 to 95, in fours. */
function isParcel(run: DigitRun, gap: number): boolean {
  if (run.groups !== 6 || run.digitCount !== 22 || run.digits[0] !== 9) return false
  const second = run.digits[1] ?? 0
  if (second < 2 || second > 5) return false
  for (let group = 0; group < 5; group++)
    if (run.length[group] !== 4 || run.gap[group + 1] !== gap) return false
  return true
}

/** Whether a neighbouring group belongs to something else, as the day of a date does: the gap on its far side is another. */
function stands(run: DigitRun, group: number, gapAt: number, gap: number): boolean {
  return group > 0 && group < run.groups - 1 && gapAt < run.groups && run.gap[gapAt] !== gap
}

/** Fours of which some were written together: `4111 11111111-1111`. */
function inMergedFours(run: DigitRun, from: number, to: number): boolean {
  for (let group = from; group < to; group++) if ((run.length[group] ?? 0) % 4 !== 0) return false
  return to > from && (run.length[to] ?? 0) <= LARGEST_GROUP
}

/** `4-4-4-4`, with a shorter or longer end; `4-6-5` and `4-6-4` as American Express and Diners; `4-3-3-3`. */
function inFours(run: DigitRun, from: number, to: number): boolean {
  if (run.length[from] !== 4 || to - from < 2) return false
  const second = run.length[from + 1] ?? 0
  const last = run.length[to] ?? 0
  if (to - from === 2 && second === 6) return last === 5 || last === 4
  if (second === 3) return to - from === 3 && run.length[to - 1] === 3 && last === 3
  for (let group = from + 1; group < to; group++) if (run.length[group] !== 4) return false
  return last <= 8
}

/** Groups of one size, the first shorter (thousands) or the last of another length. */
function even(run: DigitRun, from: number, to: number, largest: number): boolean {
  const size = run.length[from + 1] ?? 0
  if (to - from < 2 || size > largest) return false
  for (let group = from + 1; group < to; group++) if (run.length[group] !== size) return false
  const first = run.length[from] ?? 0
  const last = run.length[to] ?? 0
  return first === size ? last <= size + 2 : first < size && last === size && size === 3
}

/** Thousands, then hundreds of them, as in India: `4,11,11,11,11,11,11,111`. */
function inLakhs(run: DigitRun, from: number, to: number): boolean {
  if ((run.length[from] ?? 0) > 2 || run.length[to] !== 3) return false
  for (let group = from + 1; group < to; group++) if (run.length[group] !== 2) return false
  return true
}
