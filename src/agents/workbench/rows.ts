/** A result set as a model reads it: names once, rows by position, and said plainly where something is missing. */
import { type Field, type MaskCounts, plainRows, type ResultSet, type Row } from '../../model/result.js'
import { type Json, jsonOf, wellFormed } from '../../util/json-value.js'
import type { Answer } from './answer.js'

export interface Page {
  /** Rows shown at most. */
  readonly rows: number
  /** Characters of names and rows at most. */
  readonly characters: number
}

/** An expression without a name may be named after its whole text. */
const LONGEST_NAME = 200

/** `columns`, `rows`, `row_count`, and `masked`, `truncated` and `note` where there is something to say. */
export function rowsBody(result: ResultSet, masked: MaskCounts, page: Page): Answer['body'] {
  const { fields } = result
  const given = plainRows(result.rows)
  const columns = fields.map(({ name }) => cut(name))
  const left = page.characters - JSON.stringify(columns).length
  if (left < 0) return { columns: [], rows: [], row_count: 0, truncated: true, note: TOO_WIDE }
  const { rows, full } = shown(given, fields, { ...page, characters: left })
  const more = rows.length < given.length || result.truncated
  const counts = Object.entries(masked).filter(([, count]) => count > 0)
  return {
    columns,
    rows,
    row_count: rows.length,
    ...(counts.length === 0 ? {} : { masked: Object.fromEntries(counts) }),
    ...(more ? { truncated: true, note: note(rows.length, full) } : {}),
  }
}

const TOO_WIDE = 'There are too many columns to show. Name the ones that you need.'

function cut(name: string): string {
  return wellFormed(name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name)
}

function note(rows: number, full: boolean): string {
  if (full && rows === 0) return 'The first row alone is too long to be shown. Select fewer columns.'
  const more = full
    ? 'Select fewer columns or fewer rows.'
    : 'Narrow it down with where or limit, or let the database count or add up.'
  return `There are more rows than the ${rows} shown. ${more}`
}

function shown(
  all: readonly Row[],
  fields: readonly Field[],
  page: Page,
): { readonly rows: Json[][]; readonly full: boolean } {
  const rows: Json[][] = []
  let characters = 0
  for (const row of all) {
    if (rows.length === page.rows) break
    const cells = cellsOf(row, fields)
    characters += JSON.stringify(cells).length + 1
    if (characters > page.characters) return { rows, full: true }
    rows.push(cells)
  }
  return { rows, full: false }
}

function cellsOf(row: Row, fields: readonly Field[]): Json[] {
  return fields.map(({ name, type }, at) =>
    jsonOf(Array.isArray(row) ? row[at] : Object.hasOwn(row, name) ? row[name] : null, type),
  )
}
