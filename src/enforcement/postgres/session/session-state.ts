/** What one session holds, and what every part of it does with that: answer, fail, tell apart whose error it is. */
import type { EngineError } from '../../../model/executor.js'
import type { GovernedSession } from '../../../model/session.js'
import { type Frame, frameReader } from '../../upstream/postgres/frames.js'
import { ClientLeg } from '../../wire/client-leg.js'
import { Interrupt } from '../../wire/interrupt.js'
import { engineError, errorMessage, noticeMessage } from './errors.js'
import { Holding } from './holding.js'
import { REQUEST, SYNC } from './message-types.js'
import { OwnStatements } from './own-statements.js'
import { type Described, Registry } from './registry.js'
import { executeMessage } from './requests.js'
import type { SessionParts } from './session.js'
import { Uncommitted } from './uncommitted.js'
import { type Asides, type Step, UpstreamLeg } from './upstream-leg.js'
import { WaitingNotices } from './waiting-notices.js'

export class SessionState implements Asides {
  readonly registry = new Registry()
  readonly holding: Holding
  readonly client: ClientLeg<Frame>
  readonly leg: UpstreamLeg
  readonly own: OwnStatements
  readonly governed: GovernedSession
  readonly interrupt = new Interrupt()
  /** After an error everything up to the client's Sync is passed over. */
  skipping = false
  /** A Sync has travelled along with the last statement, and its answer is there. */
  synced = false
  /** The connection was lost at what may have been carried out all the same; the trail has it as `unknown`. */
  inDoubt = false
  /** Notices of the running statement; absent while none runs. */
  notices: EngineError[] | undefined
  /** How the server described the last statement that came as a simple query. Its text is not kept. */
  described: Described | undefined
  readonly waiting: WaitingNotices
  readonly uncommitted: Uncommitted
  /** Whether the client's next message is a Sync, so that one may travel along. */
  readonly syncFollows = (): boolean => this.client.peek() === REQUEST.sync

  constructor(readonly parts: SessionParts) {
    const { client, rest, limits, upstream, admission, vigil } = parts
    this.governed = admission.governed
    this.uncommitted = new Uncommitted(this.governed)
    this.holding = new Holding(this.registry, limits.messageBytes * 2)
    const frames = frameReader({ maxBytes: limits.messageBytes })
    this.client = new ClientLeg(client, rest, frames, this.interrupt.now, vigil)
    this.waiting = new WaitingNotices(this.client)
    this.leg = new UpstreamLeg(upstream, this)
    this.own = new OwnStatements(this.leg, upstream)
  }

  /** A statement that begins is not ended by what ended the one before. */
  fresh(): void {
    if (!this.client.gone) this.interrupt.renew()
  }

  /** An error of the session's own or of the pipeline's; the server is made to agree. */
  async refuse(error: EngineError): Promise<void> {
    await this.poison()
    this.fail(error)
  }

  /** The client is told, and passed over until it synchronises. */
  fail(error: EngineError): void {
    this.client.put(errorMessage(error))
    this.skipping = true
  }

  /** An error of the server at a request for which no statement's obligations stand. */
  readonly report = (bytes: Buffer): void => {
    this.fail(this.scrubbed(engineError(bytes)))
  }

  /** The same where a statement may be under way: it answers for what was sent along with it. */
  reportBeside(bytes: Buffer): void {
    if (this.notices === undefined) this.report(bytes)
  }

  /**
   * Makes the server fail, so that it rolls back what has to be rolled back and tells the state of the
   * transaction itself. Its log then shows the name of a portal that says why.
   */
  async poison(): Promise<void> {
    const { leg } = this
    if (leg.isLost || leg.failed || (this.synced && leg.status !== 'T')) return
    leg.push(POISON, 'execute')
    if (this.synced) leg.push(SYNC, 'sync')
    await leg.flush()
  }

  notice(bytes: Buffer, step: Step | undefined): void {
    // `SET TRANSACTION` outside of a block warns; Cardea's own means the exchange that it travels in.
    if (step?.own === true) return
    const notice = engineError(bytes)
    if (this.notices !== undefined) {
      this.notices.push(notice)
      return
    }
    this.client.put(noticeMessage(this.scrubbed(notice)))
    void this.flushAside()
  }

  parameter(bytes: Buffer, step: Step | undefined): void {
    if (step?.own !== true) this.aside(bytes)
  }

  notification(bytes: Buffer): void {
    this.aside(bytes)
  }

  ended(failure: Buffer | undefined): void {
    if (failure === undefined) this.uncommitted.settled()
    else this.uncommitted.undone(true, engineError(failure).code)
  }

  /** What is under way ends by itself, and is not what the client has given up. */
  gone(underWay: boolean, isCertain: boolean): void {
    if (this.uncommitted.undone(isCertain) === 'unknown') this.inDoubt = true
    if (!underWay) this.interrupt.now()
    this.client.nudge()
  }

  private aside(bytes: Buffer): void {
    this.client.put(scrubbedAside(bytes, text => this.governed.scrub(text)))
    void this.flushAside()
  }

  /** Between statements nobody else would send it. */
  private flushAside(): Promise<void> | undefined {
    return this.leg.busy || this.notices !== undefined ? undefined : this.client.flush()
  }

  scrubbed(error: EngineError): EngineError {
    const scrub = (text: string): string => this.governed.scrub(text)
    const entries = Object.entries(error).map(([name, value]) => [
      name,
      typeof value === 'string' ? scrub(value) : value,
    ])
    return Object.fromEntries(entries)
  }
}

const POISON = executeMessage('cardea refused the statement', 0)

/** ParameterStatus and NotificationResponse hold names and values that end with a zero. */
function scrubbedAside(bytes: Buffer, scrub: (text: string) => string): Buffer {
  const fixed = bytes[0] === 0x41 ? 9 : 5
  const text = bytes.toString('utf8', fixed)
  const masked = text
    .split('\0')
    .map(part => scrub(part))
    .join('\0')
  if (masked === text) return Buffer.from(bytes)
  const body = Buffer.from(masked, 'utf8')
  const whole = Buffer.concat([bytes.subarray(0, fixed), body])
  whole.writeInt32BE(whole.length - 1, 1)
  return whole
}
