/** What a redactor finds of the labelled corpus, and what it takes for card data. */
import { type Line, leaks } from '../masking/corpus/corpus.js'
import type { Redactor } from './detectors-peers.js'

/** In percent, but for `exceptions`, which are counted. */
export interface Accuracy extends Readonly<Record<string, number>> {
  readonly pos: number
  readonly hard: number
  readonly enc: number
  readonly sad: number
  /** Lines without card data that were changed. */
  readonly neg: number
  /** Lines with numbers that nobody can tell from card numbers, changed. */
  readonly amb: number
  readonly precision: number
  readonly exceptions: number
}

export async function accuracy({ redact }: Redactor, corpus: readonly Line[]): Promise<Accuracy> {
  const recall = { pos: new Share(), hard: new Share(), enc: new Share(), sad: new Share() }
  const changed = { neg: new Share(), amb: new Share() }
  let found = 0
  let exceptions = 0
  for (const line of corpus) {
    let redacted = line.text
    try {
      redacted = await redact(line.text)
    } catch {
      exceptions++
    }
    const [kind = ''] = line.kind.split(':')
    if (isKind(changed, kind)) changed[kind].add(redacted !== line.text)
    if (!isKind(recall, kind)) continue
    for (const span of line.spans) {
      const kept = leaks(line, span, redacted)
      recall[kind].add(!kept)
      if (!kept) found++
    }
  }
  return {
    pos: recall.pos.percent(),
    hard: recall.hard.percent(),
    enc: recall.enc.percent(),
    sad: recall.sad.percent(),
    neg: changed.neg.percent(),
    amb: changed.amb.percent(),
    precision: percent(found, found + changed.neg.count),
    exceptions,
  }
}

class Share {
  count = 0
  private of = 0

  add(counts: boolean): void {
    this.of++
    if (counts) this.count++
  }

  percent(): number {
    return percent(this.count, this.of)
  }
}

function percent(count: number, of: number): number {
  return Math.round((10_000 * count) / of) / 100
}

function isKind<K extends string>(shares: Readonly<Record<K, Share>>, kind: string): kind is K {
  return kind in shares
}
