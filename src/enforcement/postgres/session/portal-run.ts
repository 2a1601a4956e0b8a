/** Runs the one statement of a portal at the server, under the limits that the pipeline sets. Made per statement. */
import type { EngineError, ExecutionLimits, Executor } from '../../../model/executor.js'
import type { Result, ResultStream } from '../../../model/result.js'
import { LateError, UpstreamLost } from '../../wire/late.js'
import { type Column, fieldsOf, NO_ROWS, readColumns } from './columns.js'
import { CopyTraffic } from './copy-traffic.js'
import { engineError } from './errors.js'
import { ANSWER, SYNC } from './message-types.js'
import type { Portal } from './registry.js'
import { describePortal, executeMessage } from './requests.js'
import { type PipeParts, RowPipe } from './row-pipe.js'
import type { SessionState } from './session-state.js'
import type { Hears, StepKind } from './upstream-leg.js'

/** Bytes of a result that are held back until it is whole; a larger one is passed on as it comes. */
const HELD_BYTES = 65_536
/** Milliseconds in which a server that has been asked to stop has to say something. */
const SILENT_MS = 15_000

export interface PortalRunOptions {
  /** Rows that the client asks for at once; 0: all. */
  readonly rows: number
  /** Whether the client's next message is a Sync, so that one may travel along. */
  readonly last: () => boolean
}

export class PortalRun implements Executor, Hears, PipeParts {
  readonly revocable = true
  /** The last message of the answer as the server worded it: CommandComplete, EmptyQueryResponse or PortalSuspended. */
  ending: Buffer | undefined
  private bracketed = false
  private underWay = false
  private limits: ExecutionLimits | undefined
  private readonly pipe: RowPipe
  private error: EngineError | undefined
  private stoppedByServer = false
  private copy: CopyTraffic | undefined
  private resolve: (outcome: Result | EngineError) => void = () => {}
  private reject: (error: unknown) => void = () => {}
  private over: Promise<void> | undefined
  private tellOver: () => void = () => {}

  /**
   * @param source whose rows they are: the cursor that a FETCH reads from, or the portal itself.
   * @param unbracketed what the statement leaves behind must outlast a bracket: a cursor's position.
   * @param notices what the server says while the statement runs.
   */
  constructor(
    private readonly state: SessionState,
    readonly portal: Portal,
    private readonly source: Portal,
    private readonly options: PortalRunOptions,
    private readonly unbracketed: boolean,
    private readonly notices: EngineError[],
  ) {
    this.pipe = new RowPipe(this)
  }

  get columns(): readonly Column[] {
    return this.portal.columns ?? NO_ROWS
  }

