import type { MaskCounts } from '../model/result.js'

const NONE: MaskCounts = Object.freeze({})

/** What masking did so far, by label or detector; live while a stream is read. */
export class Tally {
  /** Mostly it did nothing. */
  private cells: Map<string, number> | undefined
  /** Most cells are counted under the name of the one before: how many that are not in `cells` yet. */
  private name = ''
  private more = 0

  add(name: string): void {
    if (name !== this.name) this.settle()
    this.name = name
    this.more++
  }

  /** Whether a budget wants to know of each card number of which something is shown. */
  get watches(): boolean {
    return false
  }

  saw(_pan: unknown): void {}

  copyTo<T extends Tally>(copy: T): T {
    this.settle()
    if (this.cells !== undefined) copy.cells = new Map(this.cells)
    return copy
  }

  counts(): MaskCounts {
    this.settle()
    if (this.cells === undefined) return NONE
    return Object.fromEntries([...this.cells].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  private settle(): void {
    if (this.more === 0) return
    this.cells ??= new Map()
    this.cells.set(this.name, (this.cells.get(this.name) ?? 0) + this.more)
    this.more = 0
  }
}
