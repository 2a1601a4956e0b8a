/** Runs one statement at the server, under the limits that the pipeline sets. Made per statement. */
import type { EngineError, ExecutionLimits, Executor } from '../../../model/executor.js'
import type { Field, Result } from '../../../model/result.js'
import type { Ok } from '../../upstream/mysql/answers.js'
import type { Packet } from '../../upstream/mysql/packets.js'
import type { ResultParts } from '../../upstream/mysql/result-reader.js'
import { LateError, UpstreamLost } from '../../wire/late.js'
import type { RowSource } from '../../wire/row-flow.js'
import { ClientRows } from '../rows/client-rows.js'
import { type Column, fieldOf, readColumn } from '../rows/columns.js'
import { RowPipe } from './row-pipe.js'
import type { UpstreamLeg } from './upstream-leg.js'

/** Bytes of a result that are held back until it is whole; a larger one is passed on as it comes. */
const HELD_BYTES = 65_536
/** Milliseconds in which a server that has been asked to stop has to say something. */
const SILENT_MS = 15_000

export interface Work extends Traits {
  /** COM_QUERY or COM_STMT_EXECUTE, whole. */
  readonly command: Buffer
  /** Sent before it, and answered by nobody: pieces of long values. */
  readonly before: readonly Buffer[]
  /** Rows are those of a prepared statement. */
  readonly binary: boolean
}

/** What its text alone says of a statement. */
export interface Traits {
  /** It may ask how the session is set, and so see what Cardea sets. */
  readonly asksSettings: boolean
  /** Rows, where there are any, are those that it has written. */
  readonly returnsWritten: boolean
}

const SETTINGS_ASKED = /read_only|@@|\bshow\b|variables/i
/** No other statement writes rows and gives them. */
const RETURNING = /^\s*(insert|replace|delete)\b/i

export function traitsOf(text: string): Traits {
  return { asksSettings: SETTINGS_ASKED.test(text), returnsWritten: RETURNING.test(text) }
}

export class StatementRun implements Executor, ResultParts, RowSource {
  readonly revocable = true
  /** As the server ended it. */
  ok: Ok | undefined
  /** Absent where there are no rows. */
  rows: ClientRows | undefined
  columns: Column[] = []
  private fields: Field[] = []
  private count = 0
  private limits: ExecutionLimits | undefined
  private readonly pipe: RowPipe
  private bracket: 'none' | 'savepoint' | 'transaction' = 'none'
  /** How the write's own bracket stands. */
  private opened: 'none' | 'transaction' | 'savepoint' = 'none'
  private stopping: Promise<void> | undefined
  private underWay = false
  private tellOver: () => void = () => {}
  private over: Promise<void> | undefined
  private resolve: (outcome: Result | EngineError) => void = () => {}
  private reject: (error: unknown) => void = () => {}

  constructor(
    private readonly leg: UpstreamLeg,
    private readonly work: Work,
  ) {
    this.pipe = new RowPipe(this)
    this.pipe.hold(HELD_BYTES, this.large)
  }

