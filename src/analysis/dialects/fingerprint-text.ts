/** Written without a space before them, or behind them. */
const LEFT_TIGHT = new Set([',', ')', '.', '::', '[', ']'])
const RIGHT_TIGHT = new Set(['(', '.', '::', '['])

/** A statement in one spelling: no comments, no literals, lists of values of any length alike. */
export class FingerprintText {
  private readonly tokens: string[] = []

  push(token: string): void {
    this.tokens.push(token)
  }

  pushLiteral(): void {
    const { tokens } = this
    const last = tokens.length - 1
    const isListed = tokens[last] === ',' && tokens[last - 1] === '?' && tokens[last - 2] === '('
    // `in (1, 2)` and `in (1, 2, 3)` group together.
    if (isListed && tokens[last - 3] === 'in') tokens.length = last
    else tokens.push('?')
  }

  toString(): string {
    let text = ''
    let tight = true
    for (const token of this.tokens) {
      text += tight || LEFT_TIGHT.has(token) ? token : ` ${token}`
      tight = RIGHT_TIGHT.has(token)
    }
    return text.replace(/(\(\?(?:, \?)*\))(?:, \1)+/g, '$1, …')
  }
}

/** A name can carry a card number as well as a literal can. */
export function hidesNumber(name: string): boolean {
  return name.length >= 9 && name.replace(/\P{Nd}/gu, '').length >= 9
}
