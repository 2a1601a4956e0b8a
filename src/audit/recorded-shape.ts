/**
 * What the record does with the columns of a result, worked out once for all results of one shape. Columns that
 * masking did not settle are shown in their scrubbed form: an unkeyed digest over an unmasked PAN would be the
 * PAN (its truncation stands beside it, PCI DSS 3.5.1).
 */
import { types } from 'node:util'
import type { EncodedRows } from '../model/encoded.js'
import type { Facts } from '../model/facts.js'
import { lineageLabels, outputAt } from '../model/lineage.js'
import type { DecidedSubmission } from '../model/progress.js'
import type { Field } from '../model/result.js'
import type { Scrubber } from '../model/scrub.js'
import { holdsNothing, isDate, isPlainText, isSmallInteger } from './encoded-types.js'
import { orderedJson } from './ordered-json.js'
import { plain, scrubbed } from './plain-value.js'

/** `settled`: masked or scanned. `open`: released as it is. `shown`: protected data released as it is. */
export type Standing = 'settled' | 'open' | 'shown'

/** How encoded cells of a column are put into words: all but `value` from their bytes, where these say it. */
export type Form = 'integer' | 'day' | 'text' | 'value'

export class RecordedShape {
  /** Names, as recorded. */
  readonly columns: readonly string[]
  readonly standings: readonly Standing[]
  readonly positions: readonly number[]
  readonly forms: readonly Form[]
  /** Positions of columns of whose encoded cells something else may stand in the digest. */
  readonly substituted: readonly number[]
  readonly #isText: readonly boolean[]

  /** @param text masks and cuts a column name. */
  constructor(
    readonly fields: readonly Field[],
    { facts, decision }: DecidedSubmission,
    readonly scrubber: Scrubber,
    text: (text: string) => string,
  ) {
    const { mask } = decision.obligations
    const standings = fields.map((_, index) => standingOf(facts, mask, index))
    this.columns = Object.freeze(fields.map(({ name }) => text(name)))
    this.standings = standings
    this.positions = fields.map((_, index) => index)
    this.forms = fields.map((field, index) => (standings[index] === 'shown' ? 'value' : formOf(field)))
    this.substituted = this.positions.filter(
      index => standings[index] !== 'settled' && !holdsNothing(fields[index]),
    )
    this.#isText = fields.map(isPlainText)
  }

  /** What the record shows in place of a value of the column. */
  guarded(value: unknown, column: number): unknown {
    return this.standings[column] === 'shown'
      ? shownCell(value, this.scrubber)
      : scrubbed(value, this.scrubber)
  }

  /** What stands in the digest for a cell that masking did not settle; undefined: the cell itself. */
  substitute(
    rows: EncodedRows,
    column: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): string | undefined {
    if (this.#isText[column] === true && this.scrubber.clears?.(bytes, start, end) === true) return undefined
    const value = this.valueOf(rows, column, bytes, start, end)
    const shown = orderedJson([this.guarded(value, column)])
    return shown === orderedJson([plain(value)]) ? undefined : shown
  }

  /** As what the client reads it. */
  valueOf(rows: EncodedRows, column: number, bytes: Buffer, start: number, end: number): unknown {
    const type = this.fields[column]?.type
    return rows.decode(column, bytes, start, end, typeof type === 'number' ? type : undefined)
  }
}

/** The shape of a result; the same one as long as all that it follows from is the same. */
export function recordedShapes(
  scrubber: Scrubber,
  text: (text: string) => string,
): (fields: readonly Field[], decided: DecidedSubmission) => RecordedShape {
  const known = new WeakMap<readonly Field[], Known>()
  return (fields, decided) => {
    const { facts, decision } = decided
    const { mask } = decision.obligations
    const before = known.get(fields)
    if (before !== undefined && before.facts === facts && isSame(before.mask, mask)) return before.shape
    const shape = new RecordedShape(fields, decided, scrubber, text)
    if (Object.isFrozen(fields)) known.set(fields, { facts, mask, shape })
    return shape
  }
}

interface Known {
  readonly facts: Facts
  readonly mask: Mask
  readonly shape: RecordedShape
}

type Mask = DecidedSubmission['decision']['obligations']['mask']

/** Callers have verdicts of their own, mostly with the same masks. */
function isSame(a: Mask, b: Mask): boolean {
  if (a === b) return true
  if (typeof a === 'string' || typeof b === 'string' || a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at]?.method !== b[at]?.method) return false
  return true
}

/** How masking left a column. */
function standingOf(facts: Facts, mask: Mask, index: number): Standing {
  if (mask === 'scan-all') return 'settled'
  const spread = facts.analyzable && facts.output[0]?.spread === true
  const method = mask === 'none' ? 'keep' : (mask[spread ? 0 : index]?.method ?? 'keep')
  if (method !== 'keep') return 'settled'
  const lineage = facts.analyzable ? outputAt(facts.output, index)?.lineage : undefined
  if (lineage === undefined || lineage.kind === 'aggregate') return 'open'
  return lineageLabels(lineage).length > 0 ? 'shown' : 'open'
}

function formOf(field: Field): Form {
  if (isPlainText(field)) return 'text'
  if (isDate(field)) return 'day'
  return isSmallInteger(field) ? 'integer' : 'value'
}

/** A protected value that policy let through unmasked: recorded as if it had been masked. */
function shownCell(value: unknown, scrubber: Scrubber): unknown {
  if (value === null || value === undefined) return null
  if (types.isDate(value) || types.isUint8Array(value)) return scrubber.binding(value, 'sealed')
  if (typeof value === 'object') return '[shown unmasked]'
  return scrubber.binding(String(value), 'sealed')
}
