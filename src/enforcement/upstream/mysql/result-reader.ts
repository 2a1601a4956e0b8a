import type { EngineError } from '../../../model/executor.js'
import { type Hears, isEnd, type Ok, readEof, readError, readOk } from './answers.js'
import type { Packet } from './packets.js'
import { ANSWER, Reader } from './wire.js'

/** What the answer to a query holds, in its order. */
export interface ResultParts {
  /** The definition of a column, whole. */
  definition(packet: Packet): void
  /** The last definition was that. Not told where there are no rows to come. */
  described(): void
  row(packet: Packet): void
  /** Nothing follows. */
  ended(ok: Ok): void
  failed(error: EngineError): void
  /** See `Hears`. */
  arrived?(): void
  closed(error?: Error): void
}

/** Tells the packets of one result set apart (COM_QUERY response, COM_STMT_EXECUTE response). */
export class ResultReader implements Hears {
  private state: 'head' | 'definitions' | 'mark' | 'rows' = 'head'
  private columns = 0

  /** @param deprecatesEof no EOF stands behind the definitions, and an OK in the place of the one behind the rows. */
  constructor(
    private readonly deprecatesEof: boolean,
    private readonly parts: ResultParts,
  ) {}

  packet(packet: Packet): boolean {
    const { bytes, start, end } = packet
    if (bytes[start] === ANSWER.error) {
      this.parts.failed(readError(bytes, start, end))
      return true
    }
    switch (this.state) {
      case 'head':
        return this.head(packet)
      case 'definitions':
        this.parts.definition(packet)
        if (--this.columns > 0) return false
        if (!this.deprecatesEof) this.state = 'mark'
        else this.begin()
        return false
      case 'mark':
        if (!isEnd(bytes, start, end, false)) throw new RangeError('no end of the columns')
        this.begin()
        return false
      case 'rows':
        if (!isEnd(bytes, start, end, this.deprecatesEof)) {
          this.parts.row(packet)
          return false
        }
        this.parts.ended((this.deprecatesEof ? readOk : readEof)(bytes, start, end))
        return true
    }
  }

  arrived(): void {
    this.parts.arrived?.()
  }

  closed(error?: Error): void {
    this.parts.closed(error)
  }

  private head(packet: Packet): boolean {
    const { bytes, start, end } = packet
    switch (bytes[start]) {
      case ANSWER.ok:
        this.parts.ended(readOk(bytes, start, end))
        return true
      case ANSWER.localInfile:
        throw new RangeError('the server asks for a file')
      default:
        this.columns = new Reader(bytes, start, end).lenenc()
        this.state = 'definitions'
        return false
    }
  }

  private begin(): void {
    this.state = 'rows'
    this.parts.described()
  }
}
