/** Maskers of whole columns: what each method makes of one cell. */
import type { ColumnMask } from '../model/decision.js'
import type { Dialect } from '../model/dialect.js'
import type { Field } from '../model/result.js'
import type { CellScan } from './cell-scan.js'
import { Tally } from './counts.js'
import { holdsGeneralised, holdsNothing, holdsText, isUuidField } from './field-types.js'
import { firstEight, isPlainPan, lastFour, partial, REDACTED, truncated } from './formats.js'
import { calendarOf } from './maskers/calendar.js'
import { generalised } from './maskers/generalise.js'
import { hashed } from './maskers/hash.js'
import type { MaskingKey } from './maskers/masking-key.js'
import { tokenised } from './maskers/tokenise.js'

export type CellMask = (value: unknown, tally: Tally) => unknown

/** What masks work with. */
export interface MaskTools {
  readonly scan: CellScan
  /** Without one, what would be hashed or a token is redacted. */
  readonly key: MaskingKey | undefined
  /** Tallies are told which card numbers are shown. */
  readonly watches?: boolean
}

/**
 * @param computed whether the column is computed from protected ones: then that there is no value tells
 *   about theirs (`substring(ssn from '^1')`), and NULL is masked as well
 * @returns undefined where nothing is to be done and nothing to be counted
 */
export function cellMask(
  mask: ColumnMask,
  field: Field,
  dialect: Dialect,
  { scan, key }: MaskTools,
  computed = false,
): CellMask | undefined {
  const { method, label } = mask
  const counted = label ?? method
  switch (method) {
    case 'keep':
      return label === undefined ? undefined : keepAndCount(`unmasked:${label}`)
    case 'scan': {
      const context = scan.context(field.name)
      if (holdsNothing(field, dialect, context !== '') && !scan.namesExtra(field.name)) return undefined
      // Whatever its digits, no built-in detector finds anything in a UUID that stands alone.
      if (isUuidField(field, dialect) && scan.canGlance(field.name)) return undefined
      return (value, tally) => scan.cell(value, tally, context)
    }
    case 'partial':
      return truncating(counted, masking(counted, partial))
    case 'first8':
      return masking(counted, firstEight)
    case 'last4':
      return masking(counted, text => lastFour(text, label === undefined || label === 'pan'))
    case 'redact':
      return computed ? concealing(counted) : masking(counted, () => REDACTED)
    case 'hash':
    case 'tokenise': {
      const make = method === 'hash' ? hashed : tokenised
      const calendar = calendarOf(field, dialect)
      return changing(named(mask), value =>
        key === undefined ? REDACTED : (make(value, key, label ?? '', calendar) ?? REDACTED),
      )
    }
    case 'generalise':
      return changing(named(mask), generalising(mask, field, dialect, scan))
    case 'null':
      return (value, tally) => {
        if (value !== null && value !== undefined) tally.add(counted)
        return null
      }
  }
}

function keepAndCount(name: string): CellMask {
  return (value, tally) => {
    if (value !== null && value !== undefined) tally.add(name)
    return value
  }
}

/** NULL stays NULL: that there is no value is not the value. */
function changing(name: string, mask: (value: unknown) => unknown): CellMask {
  return (value, tally) => {
    if (value === null || value === undefined) return value
    const masked = mask(value)
    if (masked !== value) tally.add(name)
    return masked
  }
}

function masking(name: string, mask: (text: string) => string): CellMask {
  return changing(name, value => mask(asText(value)))
}

/** Of a plain number it is known that it changes: to compare would cost more than to mask. */
function truncating(name: string, others: CellMask): CellMask {
  return (value, tally) => {
    if (typeof value !== 'string' || !isPlainPan(value)) return others(value, tally)
    tally.add(name)
    return truncated(value)
  }
}

/** Counted with the name of the masker: by the label alone, `partial` and its like are. */
function named({ method, label }: ColumnMask): string {
  return label === undefined ? method : `${method}:${label}`
}

/** What cannot be generalised, and what holds something that detectors find, is not shown. */
function generalising(
  { to = 'decade' }: ColumnMask,
  field: Field,
  dialect: Dialect,
  scan: CellScan,
): (value: unknown) => unknown {
  const calendar = calendarOf(field, dialect)
  const context = scan.context(field.name)
  const hidden = holdsGeneralised(field, to, dialect) && !holdsText(field, dialect) ? null : REDACTED
  const finds = (value: unknown): boolean => scan.cell(value, new Tally(), context) !== value
  return value => {
    const begins = generalised(value, to, calendar)
    return begins === undefined || finds(value) || finds(begins) ? hidden : begins
  }
}

function concealing(name: string): CellMask {
  return (_, tally) => {
    tally.add(name)
    return REDACTED
  }
}

/** Text of what can be one number; anything else has no text worth showing and ends up redacted. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return value.length > 128 ? '' : Buffer.from(value).toString('latin1')
  return ''
}
