import { type GlanceModule, glanceModule, MOST_CELLS, TEXT_BYTES } from './glance-module.js'

/** Bytes that the look may read behind the last one. */
const BEHIND = 64

/** As `TextGlance`, for cells that stand in buffers one after the other. */
export class ByteGlance {
  private readonly module: GlanceModule = glanceModule()
  private found: number[] = []
  /** Of the cells that were added, those before the first that waits. */
  private before = 0
  private count = 0
  private source: Buffer | undefined
  private start = 0
  private end = 0

  /** Cells of one buffer have to be added in the order in which they stand. */
  add(bytes: Buffer, start: number, end: number): void {
    if (bytes !== this.source || this.count === MOST_CELLS || end - this.start > TEXT_BYTES - BEHIND) {
      this.look()
      this.source = bytes
      this.start = start
    }
    if (end - start > TEXT_BYTES - BEHIND) {
      this.found.push(this.before++)
      this.source = undefined
      return
    }
    const { module, count } = this
    module.cells[2 * count] = start - this.start
    module.cells[2 * count + 1] = end - this.start
    this.count = count + 1
    this.end = end
  }

  /** Takes all cells away. @returns numbers of those in which something may be found, in order, as they were added. */
  done(): readonly number[] {
    this.look()
    const { found } = this
    this.found = []
    this.before = 0
    this.source = undefined
    return found
  }

  private look(): void {
    const { module, count, source } = this
    if (count === 0 || source === undefined) return
    source.copy(module.text, 0, this.start, this.end)
    const found = module.bytes(count)
    for (let i = 0; i < found; i++) this.found.push(this.before + (module.cells[i] as number))
    this.before += count
    this.count = 0
  }
}
