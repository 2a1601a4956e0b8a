/** Runs the one statement of a portal at the server, under the limits that the pipeline sets. Made per statement. */
import type { EngineError, ExecutionLimits, Executor } from '../../../model/executor.js'
import type { Result, ResultStream } from '../../../model/result.js'
import { type Column, fieldsOf, NO_ROWS, readColumns } from './columns.js'
import type { CopyTraffic } from './copy-traffic.js'
import { engineError } from './errors.js'
import { LateError, UpstreamLost } from './late.js'
import { ANSWER, SYNC } from './message-types.js'
import type { OwnStatements } from './own-statements.js'
import type { Portal } from './registry.js'
import { describePortal, executeMessage } from './requests.js'
import { RowPipe } from './row-pipe.js'
import type { UpstreamLeg } from './upstream-leg.js'

/** Bytes of a result that are held back until it is whole; a larger one is passed on as it comes. */
const HELD_BYTES = 65_536

export interface RunParts {
  readonly leg: UpstreamLeg
  readonly own: OwnStatements
  readonly portal: Portal
  /** Whose rows they are: the cursor that a FETCH reads from, or the portal itself. */
  readonly source: Portal
  /** Rows that the client asks for at once; 0: all. */
  readonly rows: number
  /** Whether the client's next message is a Sync, so that one may travel along. */
  readonly last: () => boolean
  /** What the statement leaves behind must outlast a bracket: a cursor's position. */
  readonly unbracketed: boolean
  readonly copy: CopyTraffic
  /** Makes the server fail, which takes back what the statement did. */
  readonly poison: () => Promise<void>
  readonly cancel: () => void
  readonly pause: () => void
  readonly resume: () => void
  /** What the server says while the statement runs. */
  readonly notices: EngineError[]
  /** A Sync has travelled along, and is answered. */
  readonly synced: () => void
}

export class PortalRun implements Executor {
  readonly revocable = true
  /** The last message of the answer as the server worded it: CommandComplete, EmptyQueryResponse or PortalSuspended. */
  ending: Buffer | undefined
  private bracketed = false
  private over: Promise<void> | undefined
  private readonly pipe: RowPipe
  private error: EngineError | undefined

  constructor(private readonly parts: RunParts) {
    this.pipe = new RowPipe(parts)
  }

  get columns(): readonly Column[] {
    return this.parts.portal.columns ?? NO_ROWS
  }

  async run(limits: ExecutionLimits): Promise<Result | EngineError> {
    const { leg, cancel, notices } = this.parts
    if (limits.signal.aborted) return CANCELLED
    limits.signal.addEventListener('abort', cancel, { once: true })
    const over = this.exchange(limits)
    this.over = over
    await this.pipe.large(HELD_BYTES, over)
    if (leg.isLost) throw new UpstreamLost()
    if (this.error !== undefined) {
      return notices.length === 0 ? this.error : { ...this.error, notices }
    }
    return this.ending === undefined ? this.streamed(over) : this.whole(limits)
  }

  /** The server's answer to COPY OUT. */
  get copyHeader(): Buffer | undefined {
    return this.parts.copy.header
  }

  /** The statement has come to its end, and not only to the rows asked for. */
  get isComplete(): boolean {
    return this.ending?.[0] === ANSWER.commandComplete
  }

  /** Resolves when nothing of the statement is under way at the server. */
  async settled(): Promise<void> {
    await this.over
  }

  async begin(): Promise<void> {
    this.bracketed = true
  }

  /** What was written stays from the next Sync on, or with the client's own COMMIT. */
  async commit(): Promise<void> {
    const { leg, last } = this.parts
    if (leg.status !== 'I') return
    leg.wrote = true
    if (!last()) return
    this.pushSync()
    await leg.flush()
    if (leg.isLost) throw new UpstreamLost()
    if (this.error !== undefined) throw new LateError(this.error)
  }

  rollback(): Promise<void> {
    return this.parts.poison()
  }

  private async exchange(limits: ExecutionLimits): Promise<void> {
    try {
      await this.send(limits)
    } finally {
      limits.signal.removeEventListener('abort', this.parts.cancel)
    }
  }

