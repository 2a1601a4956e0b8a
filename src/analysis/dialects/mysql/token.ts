export type TokenKind =
  /** An unquoted word: a keyword or a name, as the grammar has it. */
  | 'word'
  /** A name and nothing else: quoted, or written against a dot. */
  | 'name'
  | 'string'
  | 'number'
  /** `x'…'`, `0x…`, `b'…'`, `0b…`: bytes, or a number, as the place has it. */
  | 'bytes'
  | 'parameter'
  | 'user-variable'
  | 'system-variable'
  | 'symbol'
  | 'end'

export interface Token {
  readonly kind: TokenKind
  /** A word in lower case, or a symbol. Empty for everything else, so that it can be compared without a look at the kind. */
  readonly word: string
  /** A name without its quotes, the value of a string, digits, the name of a variable. */
  readonly text: string
  readonly start: number
  readonly end: number
  /** Begins with a letter that the server would have to take for the start of a national or introduced string. */
  readonly national?: true
}

export interface Tokens {
  readonly source: string
  /** Ends with a token of kind `end`. */
  readonly list: readonly Token[]
  /** For each opening bracket the position of the closing one, in the list. */
  readonly partners: ReadonlyMap<number, number>
}
