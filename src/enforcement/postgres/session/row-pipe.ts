/** Rows between the server and the client: held back while they are few, passed on in batches where they are many. */
import type { EngineError } from '../../../model/executor.js'
import type { Batch, Field } from '../../../model/result.js'
import { LateError, UpstreamLost } from '../../wire/late.js'
import { type PgRows, pgRows } from '../rows/pg-rows.js'
import { type Column, fieldsOf, NO_ROWS } from './columns.js'
import { COPY_FIELDS, CopyRows } from './copy-rows.js'
import type { Portal } from './registry.js'

/** Bytes that may wait for the client before the server is not read from. */
const WAITING_BYTES = 1_048_576
/** Bytes of one batch, about: the client works on one while the next is masked, which is still in the cache when it is sent. */
const BATCH_BYTES = 16_384

type Rows = PgRows | CopyRows

export interface PipeParts {
  readonly portal: Portal
  readonly cancel: () => void
  readonly pause: () => void
  readonly resume: () => void
}

export class RowPipe {
  /** Set before the first row. */
  columns: readonly Column[] = NO_ROWS
  /** Rows that have come. */
  count = 0
  private current: Rows | undefined
  private readonly waiting: Rows[] = []
  private waitingBytes = 0
  private streaming = false
  private paused = false
  private over = false
  private copies = false
  private dropping = false
  private error: EngineError | undefined
  private held = Number.POSITIVE_INFINITY
  private known: { readonly columns: readonly Column[]; readonly fields: readonly Field[] } | undefined
  private tellLarge: () => void = () => {}
  private wake: () => void = () => {}

  constructor(private readonly parts: PipeParts) {}

  /** @param tellLarge called once, when so many bytes are here and the end is not. */
  hold(bytes: number, tellLarge: () => void): void {
    this.held = bytes
    this.tellLarge = tellLarge
  }

  /** DataRow messages back to back. @throws RangeError among lines of COPY. */
  addRows(bytes: Buffer, start: number, end: number, count: number): void {
    this.count += count
    if (this.dropping) return
    this.current ??= this.fresh()
    if (this.current instanceof CopyRows) throw new RangeError('a row among lines of COPY')
    this.current.add(bytes, start, end, count)
  }

  /** A line of COPY. */
  addText(bytes: Buffer, start: number, end: number): void {
    this.count += 1
    if (this.dropping) return
    this.copies = true
    this.current ??= new CopyRows()
    this.current.add(bytes, start, end)
  }

  arrived(): void {
    if (this.current === undefined) return
    if (this.streaming) this.handOver()
    // Until somebody reads batches all stays together: the end may come before anybody hears that it is large.
    else if (this.current.byteLength >= this.held) {
      this.held = Number.POSITIVE_INFINITY
      this.tellLarge()
    }
    if (this.waitingBytes + (this.current?.byteLength ?? 0) > WAITING_BYTES && !this.paused) {
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

  /** Everything, of a result that was not handed over in batches. */
  takeAll(): Rows {
    return this.current ?? this.fresh()
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
          this.waitingBytes -= batch.byteLength
          this.goOn()
          return { done: false, value: batch }
        }
        await answered
        if (this.error !== undefined) throw new LateError(this.error)
        if (!this.over) throw new UpstreamLost()
        return done
      },
      return: async () => {
        if (!this.over) {
          this.dropping = true
          this.waiting.length = 0
          this.waitingBytes = 0
          this.parts.cancel()
          this.goOn()
        }
        await answered
        return done
      },
    }
  }

  fields(): readonly Field[] {
    if (this.copies) return COPY_FIELDS
    const { columns, parts, known } = this
    if (known?.columns === columns) return known.fields
    const { statement, told } = parts.portal
    const { described } = statement
    const isKnown = described?.columns === columns && told === undefined
    const fields = isKnown ? described.fields : fieldsOf(columns, told)
    this.known = { columns, fields }
    return fields
  }

  private fresh(): PgRows {
    return pgRows(this.fields())
  }

  private handOver(): void {
    const { current } = this
    if (current === undefined || this.dropping) return
    this.current = undefined
    this.waitingBytes += current.byteLength
    if (current instanceof CopyRows) this.waiting.push(current)
    else this.waiting.push(...current.parts(BATCH_BYTES))
    this.wake()
  }

  private more(): Promise<void> {
    return new Promise(resolve => {
      this.wake = resolve
    })
  }

  private goOn(): void {
    if (this.waitingBytes <= WAITING_BYTES / 2) this.letCome()
  }

  private letCome(): void {
    if (!this.paused) return
    this.paused = false
    this.parts.resume()
  }
}
