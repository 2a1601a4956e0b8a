import type { MaskCounts } from '../model/result.js'

const NONE: MaskCounts = Object.freeze({})

/** What masking did so far, by label or detector; live while a stream is read. */
export class Tally {
  /** Mostly it did nothing. */
  private cells: Map<string, number> | undefined

  add(name: string): void {
    this.cells ??= new Map()
    this.cells.set(name, (this.cells.get(name) ?? 0) + 1)
  }

  /** Whether a budget wants to know of each card number of which something is shown. */
  get watches(): boolean {
    return false
  }

  saw(_pan: unknown): void {}

  copyTo<T extends Tally>(copy: T): T {
    if (this.cells !== undefined) copy.cells = new Map(this.cells)
    return copy
  }

  counts(): MaskCounts {
    if (this.cells === undefined) return NONE
    return Object.fromEntries([...this.cells].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}