  run(limits: ExecutionLimits): Promise<Result | EngineError> {
    if (limits.signal.aborted) return Promise.resolve(CANCELLED)
    this.limits = limits
    this.underWay = true
    limits.signal.addEventListener('abort', this.cancel, ONCE)
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
      this.send(limits)
    })
  }

  /** The server's answer to COPY OUT. */
  get copyHeader(): Buffer | undefined {
    return this.copy?.header
  }

  /** The statement has come to its end, and not only to the rows asked for. */
  get isComplete(): boolean {
    return this.ending?.[0] === ANSWER.commandComplete
  }

  /** A COMMIT that the server has carried out as ROLLBACK, as it does where a statement before it had failed. */
  get isNotCommitted(): boolean {
    const { ending } = this
    if (
      ending === undefined ||
      ending[5] !== ROLLED_BACK[0] ||
      ending.compare(ROLLED_BACK, 0, undefined, 5) !== 0
    )
      return false
    const { command } = this.portal.statement
    return command?.kind !== 'transaction' || !command.verb.startsWith('rollback')
  }

  /** Nothing where nothing of the statement is under way at the server; otherwise resolves when that is so. */
  settled(): Promise<void> | undefined {
    if (!this.underWay) return undefined
    this.over ??= new Promise(resolve => {
      this.tellOver = resolve
    })
    return this.over
  }

  async begin(): Promise<void> {
    this.bracketed = true
  }

  /** What was written stays from the next Sync on, or with the client's own COMMIT. */
  async commit(): Promise<void> {
    const { leg } = this.state
    if (leg.status !== 'I') return
    if (!this.options.last()) return
    leg.push(SYNC, 'sync', this)
    await leg.flush()
    if (leg.isLost) throw new UpstreamLost()
    if (this.error !== undefined) throw new LateError(this.error)
  }

  rollback(): Promise<void> {
    return this.state.poison()
  }

  pause(): void {
    this.state.parts.upstream.pause()
  }

  resume(): void {
    this.state.parts.upstream.resume()
  }

  /** Asks the server to stop the statement; one that cannot be asked, or does not answer, is left. */
  readonly cancel = (): void => {
    const { leg, parts } = this.state
    const { upstream } = parts
    const leave = (): void => {
      upstream.destroy()
      leg.closed()
    }
    const silent = setTimeout(leave, SILENT_MS)
    const asked = upstream.cancel().catch(leave)
    void asked.then(() => this.settled()).then(() => clearTimeout(silent))
  }

  message(type: number, bytes: Buffer, start: number, end: number): void {
    switch (type) {
      case ANSWER.dataRow:
        this.pipe.addRows(bytes, start, end, 1)
        return
      case ANSWER.copyData:
        this.pipe.addText(bytes, start, end)
        return
      case ANSWER.rowDescription:
      case ANSWER.noData:
        this.described(type, bytes, start, end)
        return
      case ANSWER.readyForQuery:
        this.state.synced = true
        return
      case ANSWER.copyIn:
      case ANSWER.copyOut:
      case ANSWER.copyBoth:
        this.copy ??= this.copyTraffic()
        this.copy.begun(type, bytes.subarray(start, end))
        return
      case ANSWER.copyDone:
        return
      default:
        this.ending = bytes.subarray(start, end)
        this.pipe.end()
    }
  }

  rows(bytes: Buffer, start: number, end: number, count: number): void {
    this.pipe.addRows(bytes, start, end, count)
  }

  arrived(): void {
    this.pipe.arrived()
  }

  failed(bytes: Buffer, kind: StepKind): void {
    if (kind === 'sync') this.error ??= engineError(bytes)
    else if (kind === 'execute') this.stopped()
  }

  skipped(kind: StepKind): void {
    if (kind === 'execute') this.stopped()
  }

  /** Everything up to the Execute, and the Sync where it may travel along. */
  private send(limits: ExecutionLimits): void {
    const { portal, pipe, unbracketed } = this
    const { leg, own, registry } = this.state
    const { rows, last } = this.options
    const together = last() && !this.bracketed && !this.takesRows
    const guarded = limits.readOnly && !unbracketed && rows === 0 && portal.bind !== undefined
    const around = guarded && leg.status === 'T'
    if (guarded && leg.status === 'I' && together && !leg.begun) own.readOnly(portal.statement.asksSettings)
    else if (around) own.bracketStart()
    registry.pushBind(leg, portal)
    if (portal.columns === undefined) leg.push(describePortal(portal.name), 'describe', this)
    else pipe.columns = portal.columns
    leg.push(executeMessage(portal.name, this.wanted(limits)), 'execute', this)
    if (around) own.bracketEnd()
    if (together) leg.push(SYNC, 'sync', this)
    pipe.hold(HELD_BYTES, this.large)
    leg.send(this.answered)
  }

  private wanted({ maxRows }: ExecutionLimits): number {
    const { rows } = this.options
    if (maxRows === undefined) return rows
    // One more than may be: so that it shows.
    const left = Math.max(0, maxRows - this.source.taken) + 1
    return rows === 0 ? left : Math.min(rows, left)
  }

  /** The server has answered all of it, or will answer nothing any more. */
  private readonly answered = (): void => {
    this.limits?.signal.removeEventListener('abort', this.cancel)
    this.source.taken += this.pipe.count
    if (this.copy === undefined) this.settle()
    else void this.copy.end().finally(() => this.settle())
  }

  private settle(): void {
    const { error, notices } = this
    this.underWay = false
    this.tellOver()
    if (this.state.leg.isLost) this.reject(new UpstreamLost(this.stoppedByServer))
    else if (error !== undefined) this.resolve(notices.length === 0 ? error : { ...error, notices })
    else this.resolve(this.ending === undefined ? this.streamed() : this.whole(this.ending))
  }

  private readonly large = (): void => this.resolve(this.streamed())

  private stopped(): void {
    const { leg } = this.state
    const { failure } = leg
    this.stoppedByServer = !leg.isLost
    if (leg.isLost) this.error = LOST
    else this.error = failure === undefined ? undefined : engineError(failure)
    this.pipe.end(this.error === undefined ? new UpstreamLost() : new LateError(this.error))
  }

  private described(type: number, bytes: Buffer, start: number, end: number): void {
    const { portal } = this
    const columns = type === ANSWER.rowDescription ? columnsOf(portal, bytes, start, end) : NO_ROWS
    portal.columns = columns
    this.pipe.columns = columns
  }

  /** Whether it reads rows from the client. */
  private get takesRows(): boolean {
    const { command } = this.portal.statement
    return command?.kind === 'copy' && command.direction === 'in'
  }

  private copyTraffic(): CopyTraffic {
    return new CopyTraffic(this.takesRows, this.state.client, this.state.leg)
  }

  /** A result that has come to its end. */
  private whole(ending: Buffer): Result {
    const { notices, source, pipe } = this
    const maxRows = this.limits?.maxRows
    const rows = pipe.takeAll()
    const fields = pipe.fields()
    const truncated = maxRows !== undefined && rows.length > 0 && source.taken > maxRows
    const affected = affectedBy(ending)
    if (affected === undefined && notices.length === 0) return { fields, rows, truncated }
    return {
      fields,
      rows,
      truncated,
      ...(affected === undefined ? {} : { affected }),
      ...(notices.length === 0 ? {} : { notices }),
    }
  }

  private streamed(): ResultStream {
    const { pipe, notices } = this
    const over = this.settled()
    const batches = { [Symbol.asyncIterator]: () => pipe.batches(over) }
    return { fields: pipe.fields(), batches, notices }
  }
}

/** Mostly they are what they were: the same object then, so that whoever has worked it out need not again. */
function columnsOf({ statement }: Portal, bytes: Buffer, start: number, end: number): readonly Column[] {
  const { described } = statement
  if (described !== undefined && isSame(described.bytes, bytes, start, end)) return described.columns
  const columns = readColumns(bytes, start, end)
  statement.described = {
    bytes: Buffer.from(bytes.subarray(start, end)),
    columns,
    fields: fieldsOf(columns, undefined),
  }
  return columns
}

function isSame(known: Buffer, bytes: Buffer, start: number, end: number): boolean {
  return known.length === end - start && bytes.compare(known, 0, known.length, start, end) === 0
}

const ONCE = Object.freeze({ once: true })

const ROLLED_BACK = Buffer.from('ROLLBACK\0')

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
function affectedBy(ending: Buffer): number | undefined {
  // SELECT is what mostly comes.
  if (ending[0] !== ANSWER.commandComplete || ending[5] === 0x53) return undefined
  const [, count] = COUNTED.exec(ending.toString('latin1', 5)) ?? []
  return count === undefined ? undefined : Number(count)
}
