/** Takes a cell apart into texts and the places at which they stand. */
import { types } from 'node:util'

/** Deeper documents, and those of more leaves, are read as one text. */
const DEEPEST = 60
const MOST_LEAVES = 5_000
/** Documents in texts of documents. */
const LAYERS = 2
/** Bytes that may be a number as packed decimals. */
const PACKED_BYTES = 16

export interface Leaf {
  /** Keys from the outside in; `[]` for any element; empty for the cell itself. */
  readonly path: readonly string[]
  readonly text: string
  /** The text is a key. */
  readonly key?: true
}

/** @param array the cell is of an array type of PostgreSQL: `{a,"b c"}` */
export function leavesOf(cell: unknown, array: boolean): readonly Leaf[] {
  if (cell === null || cell === undefined) return []
  if (ArrayBuffer.isView(cell)) {
    return [{ path: [], text: textOf(Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength)) }]
  }
  // As some drivers of SQLite give bytes.
  if (types.isAnyArrayBuffer(cell)) return [{ path: [], text: textOf(Buffer.from(cell)) }]
  const text = String(cell)
  const bytes = /^\\x((?:[\da-f]{2})+)$/.exec(text)?.[1]
  if (bytes !== undefined) return [{ path: [], text: textOf(Buffer.from(bytes, 'hex')) }]
  if (array) return elements(text).map(element => ({ path: [], text: element }))
  return documentLeaves(text) ?? [{ path: [], text }]
}

function documentLeaves(text: string): readonly Leaf[] | undefined {
  const leaves: Leaf[] = []
  const document = parsed(text)
  if (document === undefined) return undefined
  return collect(document, [], leaves, LAYERS) ? leaves : undefined
}

function collect(value: unknown, path: readonly string[], leaves: Leaf[], layers: number): boolean {
  if (leaves.length >= MOST_LEAVES || path.length > DEEPEST) return false
  if (typeof value === 'string' || typeof value === 'number') {
    const inner = typeof value === 'string' && layers > 0 ? parsed(value) : undefined
    if (inner !== undefined) return collect(inner, path, leaves, layers - 1)
    leaves.push({ path, text: String(value) })
  } else if (Array.isArray(value)) {
    return value.every(item => collect(item, [...path, '[]'], leaves, layers))
  } else if (typeof value === 'object' && value !== null) {
    return Object.entries(value).every(([key, item]) => {
      if (/\d{6}|[^\x20-\x7e]/.test(key)) leaves.push({ path, text: key, key: true })
      return collect(item, [...path, shown(key)], leaves, layers)
    })
  }
  return true
}

/** A key that is a name as programs have them; any other may be data. */
function shown(key: string): string {
  return /^[A-Za-z_][\w-]{0,39}$/.test(key) && key.replace(/\D/g, '').length < 6 ? key : '*'
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  // A number beyond 2^53 would lose its last digits.
  const exact = text.replace(/([:[,]\s*)(\d{12,})(?=\s*[,\]}])/g, '$1"$2"')
  return json(exact) ?? (exact === text ? undefined : json(text))
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function elements(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\[\s\S])*)"|([^{},"\s][^{},"]*)/g)].map(
    ([, quoted, bare = '']) => quoted?.replace(/\\([\s\S])/g, '$1') ?? (bare === 'NULL' ? '' : bare),
  )
}

function textOf(buffer: Buffer): string {
  if (buffer.length <= PACKED_BYTES) {
    const packed = /^(\d{12,})f?$/.exec(buffer.toString('hex'))?.[1]
    // Digits in ASCII are pairs of 3 and a digit.
    if (packed !== undefined && !/^(3\d)+$/.test(packed)) return packed
  }
  const text = buffer.toString('utf8')
  return text.includes('\ufffd') ? buffer.toString('latin1') : text
}
