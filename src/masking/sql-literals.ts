/**
 * Cuts a statement into what is its shape and what is data in it, for people to read. No parser: it must
 * read what no parser accepts, and where two readings are possible it takes the one with more data.
 */
import type { Dialect } from '../model/dialect.js'

/** `code`: as it is. `string`: a literal with its quotes. `number`. `comment`. `name`: a quoted identifier. */
export interface Piece {
  readonly kind: 'code' | 'string' | 'number' | 'comment' | 'name'
  readonly text: string
  /** For a string: what stands before and behind its content. */
  readonly open?: string
  readonly close?: string
}

const WORD = /[\p{L}\p{N}_$]/u
const NUMBER =
  /(?:0[xXbBoO][0-9a-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?|\.\d[\d_]*(?:[eE][+-]?\d+)?)/y
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy
/** Prefixes that belong to the literal; those of `ESCAPING` make a backslash an escape in it. */
const PREFIX = /(?:[eEnNxXbB]|[uU]&|_[A-Za-z0-9]+\s*)$/

export function piecesOf(statement: string, dialect: Dialect): readonly Piece[] {
  return new Cutter(statement, dialect).cut()
}

class Cutter {
  private readonly pieces: Piece[] = []
  private at = 0
  private codeFrom = 0

  constructor(
    private readonly text: string,
    private readonly dialect: Dialect,
  ) {}

  cut(): readonly Piece[] {
    while (this.at < this.text.length) if (!this.step()) this.at++
    this.code(this.at)
    return this.pieces
  }

  /** True when a piece was taken. */
  private step(): boolean {
    const char = this.text[this.at] ?? ''
    if (char === "'") return this.string("'")
    if (char === '"') return this.dialect === 'mysql' ? this.string('"') : this.name('"')
    if (char === '`') return this.name('`')
    if (char === '[' && this.dialect === 'sqlite') return this.name(']')
    if (char === '$' && this.dialect === 'postgres') return this.dollar()
    if (char === '-' || char === '#' || char === '/') return this.comment(char)
    if (/[\d.]/.test(char)) return this.number()
    if (WORD.test(char)) return this.word()
    return false
  }

  private string(quote: string): boolean {
    const start = this.at
    const prefix = PREFIX.exec(this.text.slice(Math.max(this.codeFrom, start - 24), start))?.[0] ?? ''
    const escaping = this.dialect === 'mysql' || /^e$/i.test(prefix)
    let at = start + 1
    for (; at < this.text.length; at++) {
      const char = this.text[at]
      if (char === '\\' && escaping) at++
      else if (char === quote) {
        if (this.text[at + 1] === quote) at++
        // A backslash before the quote: closed or escaped, depending on a setting. Everything is data then.
        else if (!escaping && this.text[at - 1] === '\\') at = this.text.length
        else break
      }
    }
    const closed = at < this.text.length
    return this.take('string', closed ? at + 1 : this.text.length, quote, closed ? quote : '')
  }

  private name(close: string): boolean {
    let at = this.at + 1
    for (; at < this.text.length; at++) {
      if (this.text[at] !== close) continue
      if (this.text[at + 1] !== close) break
      at++
    }
    const closed = at < this.text.length
    return closed ? this.take('name', at + 1) : this.take('string', at, this.text[this.at] ?? '', '')
  }

  private dollar(): boolean {
    DOLLAR_TAG.lastIndex = this.at
    const tag = DOLLAR_TAG.exec(this.text)?.[0]
    if (tag === undefined || WORD.test(this.text[this.at - 1] ?? ' ')) return this.word()
    const close = this.text.indexOf(tag, this.at + tag.length)
    const end = close < 0 ? this.text.length : close + tag.length
    return this.take('string', end, tag, close < 0 ? '' : tag)
  }

  private comment(char: string): boolean {
    const next = this.text[this.at + 1]
    const line = char === '#' ? this.dialect === 'mysql' : char === '-' && next === '-'
    if (line) {
      const end = this.text.indexOf('\n', this.at)
      return this.take('comment', end < 0 ? this.text.length : end)
    }
    if (char !== '/' || next !== '*') return false
    let depth = 1
    let at = this.at + 2
    for (; at < this.text.length && depth > 0; at++) {
      const pair = this.text.slice(at, at + 2)
      if (pair === '*/') depth--
      else if (pair === '/*' && this.dialect === 'postgres') depth++
      else continue
      at++
    }
    return this.take('comment', at)
  }

  private number(): boolean {
    NUMBER.lastIndex = this.at
    const number = NUMBER.exec(this.text)?.[0]
    return number !== undefined && this.take('number', this.at + number.length)
  }

  /** Skips a word or a parameter (`$1`), whose digits are part of its name. */
  private word(): boolean {
    this.at++
    while (this.at < this.text.length && WORD.test(this.text[this.at] ?? '')) this.at++
    return true
  }

  private take(kind: Piece['kind'], end: number, open = '', close = ''): boolean {
    this.code(this.at)
    const text = this.text.slice(this.at, end)
    this.pieces.push(kind === 'string' ? { kind, text, open, close } : { kind, text })
    this.at = end
    this.codeFrom = end
    return true
  }

  private code(to: number): void {
    if (to > this.codeFrom) this.pieces.push({ kind: 'code', text: this.text.slice(this.codeFrom, to) })
  }
}
