/** Walks the tokens of one statement. Every token is taken exactly once, by the production that it belongs to. */
import type { QualifiedName, Source } from '../../relational.js'
import { AnalysisStop, quoted } from '../../stop.js'
import type { Token, Tokens } from './token.js'
import { NEVER_CALLED, RESERVED } from './words.data.js'

export class Cursor {
  readonly source: string
  readonly maxDepth: number
  /** Parameters taken so far. */
  parameters = 0
  /** Height of the expression that was read last. */
  height = 0
  /** What `select … into` writes to, once seen. */
  into: 'file' | 'dumpfile' | 'variable' | undefined
  /** What is open around the next token; INTO stands only where nothing is but a statement's own query. */
  queries = 1
  /** Joins that stand in brackets of their own. */
  readonly closed = new Set<Source>()
  private readonly tokens: readonly Token[]
  private readonly partners: ReadonlyMap<number, number>
  private position = 0
  private depth = 0

  constructor(tokens: Tokens, maxDepth: number) {
    this.source = tokens.source
    this.tokens = tokens.list
    this.partners = tokens.partners
    this.maxDepth = maxDepth
  }

  /** The token `ahead` of the next one. */
  peek(ahead = 0): Token {
    const token = this.tokens[this.position + ahead] ?? this.tokens[this.tokens.length - 1]
    if (token === undefined) throw new AnalysisStop('empty', 'There is no statement in the text. Submit one.')
    return token
  }

  take(): Token {
    const token = this.peek()
    if (token.kind === 'end') throw this.unexpected()
    this.position += 1
    return token
  }

  atEnd(): boolean {
    return this.peek().kind === 'end'
  }

  is(word: string, ahead = 0): boolean {
    return this.peek(ahead).word === word
  }

  isAny(words: ReadonlySet<string>, ahead = 0): boolean {
    return words.has(this.peek(ahead).word)
  }

  /** Takes the words if they stand next, all of them. */
  accept(...words: readonly string[]): boolean {
    for (let at = 0; at < words.length; at += 1) if (this.peek(at).word !== words[at]) return false
    this.position += words.length
    return true
  }

  /** Takes the next word if it is one of these. */
  acceptAny(words: ReadonlySet<string>): string | undefined {
    const { word } = this.peek()
    if (!words.has(word)) return undefined
    this.position += 1
    return word
  }

  expect(...words: readonly string[]): void {
    if (!this.accept(...words)) throw this.unexpected()
  }

  unexpected(): AnalysisStop {
    const token = this.peek()
    if (token.kind === 'end') return new AnalysisStop('syntax', 'The statement ends too early.')
    const shown =
      token.kind === 'word' || token.kind === 'symbol' || token.kind === 'name'
        ? quoted(token.text)
        : `a ${token.kind.replace('-', ' ')}`
    return new AnalysisStop('syntax', `The statement cannot be understood at ${shown}. Check it there.`)
  }

  /** Position in the list of the bracket that closes the one `ahead`, relative to the next token. */
  partner(ahead = 0): number {
    return (this.partners.get(this.position + ahead) ?? this.position) - this.position
  }

  /** The text from a token to the one taken last, as the server names an output column after it. */
  textSince(start: number): string {
    return this.source.slice(start, this.tokens[this.position - 1]?.end ?? start)
  }

  /** Reads something nested, counting how deep it goes. */
  nested<Result>(read: () => Result): Result {
    this.depth += 1
    this.refuseDepth(this.depth)
    const result = read()
    this.depth -= 1
    return result
  }

  /** The height of what was read last becomes `height`. */
  grow(height: number): void {
    this.refuseDepth(height + this.depth)
    this.height = height
  }

  private refuseDepth(depth: number): void {
    if (depth > this.maxDepth) {
      throw new AnalysisStop(
        'too_deep',
        `The statement nests more than ${this.maxDepth} levels deep. Use fewer brackets or shorter chains of operators.`,
      )
    }
  }

  list<Item>(read: () => Item): readonly Item[] {
    const items = [read()]
    while (this.accept(',')) items.push(read())
    return items
  }

  /** `( a, b )`. */
  bracketed<Item>(read: () => Item): readonly Item[] {
    this.expect('(')
    const items = this.list(read)
    this.expect(')')
    return items
  }

  isName(ahead = 0): boolean {
    const { kind, word } = this.peek(ahead)
    return kind === 'name' || (kind === 'word' && !RESERVED.has(word))
  }

  name(): string {
    if (!this.isName()) throw this.unexpected()
    return this.take().text
  }

  /** `a`, `a.b`, `a.b.c`. */
  path(most: number): readonly string[] {
    const parts = [this.name()]
    while (parts.length < most && this.is('.') && this.isName(1)) {
      this.take()
      parts.push(this.take().text)
    }
    return parts
  }

  relation(): QualifiedName {
    const [first = '', second] = this.path(2)
    return second === undefined ? { name: first } : { schema: first, name: second }
  }

  /** Whether the next tokens are a function's name and its opening bracket. */
  isCall(): boolean {
    const token = this.peek()
    if (!this.is('(', 1)) return false
    if (token.kind === 'name') return true
    if (token.kind !== 'word' || NEVER_CALLED.has(token.word)) return false
    return true
  }

  string(): string {
    if (this.peek().kind !== 'string') throw this.unexpected()
    return this.take().text
  }
}
