/** Which of two masks holds where both are asked for: masks are ordered only as far as one shows less than the other. */
import type { Coarseness, ColumnMask, MaskMethod } from './decision.js'

/** From the one that shows most to the one that shows least; those of one rank have no order among themselves. */
const RANKS: Readonly<Record<MaskMethod, number>> = {
  keep: 0,
  scan: 1,
  first8: 2,
  partial: 2,
  last4: 2,
  hash: 2,
  tokenise: 2,
  generalise: 2,
  redact: 3,
  null: 4,
}
/** Each shows a part of what the one before it shows. */
const TRUNCATIONS: readonly MaskMethod[] = ['first8', 'partial', 'last4']
const PERIODS: readonly Coarseness[] = ['month', 'year', 'decade']

/** The stricter of two masks; where each shows something that the other does not, nothing is shown. */
export function stricter(a: ColumnMask, b: ColumnMask): ColumnMask {
  const [one, other] = [RANKS[a.method], RANKS[b.method]]
  if (one !== other) return other > one ? b : a
  if (a.method === b.method) {
    if (a.method !== 'generalise' || a.to === b.to || isCoarser(a.to, b.to)) return a
    return isCoarser(b.to, a.to) ? b : redacted(a)
  }
  const [first, second] = [TRUNCATIONS.indexOf(a.method), TRUNCATIONS.indexOf(b.method)]
  if (first < 0 || second < 0) return redacted(a)
  return second > first ? b : a
}

/** Nothing of the value, not even whether two are the same. */
export function showsNothing({ method }: ColumnMask): boolean {
  return method === 'redact' || method === 'null'
}

/** Whether every whole of the first is made of wholes of the second. */
function isCoarser(first: Coarseness | undefined, second: Coarseness | undefined): boolean {
  if (first === undefined || second === undefined) return first === undefined
  if (typeof first === 'number' || typeof second === 'number')
    return typeof first === 'number' && typeof second === 'number' && first % second === 0
  return PERIODS.indexOf(first) > PERIODS.indexOf(second)
}

function redacted({ label }: ColumnMask): ColumnMask {
  return label === undefined ? { method: 'redact' } : { method: 'redact', label }
}
