/** The database's side of a session: commands go out in order, and how the transaction stands is kept in mind. */
import type { EngineError } from '../../../model/executor.js'
import type { Hears, Ok } from '../../upstream/mysql/answers.js'
import { question } from '../../upstream/mysql/housekeeping.js'
import { type ResultParts, ResultReader } from '../../upstream/mysql/result-reader.js'
import type { MysqlUpstream } from '../../upstream/mysql/upstream.js'
import { STATUS } from '../../upstream/mysql/wire.js'

const READS = 'set session transaction read only'
const WRITES = 'set session transaction read write'

export class UpstreamLeg {
  /** As the server last told it. */
  status: number = STATUS.autocommit
  /** Why the connection was given up, where it was not the server that ended it. */
  lostFor: Error | undefined
  private lost = false
  /** The session's transactions are read-only by Cardea's doing. */
  private standing = false

  constructor(
    private readonly upstream: MysqlUpstream,
    private readonly gone: () => void,
  ) {}

  get isLost(): boolean {
    return this.lost || !this.upstream.isOpen
  }

  get extendedMetadata(): boolean {
    return this.upstream.extendedMetadata
  }

  get inTransaction(): boolean {
    return (this.status & STATUS.inTransaction) !== 0
  }

  get autocommits(): boolean {
    return (this.status & STATUS.autocommit) !== 0
  }

  /** What is asked in between goes out in one write. */
  together(work: () => void): void {
    this.upstream.together(work)
  }

  /** Makes sure, before what is asked next, that the session's transactions are read-only, or are not. */
  stand(readOnly: boolean): void {
    if (readOnly === this.standing) return
    this.standing = readOnly
    void this.control(readOnly ? READS : WRITES)
  }

  /**
   * A statement of Cardea's own that gives no rows. Nothing may follow one that fails, so the connection is closed then.
   *
   * @returns the server's error where it fails; undefined once it is done, or the connection is lost.
   */
  control(text: string): Promise<EngineError | undefined> {
    return new Promise(resolve => {
      this.ask(question(text), {
        definition() {},
        described() {},
        row() {},
        ended: () => resolve(undefined),
        failed: error => {
          this.destroy()
          resolve(error)
        },
        closed: () => resolve(undefined),
      })
    })
  }

  /** The same where failing is an answer like another. */
  attempt(text: string): Promise<EngineError | undefined> {
    return new Promise(resolve => {
      this.ask(question(text), {
        definition() {},
        described() {},
        row() {},
        ended: () => resolve(undefined),
        failed: resolve,
        closed: () => resolve(undefined),
      })
    })
  }

  /** A command that is answered as a query is. */
  ask(command: Buffer, parts: ResultParts): void {
    const ended = (ok: Ok): void => {
      this.status = ok.status
      parts.ended(ok)
    }
    const closed = (error?: Error): void => {
      this.loseFor(error)
      parts.closed(error)
    }
    const { definition, described, row, failed, arrived } = bound(parts)
    this.upstream.ask(
      command,
      new ResultReader(this.upstream.deprecatesEof, {
        definition,
        described,
        row,
        failed,
        ended,
        closed,
        ...(arrived === undefined ? {} : { arrived }),
      }),
    )
  }

  tell(command: Buffer): void {
    this.upstream.tell(command)
  }

  pause(): void {
    this.upstream.pause()
  }

  resume(): void {
    this.upstream.resume()
  }

  cancel(): Promise<void> {
    return this.upstream.cancel()
  }

  /** The session is as it was lent; what it held is gone. @returns whether that has worked. */
  async reset(): Promise<boolean> {
    const isClean = await this.upstream.reset()
    if (isClean) {
      this.status = STATUS.autocommit
      this.standing = false
    } else this.destroy()
    return isClean
  }

  /** Any other command: who asks knows its answer. */
  askRaw(command: Buffer, hears: Hears): void {
    this.upstream.ask(command, hears)
  }

  loseFor(error?: Error): void {
    if (this.lost) return
    this.lost = true
    this.lostFor = error
    this.gone()
  }

  destroy(): void {
    this.upstream.destroy()
    this.loseFor()
  }
}

function bound(parts: ResultParts): ResultParts {
  return {
    definition: packet => parts.definition(packet),
    described: () => parts.described(),
    row: packet => parts.row(packet),
    failed: error => parts.failed(error),
    ended: ok => parts.ended(ok),
    closed: error => parts.closed(error),
    arrived: () => parts.arrived?.(),
  }
}
