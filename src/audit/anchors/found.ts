/** Checkpoints in whatever text an anchor's place gives back: lines of JSON, lines of a log around them, bare notes. */
import { parseCheckpoint, parseCheckpoints } from '../checkpoints/note-text.js'

/** A checkpoint as a place has it. Signatures are the verifier's to check. */
export interface FoundCheckpoint {
  /** For people: where it was found. */
  readonly place: string
  readonly origin: string
  readonly size: number
  readonly note: string
  /** When it was made or taken, UTC, ISO 8601, where the place says. */
  readonly time?: string
  /** Of a receipt. */
  readonly evidence?: string
}

/** Logs put texts of JSON into texts of JSON. */
const DEEPEST = 4
/** Braces of a line at which its JSON may begin: a syslog server puts words before it. */
const MOST_BEGINNINGS = 16

/** The checkpoints in one line of JSON, or behind other words. */
export function inLine(place: string, line: string): readonly FoundCheckpoint[] {
  if (!line.includes('note')) return []
  const end = line.lastIndexOf('}') + 1
  let start = line.indexOf('{')
  for (let tries = 0; start !== -1 && tries < MOST_BEGINNINGS; tries++) {
    // A list begins before its first member.
    const from = line[start - 1] === '[' ? start - 1 : start
    const to = from < start ? line.lastIndexOf(']') + 1 : end
    const found = inJson(place, line.slice(from, to), DEEPEST)
    if (found.length > 0) return found
    start = line.indexOf('{', start + 1)
  }
  return []
}

/** Signed notes as they are, one after the other. */
export function inNotes(place: string, text: string): readonly FoundCheckpoint[] {
  const whole = found(place, text)
  if (whole !== undefined) return [whole]
  return (parseCheckpoints(text) ?? []).map(({ origin, size, source }) => ({
    place,
    origin,
    size,
    note: source,
  }))
}

function inJson(place: string, text: string, depth: number): readonly FoundCheckpoint[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  return inValue(place, value, depth)
}

function inValue(place: string, value: unknown, depth: number): readonly FoundCheckpoint[] {
  if (depth === 0) return []
  if (typeof value === 'string') return value.includes('{') ? inJson(place, value, depth - 1) : []
  if (typeof value !== 'object' || value === null) return []
  const { note, time, evidence } = value as Readonly<Record<string, unknown>>
  const own = typeof note === 'string' ? found(place, note, time) : undefined
  if (own !== undefined) return [own]
  const deeper = Object.values(value).flatMap(inner => inValue(place, inner, depth - 1))
  // A receipt stands around its checkpoint.
  return typeof evidence === 'string' ? deeper.map(one => ({ ...one, evidence })) : deeper
}

function found(place: string, note: string, time?: unknown): FoundCheckpoint | undefined {
  const checkpoint = parseCheckpoint(note)
  if (checkpoint === undefined) return undefined
  const { origin, size } = checkpoint
  return { place, origin, size, note, ...(typeof time === 'string' ? { time } : {}) }
}
