/** Rows between the server and the client: held back while they are few, passed on in batches where they are many. */
import type { EngineError } from '../../../model/executor.js'
import type { Batch, Row } from '../../../model/result.js'
import { LateError, UpstreamLost } from '../../wire/late.js'

/** Bytes that may wait for the client before the server is not read from. */
const WAITING_BYTES = 1_048_576
/** Bytes of one batch, about. */
const BATCH_BYTES = 65_536

export interface PipeParts {
  readonly cancel: () => void
  readonly pause: () => void
  readonly resume: () => void
}

export class RowPipe {
  private current: Row[] = []
  private currentBytes = 0
  private readonly waiting: { readonly rows: Row[]; readonly bytes: number }[] = []
  private waitingBytes = 0
  private streaming = false
  private paused = false
  private over = false
  private dropping = false
  private error: EngineError | undefined
  private wake: () => void = () => {}

  /**
   * @param held bytes of a result that are held back until it is whole.
   * @param tellLarge called once, when there are as many and the end is not.
   */
  constructor(
    private readonly parts: PipeParts,
    private held: number,
    private readonly tellLarge: () => void,
  ) {}

  add(row: () => Row, bytes: number): void {
    if (this.dropping) return
    this.current.push(row())
    this.currentBytes += bytes
    if (this.streaming && this.currentBytes >= BATCH_BYTES) this.handOver()
  }

  arrived(): void {
    if (this.streaming) this.handOver()
    else if (this.currentBytes >= this.held) {
      this.held = Number.POSITIVE_INFINITY
      this.tellLarge()
    }
    if (this.waitingBytes + this.currentBytes > WAITING_BYTES && !this.paused) {
      this.paused = true
      this.parts.pause()
    }
  }

  end(error?: EngineError): void {
    this.over = true
    this.error = error
    if (this.streaming) this.handOver()
    this.letCome()
    this.wake()
  }

  /** Nothing that still comes is kept. */
  drop(): void {
    this.dropping = true
    this.waiting.length = 0
    this.waitingBytes = 0
    this.current = []
    this.currentBytes = 0
    this.letCome()
  }

  /** Everything, of a result that was not handed over in batches. */
  takeAll(): Row[] {
    return this.current
  }

  /** @param settled resolves when the server has answered everything. */
  batches(settled: () => Promise<void>): AsyncIterator<Batch, undefined> {
    this.streaming = true
    this.handOver()
    const done = { done: true as const, value: undefined }
    return {
      next: async () => {
        while (this.waiting.length === 0 && !this.over) {
          await new Promise<void>(resolve => {
            this.wake = resolve
          })
        }
        const batch = this.waiting.shift()
        if (batch !== undefined) {
          this.waitingBytes -= batch.bytes
          if (this.waitingBytes <= WAITING_BYTES / 2) this.letCome()
          return { done: false, value: batch.rows }
        }
        await settled()
        if (this.error === LOST) throw new UpstreamLost()
        if (this.error !== undefined) throw new LateError(this.error)
        return done
      },
      return: async () => {
        if (!this.over) {
          this.drop()
          this.parts.cancel()
        }
        await settled()
        return done
      },
    }
  }

  private handOver(): void {
    if (this.current.length === 0 || this.dropping) return
    this.waiting.push({ rows: this.current, bytes: this.currentBytes })
    this.waitingBytes += this.currentBytes
    this.current = []
    this.currentBytes = 0
    this.wake()
  }

  private letCome(): void {
    if (!this.paused) return
    this.paused = false
    this.parts.resume()
  }
}

/** The end of a result whose connection is gone. */
export const LOST: EngineError = Object.freeze({
  failed: true,
  message: 'the connection to the database is lost',
  code: '08S01',
})
