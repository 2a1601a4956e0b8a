import type { MaskCounts } from '../model/result.js'

/** What masking did so far, by label or detector; live while a stream is read. */
export class Tally {
  private readonly cells = new Map<string, number>()

  add(name: string): void {
    this.cells.set(name, (this.cells.get(name) ?? 0) + 1)
  }

  copy(): Tally {
    const copy = new Tally()
    for (const [name, count] of this.cells) copy.cells.set(name, count)
    return copy
  }

  counts(): MaskCounts {
    return Object.fromEntries([...this.cells].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}
