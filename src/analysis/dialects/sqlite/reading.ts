import type { Expr, Span } from 'sqlite3-parser'

/** A statement's text beside its tree: what the tree does not keep. */
export class Reading {
  private readonly text: string
  private readonly starts: readonly number[]
  private readonly parameters: ReadonlyMap<number, number>

  /**
   * @param starts where each token starts, in order.
   * @param parameters which binding, from 0, the parameter at an offset stands for.
   */
  constructor(text: string, starts: readonly number[], parameters: ReadonlyMap<number, number>) {
    this.text = text
    this.starts = starts
    this.parameters = parameters
  }

  isPlain(span: Span): boolean {
    return !'"`['.includes(this.text.charAt(span.offset))
  }

  parameterAt(span: Span): number | undefined {
    return this.parameters.get(span.offset)
  }

  /** The text up to the next token, comments and all: what the engine names an expression after. */
  wordsOf({ span }: Expr): string {
    const end = span.offset + span.length
    return trimmed(this.text.slice(span.offset, this.startAfter(end)))
  }

  private startAfter(end: number): number {
    const { starts } = this
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? end) < end) low = middle + 1
      else high = middle
    }
    return starts[low] ?? this.text.length
  }
}

const BLANKS = ' \t\n\f\r'

/** Without blanks at either end; a pattern for the last ones takes quadratic time on blanks in the middle. */
function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && BLANKS.includes(text.charAt(start))) start += 1
  while (end > start && BLANKS.includes(text.charAt(end - 1))) end -= 1
  return text.slice(start, end)
}
