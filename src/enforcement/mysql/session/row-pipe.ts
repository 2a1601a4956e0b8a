import type { Row } from '../../../model/result.js'
import { RowFlow } from '../../wire/row-flow.js'

/** Bytes of one batch, about. */
const BATCH_BYTES = 65_536

/** See `RowFlow`. Rows are read as they come: a packet is good only until the next. */
export class RowPipe extends RowFlow {
  protected gatheredBytes = 0
  private gathered: Row[] = []

  /** Whether rows that still come are wanted. */
  get isOpen(): boolean {
    return !this.dropping
  }

  /** @param bytes that the row had. */
  add(row: Row, bytes: number): void {
    this.gathered.push(row)
    this.gatheredBytes += bytes
    if (this.streaming && this.gatheredBytes >= BATCH_BYTES) this.handOver()
  }

  /** Everything, of a result that was not handed over in batches. */
  takeAll(): Row[] {
    return this.gathered
  }

  protected passGathered(): void {
    const { gathered, gatheredBytes } = this
    this.gathered = []
    this.gatheredBytes = 0
    this.pass(gathered, gatheredBytes)
  }
}
