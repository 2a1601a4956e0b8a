/** A statement cut into the tokens of its dialect, in the terms that a preview is made in. */
import type { Dialect } from '../../model/dialect.js'
import { tokenize } from '../dialects/mysql/lexer.js'
import { PostgresTokens } from '../dialects/postgres/lexer.js'
import { loadSqliteParser } from '../dialects/sqlite/parser.js'
import { AnalysisStop } from '../stop.js'

export interface Piece {
  /** `word`: an unquoted name or keyword. `name`: a quoted one. `parameter`: stands for a binding. */
  readonly kind: 'word' | 'name' | 'parameter' | 'other'
  /**
   * A name as the engine looks it up, without its quotes. For a word, in lower case. For anything else, as
   * it is written.
   */
  readonly text: string
  readonly start: number
  readonly end: number
  /** Which of the bindings, from 0; for a parameter. */
  readonly binding?: number
}

/**
 * @throws AnalysisStop where the text holds what a preview cannot take over: parameters with numbers or names
 * outside PostgreSQL, and whatever the dialect's own lexer refuses.
 */
export function piecesOf(statement: string, dialect: Dialect): readonly Piece[] {
  switch (dialect) {
    case 'postgres':
      return postgresPieces(statement)
    case 'mysql':
      return numbered(mysqlPieces(statement))
    case 'sqlite':
      return numbered(sqlitePieces(statement))
  }
}

interface Place {
  readonly start: number
  readonly end: number
}

function postgresPieces(statement: string): Piece[] {
  const pieces: Piece[] = []
  const token = new PostgresTokens(statement)
  while (token.next()) {
    const { kind, start, end } = token
    pieces.push(postgresPiece(kind, statement.slice(start, end), { start, end }))
  }
  return pieces
}

function postgresPiece(kind: string, raw: string, place: Place): Piece {
  if (kind === 'word') return { kind: 'word', text: lower(raw), ...place }
  if (kind === 'quoted' && raw.startsWith('"')) {
    return { kind: 'name', text: raw.slice(1, -1).replaceAll('""', '"'), ...place }
  }
  const number = kind === 'literal' && PARAMETER.test(raw) ? Number(raw.slice(1)) : 0
  return number > 0
    ? { kind: 'parameter', text: raw, binding: number - 1, ...place }
    : { kind: 'other', text: raw, ...place }
}

const PARAMETER = /^\$[0-9]{1,5}$/

/** Nesting is the parser's business, which has read the statement before. */
const ANY_DEPTH = Number.POSITIVE_INFINITY

function mysqlPieces(statement: string): Piece[] {
  return tokenize(statement, ANY_DEPTH).list.flatMap(({ kind, word, text, start, end }): Piece[] => {
    const place = { start, end }
    switch (kind) {
      case 'end':
        return []
      case 'word':
        return [{ kind: 'word', text: word, ...place }]
      case 'name':
        return [{ kind: 'name', text, ...place }]
      case 'parameter':
        return [{ kind: 'parameter', text: '?', ...place }]
      // The same bytes are a number or text, as the place has it.
      case 'bytes':
        throw new AnalysisStop('unknown_node', 'Bytes have no preview.')
      default:
        return [{ kind: 'other', text: statement.slice(start, end), ...place }]
    }
  })
}

const PLAIN_WORD = /^[A-Za-z_]/

function sqlitePieces(statement: string): Piece[] {
  return Array.from(loadSqliteParser().tokens(statement), ({ name, text, offset }): Piece => {
    const place = { start: offset, end: offset + text.length }
    if (name === 'VARIABLE') {
      if (text === '?') return { kind: 'parameter', text, ...place }
      throw new AnalysisStop('unknown_node', 'Parameters with numbers or names have no preview.')
    }
    if (name === 'ID' && '"`['.includes(text.charAt(0)))
      return { kind: 'name', text: unquoted(text), ...place }
    const isWord = name !== 'STRING' && name !== 'BLOB' && PLAIN_WORD.test(text)
    return isWord ? { kind: 'word', text: lower(text), ...place } : { kind: 'other', text, ...place }
  })
}

function unquoted(raw: string): string {
  const quote = raw.charAt(0)
  const inner = raw.slice(1, -1)
  return quote === '[' ? inner : inner.replaceAll(quote + quote, quote)
}

/** `?` stands for the next binding each time. */
function numbered(pieces: readonly Piece[]): readonly Piece[] {
  let next = 0
  return pieces.map(piece => (piece.kind === 'parameter' ? { ...piece, binding: next++ } : piece))
}

/** ASCII only, as the engines fold names that nobody quotes. */
function lower(text: string): string {
  return text.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}
