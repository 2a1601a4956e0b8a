/** Sends records to a peer and waits for its word: for sinks that a statement waits for. */
import { AuditUnavailableError } from '../../errors.js'
import type { AuditRecord } from '../../model/record.js'
import { until } from '../../util/until.js'
import { PeerRefusalError, type Transport } from '../spool/transport.js'

/** Milliseconds that a peer has to acknowledge, both attempts together: a statement waits that long. */
const PATIENCE_MS = 10_000
/** Records that may wait; what comes on top is refused, so that a slow peer does not fill the memory. */
const MOST_WAITING = 10_000
const MOST_WAITING_BYTES = 64 * 1_048_576

interface Write {
  readonly records: readonly AuditRecord[]
  readonly bytes: number
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** Writes that come while one is under way go out together after it, in their order. */
export class AcknowledgedWrites {
  readonly #transport: Transport
  #queue: Write[] = []
  #records = 0
  #bytes = 0
  #sending: Promise<void> | undefined
  #closed = false

  constructor(transport: Transport) {
    this.#transport = transport
  }

  get waiting(): number {
    return this.#records
  }

  /** Of the oldest record that waits, ISO 8601. */
  get oldest(): string | undefined {
    return this.#queue[0]?.records[0]?.time
  }

  /** @throws AuditUnavailableError unless the peer has all of the records. */
  write(records: readonly AuditRecord[]): Promise<void> {
    if (records.length === 0) return this.#sending ?? Promise.resolve()
    return new Promise((done, failed) => {
      if (this.#closed) throw new AuditUnavailableError('The sink is closed.')
      if (this.#records >= MOST_WAITING || this.#bytes >= MOST_WAITING_BYTES)
        throw new AuditUnavailableError('The peer takes records more slowly than they come.')
      const bytes = JSON.stringify(records).length
      this.#records += records.length
      this.#bytes += bytes
      this.#queue.push({ records, bytes, done, failed })
      this.#sending ??= this.#send()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#sending
    await this.#transport.close?.()
  }

  async #send(): Promise<void> {
    // What is written in the same turn goes out together.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const writes = this.#next()
      try {
        await this.#attempts(writes.flatMap(({ records }) => records))
        for (const { done } of writes) done()
      } catch (error) {
        for (const { failed } of writes) failed(error)
      }
      this.#queue.splice(0, writes.length)
      for (const { records, bytes } of writes) {
        this.#records -= records.length
        this.#bytes -= bytes
      }
    }
    this.#sending = undefined
  }

  #next(): readonly Write[] {
    const { records: most, bytes: longest } = this.#transport.limits
    let [records, bytes, count] = [0, 0, 0]
    for (const write of this.#queue) {
      records += write.records.length
      bytes += write.bytes
      if (count > 0 && (records > most || bytes > longest)) break
      count += 1
    }
    return this.#queue.slice(0, count)
  }

  /** Once more, at once: a connection that was kept may have been closed by the peer. */
  #attempts(records: readonly AuditRecord[]): Promise<void> {
    return until([], PATIENCE_MS, async signal => {
      try {
        await this.#transport.send(records, signal)
      } catch (error) {
        if (error instanceof PeerRefusalError || signal.aborted) throw error
        await this.#transport.send(records, signal)
      }
    })
  }
}
