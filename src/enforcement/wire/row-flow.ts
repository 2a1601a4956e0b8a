import type { Batch } from '../../model/result.js'

/** Bytes that may wait for the client before the server is not read from. */
const WAITING_BYTES = 1_048_576

/** What rows come from. */
export interface RowSource {
  /** Has the server stop the statement: nobody wants the rest. */
  readonly cancel: () => void
  readonly pause: () => void
  readonly resume: () => void
}

/**
 * Rows between the server and the client: held back while they are few, passed on in batches where they are many. How
 * rows are gathered into batches is the protocol's own.
 */
export abstract class RowFlow {
  /** Somebody reads batches. */
  protected streaming = false
  /** Nobody wants what still comes. */
  protected dropping = false
  private readonly waiting: Batch[] = []
  private readonly sizes: number[] = []
  private waitingBytes = 0
  private paused = false
  private over = false
  private error: Error | undefined
  private held = Number.POSITIVE_INFINITY
  private tellLarge: () => void = nothing
  private wake: () => void = nothing

  constructor(private readonly source: RowSource) {}

  /** Bytes of rows that have come and have not been passed on. */
  protected abstract readonly gatheredBytes: number
  /** Calls `pass` with them, batch for batch; none is empty. */
  protected abstract passGathered(): void

  protected pass(batch: Batch, bytes: number): void {
    this.waiting.push(batch)
    this.sizes.push(bytes)
    this.waitingBytes += bytes
    this.wake()
  }

  /** @param tellLarge called once, when so many bytes are here and the end is not. */
  hold(bytes: number, tellLarge: () => void): void {
    this.held = bytes
    this.tellLarge = tellLarge
  }

  /** All that has arrived together has been added. */
  arrived(): void {
    if (this.streaming) this.handOver()
    // Until somebody reads batches all stays together: the end may come before anybody hears that it is large.
    else if (this.gatheredBytes >= this.held) {
      this.held = Number.POSITIVE_INFINITY
      this.tellLarge()
    }
    if (this.waitingBytes + this.gatheredBytes > WAITING_BYTES && !this.paused) {
      this.paused = true
      this.source.pause()
    }
  }

  /** @param error what whoever reads batches is thrown behind the last of them. */
  end(error?: Error): void {
    this.over = true
    this.error = error
    if (this.streaming) this.handOver()
    this.letCome()
    this.wake()
  }

  /** @param answered resolves when the server has answered everything; nothing where it has. */
  batches(answered: Promise<void> | undefined): AsyncIterator<Batch, undefined> {
    this.streaming = true
    this.handOver()
    const done = { done: true as const, value: undefined }
    return {
      next: async () => {
        while (this.waiting.length === 0 && !this.over) await this.more()
        const batch = this.waiting.shift()
        if (batch !== undefined) {
          this.waitingBytes -= this.sizes.shift() ?? 0
          if (this.waitingBytes <= WAITING_BYTES / 2) this.letCome()
          return { done: false, value: batch }
        }
        await answered
        if (this.error !== undefined) throw this.error
        return done
      },
      return: async () => {
        if (!this.over) {
          this.dropping = true
          this.waiting.length = 0
          this.sizes.length = 0
          this.waitingBytes = 0
          this.source.cancel()
          this.letCome()
        }
        await answered
        return done
      },
    }
  }

  protected handOver(): void {
    if (!this.dropping && this.gatheredBytes > 0) this.passGathered()
  }

  private more(): Promise<void> {
    return new Promise(resolve => {
      this.wake = resolve
    })
  }

  private letCome(): void {
    if (!this.paused) return
    this.paused = false
    this.source.resume()
  }
}

const nothing = (): void => {}
