/** COPY within a session: what the client sends goes to the server as it is, what the server sends is masked like rows. */
import type { Frame } from '../../upstream/postgres/frames.js'
import type { ClientLeg } from '../../wire/client-leg.js'
import { ANSWER, FLUSH, REQUEST } from './message-types.js'
import { copyFail } from './requests.js'
import type { UpstreamLeg } from './upstream-leg.js'

export class CopyTraffic {
  /** The answer that begins COPY OUT, for the client once the rows may leave. */
  header: Buffer | undefined
  private over = false
  private pumping: Promise<void> | undefined

  /** @param takes whether the statement reads rows from the client. */
  constructor(
    readonly takes: boolean,
    private readonly client: ClientLeg<Frame>,
    private readonly leg: UpstreamLeg,
  ) {}

  begun(type: number, bytes: Buffer): void {
    if (type === ANSWER.copyOut) {
      this.header = Buffer.from(bytes)
      return
    }
    // Both directions at once are for replication alone.
    if (type === ANSWER.copyBoth || !this.takes) {
      this.last(copyFail('This COPY is not governed.'))
      return
    }
    this.client.put(Buffer.from(bytes))
    void this.client.flush()
    this.pumping = this.pump()
  }

  /** The server keeps its answer to itself until it is asked: the Flush behind the Execute was swallowed by the copy. */
  private last(bytes: Buffer): void {
    this.leg.sendRaw(bytes)
    this.leg.sendRaw(FLUSH)
  }

  /** The server has had enough, one way or the other. Resolves when the client's messages are free again. */
  async end(): Promise<void> {
    this.over = true
    this.client.nudge()
    await this.pumping
  }

  private async pump(): Promise<void> {
    while (!this.over && !this.client.gone && this.client.illegal === undefined) {
      const type = this.client.peek()
      if (type === undefined) {
        await this.client.more()
        continue
      }
      // The server itself passes over these while it copies; anything else ends the copy.
      const known = type === REQUEST.copyData || type === REQUEST.copyDone || type === REQUEST.copyFail
      if (!known && type !== REQUEST.flush && type !== REQUEST.sync) {
        this.last(copyFail('The client sent another message in the middle of COPY.'))
        return
      }
      const frame = this.client.next()
      if (frame === undefined || !known) continue
      const bytes = frame.bytes.subarray(frame.start, frame.end)
      if (type !== REQUEST.copyData) {
        this.last(bytes)
        return
      }
      if (!this.leg.sendRaw(bytes)) await this.leg.drained()
    }
    if (!this.over) this.last(copyFail('The client left in the middle of COPY.'))
  }
}
