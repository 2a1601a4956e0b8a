/**
 * The database's side of a session: requests go out in order, and each answer finds the request that it belongs to.
 * After an error the server skips everything up to the next Sync, and so does the queue here.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html
 */
import type { PgReceiver, PgUpstream } from '../../upstream/postgres/upstream.js'
import { ANSWER, FLUSH } from './message-types.js'

/** What a request is answered with, and so where its answer ends. */
export type StepKind = 'parse' | 'bind' | 'close' | 'describe' | 'execute' | 'sync'

/** Who hears the answer to a request. */
export interface Hears {
  /** Each message of the answer but errors, the last one included. */
  message?(type: number, bytes: Buffer, start: number, end: number): void
  /** So many DataRow messages back to back. Absent: each is a message. */
  rows?(bytes: Buffer, start: number, end: number, count: number): void
  /** All that has arrived together has been handed over, and the answer is not complete. */
  arrived?(): void
  /** The server has failed at it: the whole ErrorResponse. */
  failed?(bytes: Buffer, kind: StepKind): void
  /** An earlier step failed, so this one was never begun. */
  skipped?(kind: StepKind): void
}

export interface Step {
  readonly kind: StepKind
  /** A statement of Cardea's own, of which the client hears nothing. */
  readonly own: boolean
  readonly hears: Hears | undefined
}

/** What may come at any time and belongs to no request. */
export interface Asides {
  notice(bytes: Buffer, step: Step | undefined): void
  parameter(bytes: Buffer, step: Step | undefined): void
  notification(bytes: Buffer): void
  /** The server has told how the transaction stands. `failure`: the error for which it committed nothing. */
  ended(failure: Buffer | undefined): void
  /**
   * The connection is gone, or has said what cannot be understood. `underWay`: before it had answered.
   * `isCertain`: what was not committed before is not committed.
   */
  gone(underWay: boolean, isCertain: boolean): void
}

export type TransactionStatus = 'I' | 'T' | 'E'

/** Whether a message ends the answer to such a request. */
function isLast(type: number, kind: StepKind): boolean {
  switch (type) {
    case ANSWER.parseComplete:
      return kind === 'parse'
    case ANSWER.bindComplete:
      return kind === 'bind'
    case ANSWER.closeComplete:
      return kind === 'close'
    case ANSWER.rowDescription:
    case ANSWER.noData:
      return kind === 'describe'
    case ANSWER.commandComplete:
    case ANSWER.emptyQuery:
    case ANSWER.portalSuspended:
      return kind === 'execute'
    case ANSWER.readyForQuery:
      return kind === 'sync'
    default:
      return false
  }
}

/** Whether a message may stand before the last one of an answer. */
function isWithin(type: number, kind: StepKind): boolean {
  switch (type) {
    case ANSWER.dataRow:
    case ANSWER.copyIn:
    case ANSWER.copyOut:
    case ANSWER.copyBoth:
    case ANSWER.copyData:
    case ANSWER.copyDone:
      return kind === 'execute'
    case ANSWER.parameterDescription:
      return kind === 'describe'
    default:
      return false
  }
}

export class UpstreamLeg implements PgReceiver {
  /** As the server last told it. */
  status: TransactionStatus = 'I'
  /** The server skips what it is sent until a Sync. */
  failed = false
  /** The error for which it does, whole. */
  failure: Buffer | undefined
  /** Something has been executed since the last Sync, so that an implicit transaction may be open. */
  begun = false
  /** Called before anything is sent, so that something may be put in front of it. */
  leading: () => void = () => {}
  private readonly queue: Step[] = []
  private out: Buffer[] = []
  private outBytes = 0
  /** Of the steps, how many wait to be sent. */
  private unsent = 0
  private settled: (() => void) | undefined
  private lost = false
  /** Why the connection was given up, where it was not the server that ended it. */
  lostFor: Error | undefined

  constructor(
    private readonly upstream: PgUpstream,
    private readonly asides: Asides,
  ) {
    upstream.attach(this)
  }

  /** Puts a request behind those that wait to be sent. */
  push(bytes: Buffer, kind: StepKind, hears?: Hears): void {
    this.pushAll(bytes, { kind, own: false, hears })
  }

  /** The same for requests whose bytes are one. */
  pushAll(bytes: Buffer, ...steps: readonly Step[]): void {
    this.out.push(bytes)
    this.outBytes += bytes.length
    for (const step of steps) this.queue.push(step)
    this.unsent += steps.length
  }

  /** Puts requests that end with a Sync in front of all that wait to be sent. */
  lead(bytes: Buffer, steps: readonly Step[]): void {
    this.out.unshift(bytes)
    this.outBytes += bytes.length
    this.queue.splice(this.queue.length - this.unsent, 0, ...steps)
    this.unsent += steps.length
  }

