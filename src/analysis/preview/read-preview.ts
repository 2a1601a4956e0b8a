import type { Preview } from '../../model/grant.js'
import type { Field, Row } from '../../model/result.js'
import { type PreviewPlan, SAMPLES } from './preview.js'

/** Characters of a cell; what is longer ends in `…`. */
const CELL = 200

/**
 * What the read of a plan found, in the words of a request for approval. A row that a DELETE would remove has
 * an empty `after`. A cell without a value is `NULL`; bytes are `\x` and their hexadecimal digits.
 *
 * @param fields as the driver described the result.
 * @param rows masked; by name or by position.
 * @returns null where the result is not one of the plan's.
 */
export function readPreview(
  plan: PreviewPlan,
  fields: readonly Pick<Field, 'name'>[],
  rows: readonly Row[],
): Preview | null {
  const width = plan.positions.reduce((most, { before, after }) => Math.max(most, before, after ?? 0), 0) + 1
  if (fields.length !== width || rows.length > SAMPLES) return null
  const cell = (row: Row, at: number) => (Array.isArray(row) ? row[at] : row[fields[at]?.name ?? ''])
  const [first] = rows
  const count = first === undefined ? 0 : Number(cell(first, 0))
  if (!Number.isSafeInteger(count) || count < rows.length) return null
  const samples = rows.map(row => ({
    before: plan.positions.map(({ before }) => cellText(cell(row, before))),
    after: plan.positions.flatMap(({ after }) => (after === null ? [] : [cellText(cell(row, after))])),
  }))
  const { columns, withheld } = plan
  return {
    rows: count,
    columns,
    samples: columns.length === 0 ? [] : samples,
    ...(withheld.length === 0 ? {} : { withheld }),
  }
}

function cellText(value: unknown): string {
  const text = wholeText(value)
  if (text.length <= CELL) return text
  const cut = text.slice(0, CELL - 1)
  // Half of a character is none.
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

function wholeText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value.subarray(0, CELL)).toString('hex')}`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