  /** Everything up to the Execute, and the Sync where it may travel along. */
  private async send(limits: ExecutionLimits): Promise<void> {
    const { leg, own, portal, source, rows, last, unbracketed, copy } = this.parts
    const together = last() && !this.bracketed && !copy.takes
    if (!limits.readOnly && !this.bracketed) leg.wrote = true
    const guarded = limits.readOnly && !unbracketed && rows === 0 && portal.bind !== undefined
    const around = guarded && leg.status === 'T'
    if (guarded && leg.status === 'I' && together && !leg.begun) own.readOnly(portal.statement.asksSettings)
    else if (around) own.bracketStart()
    if (portal.bind !== undefined) {
      leg.push(portal.bind, { kind: 'bind', ...portal.binding })
      portal.bind = undefined
    }
    if (portal.columns === undefined) {
      leg.push(describePortal(portal.name), { kind: 'describe', message: this.described })
    } else this.pipe.columns = portal.columns
    leg.push(executeMessage(portal.name, this.wanted(limits)), {
      kind: 'execute',
      message: this.answered,
      arrived: this.pipe.arrived,
      failed: this.ended,
      skipped: this.ended,
    })
    if (around) own.bracketEnd()
    if (together) this.pushSync()
    await leg.flush()
    source.taken = (source.taken ?? 0) + this.pipe.count
    await copy.end()
  }

  private wanted({ maxRows }: ExecutionLimits): number {
    const { rows, source } = this.parts
    if (maxRows === undefined) return rows
    // One more than may be: so that it shows.
    const left = Math.max(0, maxRows - (source.taken ?? 0)) + 1
    return rows === 0 ? left : Math.min(rows, left)
  }

  private pushSync(): void {
    this.parts.leg.push(SYNC, {
      kind: 'sync',
      message: this.parts.synced,
      failed: bytes => {
        this.error ??= engineError(bytes)
      },
    })
  }

  private readonly ended = (): void => {
    const { leg } = this.parts
    const { failure } = leg
    if (leg.isLost) this.error = LOST
    else this.error = failure === undefined ? undefined : engineError(failure)
    this.pipe.end(this.error)
  }

  private readonly described = (type: number, bytes: Buffer, start: number, end: number): void => {
    const { portal } = this.parts
    const columns = type === ANSWER.rowDescription ? columnsOf(portal, bytes.subarray(start, end)) : NO_ROWS
    portal.columns = columns
    this.pipe.columns = columns
  }

  private readonly answered = (type: number, bytes: Buffer, start: number, end: number): void => {
    switch (type) {
      case ANSWER.dataRow:
        this.pipe.add(bytes, start, end)
        return
      case ANSWER.copyData:
        this.pipe.addText(bytes, start, end)
        return
      case ANSWER.copyIn:
      case ANSWER.copyOut:
      case ANSWER.copyBoth:
        this.parts.copy.begun(type, bytes.subarray(start, end))
        return
      case ANSWER.copyDone:
        return
      default:
        this.ending = Buffer.from(bytes.subarray(start, end))
        this.pipe.end()
    }
  }

  /** A result that has come to its end. */
  private whole({ maxRows }: ExecutionLimits): Result {
    const { notices, source } = this.parts
    const rows = this.pipe.takeAll()
    const taken = source.taken ?? 0
    const affected = affectedBy(this.ending)
    return {
      fields: this.pipe.fields(),
      rows,
      truncated: maxRows !== undefined && rows.length > 0 && taken > maxRows,
      ...(affected === undefined ? {} : { affected }),
      ...(notices.length === 0 ? {} : { notices }),
    }
  }

  private streamed(over: Promise<void>): ResultStream {
    const batches = { [Symbol.asyncIterator]: () => this.pipe.batches(over) }
    return { fields: this.pipe.fields(), batches, notices: this.parts.notices }
  }
}

/** Mostly they are what they were: the same object then, so that whoever has worked it out need not again. */
function columnsOf({ statement }: Portal, bytes: Buffer): readonly Column[] {
  const { described } = statement
  if (described?.bytes.equals(bytes)) return described.columns
  const columns = readColumns(bytes, 0, bytes.length)
  statement.described = { bytes: Buffer.from(bytes), columns, fields: fieldsOf(columns, undefined) }
  return columns
}

const LOST: EngineError = Object.freeze({
  failed: true,
  message: 'the connection to the database is lost',
  code: '08006',
})

const CANCELLED: EngineError = Object.freeze({
  failed: true,
  message: 'canceling statement due to user request',
  code: '57014',
})

const COUNTED = /^(?:INSERT \d+|UPDATE|DELETE|MERGE|COPY) (\d+)\0$/

/** Rows written, by the command's tag. */
function affectedBy(ending: Buffer | undefined): number | undefined {
  if (ending?.[0] !== ANSWER.commandComplete) return undefined
  const [, count] = COUNTED.exec(ending.toString('latin1', 5)) ?? []
  return count === undefined ? undefined : Number(count)
}
