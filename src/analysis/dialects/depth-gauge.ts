import { AnalysisStop } from '../stop.js'

/** How deeply a statement nests, as its tokens are told in order: brackets open, and what is chained within them. */
export class DepthGauge {
  private total = 0
  private chain = 0
  private links = 0
  private readonly outer: { readonly chain: number; readonly links: number; readonly word: boolean }[] = []

  /** @param limit brackets open plus operators and links chained, at any point. */
  constructor(private readonly limit: number) {}

  /** Operators that the tree nests by. */
  operator(count = 1): void {
    this.chain += count
  }

  /** A chain of operators starts afresh. */
  separator(): void {
    this.chain = 0
  }

  /** What nests the tree by one, whatever stands between. */
  link(): void {
    this.links += 1
  }

  /** @param word a keyword, such as CASE, instead of a bracket. */
  open(word: boolean): void {
    this.outer.push({ chain: this.chain, links: this.links, word })
    this.total += this.chain + this.links + 1
    this.chain = 0
    this.links = 0
  }

  close(word: boolean): void {
    if (this.outer[this.outer.length - 1]?.word !== word) return
    const back = this.outer.pop()
    if (back === undefined) return
    this.chain = back.chain
    this.links = back.links
    this.total -= back.chain + back.links + 1
  }

  /** @throws AnalysisStop `too_deep`. */
  check(): void {
    if (this.total + this.chain + this.links <= this.limit) return
    throw new AnalysisStop(
      'too_deep',
      `The statement nests more than ${this.limit} levels deep. Use fewer brackets or shorter chains of operators.`,
    )
  }
}
