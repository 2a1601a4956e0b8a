/** The parts of a plain UPDATE or DELETE of one table. Whatever is not surely one has none. */
import type { Piece } from './pieces.js'

export interface SetPart {
  /** Name of the column, as `Piece.text`. */
  readonly column: Piece
  readonly value: readonly Piece[]
}

export interface WriteParts {
  readonly kind: 'update' | 'delete'
  /** The table's name with its alias, as it may stand behind FROM. */
  readonly target: readonly Piece[]
  /** The name alone, without schema. */
  readonly table: Piece
  readonly sets: readonly SetPart[]
  /** Empty: there is no WHERE. */
  readonly condition: readonly Piece[]
}

/** Clauses behind which a write is none of the plain ones. Names cannot be called so, unless they are quoted. */
const OTHER_CLAUSES = new Set([
  'from',
  'using',
  'order',
  'limit',
  'returning',
  'join',
  'union',
  'for',
  'into',
])
const NO_ALIAS = new Set(['set', 'where', 'partition', 'indexed', 'not', 'as', 'for', ...OTHER_CLAUSES])

/** Null where the statement is anything else. It is one that the engine's grammar takes: that is not checked again. */
export function readWrite(pieces: readonly Piece[]): WriteParts | null {
  const last = pieces[pieces.length - 1]
  const whole = last?.text === ';' && last.kind === 'other' ? pieces.slice(0, -1) : pieces
  if (isWord(whole[0], 'update')) return readUpdate(whole)
  if (isWord(whole[0], 'delete') && isWord(whole[1], 'from')) return readDelete(whole)
  return null
}

function readUpdate(pieces: readonly Piece[]): WriteParts | null {
  const { table, end } = readTarget(pieces, 1)
  if (table === undefined || !isWord(pieces[end], 'set')) return null
  const where = topLevel(pieces, end + 1)
  if (where === null) return null
  const sets = readSets(pieces.slice(end + 1, where))
  const condition = readCondition(pieces, where)
  if (sets === null || condition === null) return null
  return { kind: 'update', target: pieces.slice(1, end), table, sets, condition }
}

function readDelete(pieces: readonly Piece[]): WriteParts | null {
  const { table, end } = readTarget(pieces, 2)
  const condition = readCondition(pieces, end)
  if (table === undefined || condition === null) return null
  return { kind: 'delete', target: pieces.slice(2, end), table, sets: [], condition }
}

/** `[only] a[.b[.c]] [*] [[as] alias]`: the last part of the name, and where it all ends. */
function readTarget(
  pieces: readonly Piece[],
  start: number,
): { readonly table: Piece | undefined; readonly end: number } {
  let at = isWord(pieces[start], 'only') ? start + 1 : start
  while (isName(pieces[at]) && isSign(pieces[at + 1], '.')) at += 2
  const table = isName(pieces[at]) ? pieces[at] : undefined
  at += isSign(pieces[at + 1], '*') ? 2 : 1
  if (isWord(pieces[at], 'as'))
    return isName(pieces[at + 1]) ? { table, end: at + 2 } : { table: undefined, end: at }
  const next = pieces[at]
  const isAlias = next?.kind === 'name' || (next?.kind === 'word' && !NO_ALIAS.has(next.text))
  return { table, end: isAlias ? at + 1 : at }
}

/** The condition from `where` at this place on; empty where the statement ends there. */
function readCondition(pieces: readonly Piece[], at: number): readonly Piece[] | null {
  if (at === pieces.length) return []
  if (!isWord(pieces[at], 'where')) return null
  const condition = pieces.slice(at + 1)
  if (condition.length === 0 || isCursor(condition)) return null
  return topLevel(pieces, at + 1) === pieces.length ? condition : null
}

/** `where current of c`: the row at which a cursor stands. */
function isCursor([first, second]: readonly Piece[]): boolean {
  return isWord(first, 'current') && isWord(second, 'of')
}

/**
 * Where the next WHERE stands outside of brackets, or the end. Null where another clause comes first, or the
 * brackets do not pair.
 */
function topLevel(pieces: readonly Piece[], start: number): number | null {
  let depth = 0
  for (let at = start; at < pieces.length; at += 1) {
    const piece = pieces[at]
    depth += depthChange(piece)
    if (depth < 0 || isSign(piece, ';')) return null
    if (depth > 0 || piece?.kind !== 'word') continue
    if (piece.text === 'where') return at
    // `is distinct from` is an operator.
    const isOperator = piece.text === 'from' && isWord(pieces[at - 1], 'distinct')
    if (OTHER_CLAUSES.has(piece.text) && !isOperator) return null
  }
  return depth === 0 ? pieces.length : null
}

function depthChange(piece: Piece | undefined): number {
  if (isSign(piece, '(') || isSign(piece, '[')) return 1
  return isSign(piece, ')') || isSign(piece, ']') ? -1 : 0
}

function readSets(pieces: readonly Piece[]): readonly SetPart[] | null {
  const parts: SetPart[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at <= pieces.length; at += 1) {
    const piece = pieces[at]
    depth += depthChange(piece)
    if (piece !== undefined && (depth > 0 || !isSign(piece, ','))) continue
    const part = readSet(pieces.slice(start, at))
    if (part === null) return null
    parts.push(part)
    start = at + 1
  }
  return parts
}

/** `column = value`. A column with its table, a field or an element of it, and several columns at once are left alone. */
function readSet(pieces: readonly Piece[]): SetPart | null {
  const column = pieces[0]
  if (!isName(column)) return null
  const [, sign, ...value] = splitSign(pieces)
  if (sign === undefined || value.length === 0) return null
  return { column, value }
}

/** PostgreSQL's lexer leaves signs together: `= -1` may stand there as `=-` and `1`. Its parser takes them apart. */
function splitSign(pieces: readonly Piece[]): readonly Piece[] {
  const [column, sign, ...rest] = pieces
  if (column === undefined || sign?.kind !== 'other' || !/^=[-+]*$/.test(sign.text)) return []
  if (sign.text === '=') return pieces
  const equals = { ...sign, text: '=', end: sign.start + 1 }
  const signs: Piece = { ...sign, text: sign.text.slice(1), start: sign.start + 1 }
  return [column, equals, signs, ...rest]
}

function isWord(piece: Piece | undefined, text: string): boolean {
  return piece?.kind === 'word' && piece.text === text
}

function isSign(piece: Piece | undefined, text: string): boolean {
  return piece?.kind === 'other' && piece.text === text
}

function isName(piece: Piece | undefined): piece is Piece {
  return piece?.kind === 'word' || piece?.kind === 'name'
}
