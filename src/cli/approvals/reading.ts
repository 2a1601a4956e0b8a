import { type RequestLine, rowsOf } from '../../approval/providers/request-text.js'

/** How far a person has got with a text that is longer than the screen. Immutable. */
export interface Reading {
  /** The row at the top of the screen, and the width that it counts by. */
  readonly top: number
  readonly columns: number
  /** The line that the row is part of: what stays at the top when the width changes. */
  readonly topLine: number
  /** Lines that have been on the screen whole, from the first on and without a gap. */
  readonly read: number
  /** Rows of the next line that have. */
  readonly partly: number
}

export const UNREAD: Reading = Object.freeze({ top: 0, columns: 0, topLine: 0, read: 0, partly: 0 })

export interface Page {
  readonly rows: readonly string[]
  readonly total: number
  /** From 1; of the last row on the page. */
  readonly last: number
  /** With this page counted as read. */
  readonly reading: Reading
}

/** The part of the text that the screen shows. Leaves no gap: what was jumped over does not count as read. */
export function pageOf(
  lines: readonly RequestLine[],
  reading: Reading,
  columns: number,
  height: number,
): Page {
  const rows: string[] = []
  const ends = lines.map(line => rows.push(...rowsOf(line, columns)))
  const startOf = (line: number): number => ends[line - 1] ?? 0
  const kept = reading.columns === columns
  const wanted = kept ? reading.top : startOf(reading.topLine)
  const top = Math.max(0, Math.min(wanted, rows.length - height))
  const last = Math.min(rows.length, top + height)
  const before = startOf(reading.read) + (kept ? reading.partly : 0)
  const until = top <= before ? Math.max(before, last) : before
  const read = countUpTo(ends, until)
  return {
    rows: rows.slice(top, last),
    total: rows.length,
    last,
    reading: { top, columns, topLine: countUpTo(ends, top), read, partly: until - startOf(read) },
  }
}

export function scrolled(reading: Reading, by: number): Reading {
  return { ...reading, top: Math.max(0, reading.top + by) }
}

function countUpTo(ends: readonly number[], row: number): number {
  const at = ends.findIndex(end => end > row)
  return at === -1 ? ends.length : at
}
