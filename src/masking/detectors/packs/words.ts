/** Values that only the words before them tell apart: `dob: 1984-03-05`, `"phones":["020 7946 0958"]`, a column of CSV. */
import type { Span } from '../detector.js'

export interface NamedValues {
  /** The words, with flag `g`, bounded in length. */
  readonly words: readonly RegExp[]
  /** Where a value ends that starts at `start`, or -1. Never looks further than a bounded stretch. */
  readonly read: (text: string, start: number) => number
}

/** Longer than anything that stands between words and a value, and than any value. */
const REACH = 120
/** What may follow the words (`phone_number`, `dob is`), then a format in brackets, then marks or tags. */
const GAP =
  /^(?:[\s_.-]{0,2}(?:number|num|nummer|no|nr|value|date|field|is|was|on|at|am|le|el)(?![A-Za-z])){0,2}(?:[\s_]{0,2}\([A-Za-z/ .-]{1,24}\))?(?:[^A-Za-z0-9+(]{0,6}(?:<\/?[A-Za-z]{1,10}>\s{0,4}){1,4}|[^A-Za-z0-9+(]{0,16})/i
/** Between the values of a list. */
const NEXT = /^["'\\]{0,4}\s{0,2}(?:[,;/|]|or|and)\s{0,2}["'\\]{0,4}/i

/** A span for each value that its words or the head of its column announce. */
export function namedValues(text: string, { words, read }: NamedValues): Span[] {
  if (!speaks(words, text)) return []
  const found: Span[] = []
  let reached = 0
  for (const match of words.flatMap(pattern => [...text.matchAll(pattern)])) {
    const named = match.index + match[0].length
    if (named < reached) continue
    let start = named + lengthOf(GAP, text, named)
    for (let end = read(text, start); end > start; end = read(text, start)) {
      found.push({ start, end })
      reached = end
      const step = lengthOf(NEXT, text, end)
      if (step === 0) break
      start = end + step
    }
  }
  if (!text.includes('\n')) return found
  return [
    ...found,
    ...columnValues(
      text,
      head => speaks(words, head),
      (start, end) => {
        const stop = read(text, start)
        return stop <= end ? stop : -1
      },
    ),
  ]
}

/** Whether one of the words is in the text. */
export function speaks(words: readonly RegExp[], text: string): boolean {
  return words.some(pattern => text.search(pattern) >= 0)
}

const LONGEST_HEAD = 4_000
const DELIMITERS = [',', ';', '\t', '|'] as const

/**
 * Values below a head of delimited text (`name,dob` and then a line for each record).
 *
 * @param read where the value in the cell ends, or -1
 */
export function columnValues(
  text: string,
  isNamed: (head: string) => boolean,
  read: (start: number, end: number) => number,
): Span[] {
  const line = text.indexOf('\n')
  if (line < 0 || line > LONGEST_HEAD) return []
  const delimiter = DELIMITERS.find(candidate => text.lastIndexOf(candidate, line) >= 0)
  if (delimiter === undefined) return []
  const named = new Set<number>()
  eachCell(text, 0, delimiter, (column, start, end) => {
    if (isNamed(text.slice(start, end))) named.add(column)
  })
  const found: Span[] = []
  for (let at = line + 1; named.size > 0 && at < text.length; ) {
    at = eachCell(text, at, delimiter, (column, start, end) => {
      const stop = named.has(column) && end > start ? read(start, end) : -1
      if (stop > start) found.push({ start, end: stop })
    })
  }
  return found
}

/** Visits the cells of one line, without their quotes. Returns where the next line begins. */
function eachCell(
  text: string,
  from: number,
  delimiter: string,
  visit: (column: number, start: number, end: number) => void,
): number {
  let start = from
  let quoted = false
  let column = 0
  for (let at = from; ; at++) {
    const char = text[at]
    if (char === '"') quoted = !quoted
    if (char !== undefined && char !== '\n' && (char !== delimiter || quoted)) continue
    visit(column++, ...trimmed(text, start, at))
    if (char !== delimiter) return at + 1
    start = at + 1
  }
}

function trimmed(text: string, from: number, to: number): [number, number] {
  let start = from
  let end = to
  while (start < end && isEdge(text.charCodeAt(start))) start++
  while (end > start && isEdge(text.charCodeAt(end - 1))) end--
  return [start, end]
}

/** White space or a quote. */
function isEdge(code: number): boolean {
  return code <= 32 || code === 34 || code === 39
}

function lengthOf(pattern: RegExp, text: string, at: number): number {
  return pattern.exec(text.slice(at, at + REACH))?.[0].length ?? 0
}

/** Where the longest match of the patterns, all of them anchored, ends that begins at `start`, or -1. */
export function endOf(patterns: readonly RegExp[], text: string, start: number): number {
  const part = text.slice(start, start + REACH)
  const longest = Math.max(...patterns.map(pattern => pattern.exec(part)?.[0].length ?? 0))
  return longest === 0 ? -1 : start + longest
}

/** Whether the text has at least so many ASCII digits. */
export function hasDigits(text: string, least: number): boolean {
  let digits = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 48 && code <= 57 && ++digits >= least) return true
  }
  return false
}

/** Whether an ASCII letter or digit stands there. */
export function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 122)
}