  run(limits: ExecutionLimits): Promise<Result | EngineError> {
    if (limits.signal.aborted) return Promise.resolve(CANCELLED)
    this.limits = limits
    this.underWay = true
    limits.signal.addEventListener('abort', this.cancel, ONCE)
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
      this.send(limits.readOnly)
    })
  }

  /** Nothing where nothing of the statement is under way at the server; otherwise resolves when that is so. */
  settled(): Promise<void> | undefined {
    if (!this.underWay) return undefined
    this.over ??= new Promise(resolve => {
      this.tellOver = resolve
    })
    return this.over
  }

  pause(): void {
    this.leg.pause()
  }

  resume(): void {
    this.leg.resume()
  }

  /**
   * A client without autocommit has a transaction open from its first statement on: the write stays in that.
   */
  async begin(): Promise<void> {
    const { leg } = this
    leg.stand(false)
    const nested = leg.inTransaction || !leg.autocommits
    this.opened = nested ? 'savepoint' : 'transaction'
    const failed = nested
      ? ((leg.inTransaction ? undefined : await leg.control('BEGIN')) ??
        (await leg.control('SAVEPOINT cardea_write')))
      : await leg.control('BEGIN')
    if (failed !== undefined || leg.isLost) throw new UpstreamLost()
  }

  async commit(): Promise<void> {
    const { leg, opened } = this
    this.opened = 'none'
    const error = await leg.attempt(opened === 'savepoint' ? 'RELEASE SAVEPOINT cardea_write' : 'COMMIT')
    if (leg.isLost) throw new UpstreamLost()
    if (error === undefined) return
    leg.destroy()
    throw new LateError(error)
  }

  async rollback(): Promise<void> {
    const { leg, opened } = this
    await this.settled()
    this.opened = 'none'
    if (opened === 'none' || leg.isLost) return
    if (opened === 'transaction') await leg.control('ROLLBACK')
    else {
      // A deadlock has taken the whole transaction along, and the savepoint with it.
      await leg.attempt('ROLLBACK TO SAVEPOINT cardea_write')
      await leg.attempt('RELEASE SAVEPOINT cardea_write')
    }
  }

  /** Asks the server to stop the statement; one that cannot be asked, or does not answer, is left. */
  readonly cancel = (): void => {
    if (!this.underWay || this.stopping !== undefined) return
    const { leg } = this
    const silent = setTimeout(() => leg.destroy(), SILENT_MS)
    this.stopping = leg.cancel().catch(() => leg.destroy())
    void this.stopping.then(() => this.settled()).then(() => clearTimeout(silent))
  }

  definition(packet: Packet): void {
    this.columns.push(readColumn(packet, this.leg.extendedMetadata))
  }

  described(): void {
    this.fields = this.columns.map(fieldOf)
    this.rows = new ClientRows(this.columns, this.work.binary)
  }

  row(packet: Packet): void {
    const { rows, limits } = this
    this.count += 1
    if (rows === undefined) throw new RangeError('a row without columns')
    const most = limits?.maxRows
    // One more than may be is enough to know.
    if (most !== undefined && this.count > most + 1) {
      this.cancel()
      return
    }
    if (this.pipe.isOpen) this.pipe.add(rows.read(packet), packet.end - packet.start)
  }

  arrived(): void {
    this.pipe.arrived()
  }

  ended(ok: Ok): void {
    this.ok = ok
    void this.finish(undefined)
  }

  failed(error: EngineError): void {
    void this.finish(error)
  }

  closed(): void {
    void this.finish(undefined)
  }

  private send(readOnly: boolean): void {
    const { leg, work } = this
    const nested = leg.inTransaction
    if (readOnly) {
      if (nested) this.bracket = 'savepoint'
      else if (!leg.autocommits || work.asksSettings) this.bracket = 'transaction'
    }
    leg.together(() => {
      leg.stand(readOnly && this.bracket === 'none')
      if (this.bracket === 'savepoint') void leg.control('SAVEPOINT cardea_read')
      if (this.bracket === 'transaction') void leg.control('START TRANSACTION READ ONLY')
      for (const command of work.before) leg.tell(command)
      leg.ask(work.command, this)
    })
  }

  /** A stop that is on its way must not meet the next statement. */
  private async finish(error: EngineError | undefined): Promise<void> {
    const { leg } = this
    this.limits?.signal.removeEventListener('abort', this.cancel)
    if (this.stopping !== undefined) {
      await this.stopping
      if (!leg.isLost) await leg.attempt('DO 0')
    }
    if (this.bracket === 'transaction') await leg.control('ROLLBACK')
    if (this.bracket === 'savepoint' && !leg.isLost) {
      // A deadlock has taken the whole transaction along, and the savepoint with it.
      await leg.attempt('ROLLBACK TO SAVEPOINT cardea_read')
      await leg.attempt('RELEASE SAVEPOINT cardea_read')
    }
    this.underWay = false
    if (leg.isLost) {
      this.pipe.end(new UpstreamLost())
      this.reject(new UpstreamLost(error !== undefined))
    } else if (error === undefined || this.isTruncated) {
      this.pipe.end()
      this.resolve(this.whole())
    } else {
      this.pipe.end(new LateError(error))
      this.resolve(error)
    }
    this.tellOver()
  }

  private get isTruncated(): boolean {
    const most = this.limits?.maxRows
    return most !== undefined && this.count > most
  }

  private whole(): Result {
    const { ok, fields, work } = this
    const result = { fields, rows: this.pipe.takeAll(), truncated: this.isTruncated }
    if (this.rows !== undefined) return work.returnsWritten ? { ...result, affected: this.count } : result
    if (ok === undefined) return result
    const key = ok.insertId
    return {
      ...result,
      affected: ok.affected,
      generatedKey: key <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(key) : key,
    }
  }

  private readonly large = (): void => this.resolve(this.streamed())

  private streamed(): Result {
    const { pipe, fields } = this
    const over = this.settled()
    return { fields, batches: { [Symbol.asyncIterator]: () => pipe.batches(over) } }
  }
}

const ONCE = Object.freeze({ once: true })

const CANCELLED: EngineError = Object.freeze({
  failed: true,
  message: 'Query execution was interrupted',
  code: '70100',
  errno: 1317,
})
