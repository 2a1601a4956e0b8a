/** Maskers of whole columns: what each method makes of one cell. */
import type { ColumnMask, MaskMethod } from '../model/decision.js'
import type { CellScan } from './cell-scan.js'
import type { Tally } from './counts.js'
import { lastFour, partial, REDACTED } from './formats.js'

/** From the one that shows most to the one that shows least. */
const BY_STRICTNESS: readonly MaskMethod[] = ['keep', 'scan', 'partial', 'last4', 'redact', 'null']

export function stricter(a: ColumnMask, b: ColumnMask): ColumnMask {
  return BY_STRICTNESS.indexOf(b.method) > BY_STRICTNESS.indexOf(a.method) ? b : a
}

export function strictness(method: MaskMethod): number {
  return BY_STRICTNESS.indexOf(method)
}

export type CellMask = (value: unknown, tally: Tally) => unknown

/**
 * @param computed whether the column is computed from protected ones: then that there is no value tells
 *   about theirs (`substring(ssn from '^1')`), and NULL is masked as well
 * @returns undefined where nothing is to be done and nothing to be counted
 */
export function cellMask(
  mask: ColumnMask,
  name: string,
  scan: CellScan,
  computed = false,
): CellMask | undefined {
  const { method, label } = mask
  const counted = label ?? method
  switch (method) {
    case 'keep':
      return label === undefined ? undefined : keepAndCount(`unmasked:${label}`)
    case 'scan': {
      const context = scan.context(name)
      return (value, tally) => scan.cell(value, tally, context)
    }
    case 'partial':
      return masking(counted, partial)
    case 'last4':
      return masking(counted, text => lastFour(text, label === undefined || label === 'pan'))
    case 'redact':
      return computed ? concealing(counted) : masking(counted, () => REDACTED)
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
function masking(name: string, mask: (text: string) => string): CellMask {
  return (value, tally) => {
    if (value === null || value === undefined) return value
    const masked = mask(asText(value))
    if (masked !== value) tally.add(name)
    return masked
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
