/** Bytes of rows some of whose cells are replaced: one growing buffer, and long untouched stretches as they are. */

/** A longer stretch is passed on by itself instead of being copied. */
const WORTH_A_PIECE = 4096

export class Rebuilt {
  private readonly done: Buffer[] = []
  private buffer: Buffer
  /** Where the piece that is being written begins and ends in `buffer`. */
  private from = 0
  private to = 0
  /** Everything before it in the source is taken care of. */
  private taken: number
  private row = 0

  /** @param source rows back to back in `source[start..end)`. */
  constructor(
    private readonly source: Buffer,
    start: number,
    private readonly end: number,
  ) {
    this.taken = start
    this.buffer = Buffer.allocUnsafe(Math.min(end - start, 65_536) + 256)
  }

  /** The row that begins at `start` gets another length; to be told before its first cell is replaced. */
  beginRow(start: number): void {
    this.copyTo(start)
    this.row = this.to
    this.taken = start
    this.take(start + 7)
  }

  /** The cell whose length stands at `at` and whose value ends at `end` becomes this. */
  replace(at: number, end: number, value: Buffer | null): void {
    this.take(at)
    this.reserve(4 + (value?.length ?? 0))
    this.to = this.buffer.writeInt32BE(value === null ? -1 : value.length, this.to)
    if (value !== null) this.to += value.copy(this.buffer, this.to)
    this.taken = end
  }

  endRow(end: number): void {
    this.take(end)
    this.buffer.writeInt32BE(this.to - this.row - 1, this.row + 1)
  }

  /** What the source has become. */
  pieces(): readonly Buffer[] {
    this.copyTo(this.end)
    this.cut()
    return this.done
  }

  private copyTo(end: number): void {
    if (end - this.taken < WORTH_A_PIECE) {
      this.take(end)
      return
    }
    this.cut()
    this.done.push(this.source.subarray(this.taken, end))
    this.taken = end
  }

  private take(end: number): void {
    const length = end - this.taken
    if (length <= 0) return
    this.reserve(length)
    this.to += this.source.copy(this.buffer, this.to, this.taken, end)
    this.taken = end
  }

  private cut(): void {
    if (this.to > this.from) this.done.push(this.buffer.subarray(this.from, this.to))
    this.from = this.to
  }

  /** A full buffer's finished rows stay where they are; only the open row moves. */
  private reserve(bytes: number): void {
    if (this.to + bytes <= this.buffer.length) return
    const open = Math.max(this.row, this.from)
    if (open > this.from) this.done.push(this.buffer.subarray(this.from, open))
    const length = this.to - open
    const larger = Buffer.allocUnsafe(Math.max(65_536, 2 * (length + bytes)))
    this.buffer.copy(larger, 0, open, this.to)
    this.buffer = larger
    this.from = 0
    this.to = length
    this.row = 0
  }
}