  /** Sends what waits; resolves when all of it is answered, or the connection is gone. */
  flush(): Promise<void> {
    return new Promise(resolve => this.send(resolve))
  }

  /**
   * Sends what waits.
   *
   * @param answered called once, when all of it is answered, or the connection is gone; at once where that is so.
   */
  send(answered: () => void): void {
    if (!this.lost && this.out.length > 0) {
      this.leading()
      if (this.queue.at(-1)?.kind !== 'sync') {
        this.out.push(FLUSH)
        this.outBytes += FLUSH.length
      }
      const [only] = this.out
      const { out, outBytes } = this
      this.out = []
      this.outBytes = 0
      this.unsent = 0
      this.upstream.send(out.length === 1 && only !== undefined ? only : Buffer.concat(out, outBytes))
    }
    if (this.lost || this.queue.length === 0) {
      answered()
      return
    }
    const before = this.settled
    this.settled =
      before === undefined
        ? answered
        : () => {
            before()
            answered()
          }
  }

  /** Whether a request waits for its answer, or to be sent. */
  get busy(): boolean {
    return this.queue.length > 0
  }

  get isLost(): boolean {
    return this.lost
  }

  /** Bytes within the running step: COPY data. */
  sendRaw(bytes: Buffer): boolean {
    return this.lost || this.upstream.send(bytes)
  }

  drained(): Promise<void> {
    return this.upstream.drained()
  }

  message(type: number, bytes: Buffer, start: number, end: number): void {
    const step = this.queue[0]
    if (step !== undefined && isLast(type, step.kind)) {
      this.queue.shift()
      if (step.kind === 'sync') this.synced(bytes[start + 5])
      else if (step.kind === 'execute') this.begun = true
      step.hears?.message?.(type, bytes, start, end)
      if (this.queue.length === 0) this.tell()
    } else if (step !== undefined && isWithin(type, step.kind)) step.hears?.message?.(type, bytes, start, end)
    else this.aside(type, bytes.subarray(start, end), step)
  }

  readonly rows = (bytes: Buffer, start: number, end: number, count: number): void => {
    const step = this.queue[0]
    if (step?.kind === 'execute' && step.hears?.rows !== undefined) step.hears.rows(bytes, start, end, count)
    else {
      for (let at = start; at < end; ) {
        const next = at + 1 + bytes.readUInt32BE(at + 1)
        this.message(ANSWER.dataRow, bytes, at, next)
        at = next
      }
    }
  }

  arrived(): void {
    this.queue[0]?.hears?.arrived?.()
  }

  private aside(type: number, bytes: Buffer, step: Step | undefined): void {
    switch (type) {
      case ANSWER.notice:
        this.asides.notice(bytes, step)
        return
      case ANSWER.parameterStatus:
        this.asides.parameter(bytes, step)
        return
      case ANSWER.notification:
        this.asides.notification(bytes)
        return
      case ANSWER.error:
        this.fail(bytes)
        return
      default:
        this.confused()
    }
  }

  closed(error?: Error): void {
    if (this.lost) return
    this.lost = true
    this.lostFor = error
    const underWay = this.busy
    const isCertain = this.failed || this.queue.every(({ kind }) => kind !== 'sync')
    for (const { hears, kind } of this.queue.splice(0)) hears?.skipped?.(kind)
    this.tell()
    this.asides.gone(underWay, isCertain)
  }

  /** An error ends the step that it answers and skips the others up to the Sync. */
  private fail(bytes: Buffer): void {
    const step = this.queue[0]
    // Outside of any request the server only speaks to say that it ends the connection.
    if (step === undefined) {
      this.failure = Buffer.from(bytes)
      this.confused()
      return
    }
    this.failure = Buffer.from(bytes)
    if (step.kind !== 'sync') {
      this.queue.shift()
      this.failed = true
    }
    step.hears?.failed?.(bytes, step.kind)
    for (let next = this.queue[0]; next !== undefined && next.kind !== 'sync'; next = this.queue[0]) {
      this.queue.shift()
      next.hears?.skipped?.(next.kind)
    }
    if (this.queue.length === 0) this.tell()
  }

  private synced(status: number | undefined): void {
    const { failure } = this
    this.failed = false
    this.failure = undefined
    this.begun = false
    this.status = status === 0x49 ? 'I' : status === 0x54 ? 'T' : 'E'
    this.asides.ended(failure)
  }

  private confused(): void {
    this.upstream.destroy()
    this.closed()
  }

  private tell(): void {
    const { settled } = this
    this.settled = undefined
    settled?.()
  }
}
