/** Which card numbers rows hold, for a budget that counts them: as they were before masking, and never kept as they are. */
import { types } from 'node:util'
import type { ColumnMask } from '../model/decision.js'
import type { CellMask, MaskTools } from './column-mask.js'
import { Tally } from './counts.js'
import { unescapeText } from './detectors/encoded/escapes.js'
import { digitsOfFloat } from './detectors/pan/exponents.js'
import { fold } from './detectors/unicode.js'
import { REDACTED } from './formats.js'

/** A keyed hash of a card number's digits. */
export type PanDigest = (digits: string) => string

/** A tally that also takes down which card numbers it saw. */
export class PanTally extends Tally {
  private seen = new Set<string>()

  constructor(private readonly digest: PanDigest) {
    super()
  }

  override get watches(): boolean {
    return true
  }

  override saw(value: unknown): void {
    const number = numberOf(value)
    if (number !== '') this.seen.add(this.digest(number))
    else if (typeof value === 'object' && value !== null && !types.isTypedArray(value))
      for (const inner of Object.values(value)) this.saw(inner)
  }

  /** Those seen since it was last asked. */
  take(): readonly string[] {
    if (this.seen.size === 0) return NONE
    const taken = [...this.seen]
    this.seen.clear()
    return taken
  }
}

const NONE: readonly string[] = Object.freeze([])

/**
 * The same mask, telling the tally of each value of a column of card numbers of which something is shown. What is
 * hidden whole is no look at a card, and counting it would tell which hidden values are the same.
 */
export function watching(
  mask: CellMask | undefined,
  { label, method }: ColumnMask,
  { watches }: MaskTools,
): CellMask | undefined {
  if (mask === undefined || watches !== true || label !== 'pan') return mask
  if (method === 'redact' || method === 'null') return mask
  return (value, tally) => {
    const masked = mask(value, tally)
    if (masked !== REDACTED) tally.saw(value)
    return masked
  }
}

/**
 * However it is written: separators, escapes, scripts of digits, padding and exponents do not make another number. What is
 * encoded otherwise goes by its whole text.
 */
function numberOf(value: unknown): string {
  const text = textOf(value)
  const plain = fold(unescapeText(text)?.text ?? text)
  const float = digitsOfFloat(plain)
  if (float !== undefined) return float
  return /[a-z]/i.test(plain) ? text : plain.replace(/\D/g, '').replace(/^0+/, '')
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : ''
}
