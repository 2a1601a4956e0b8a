import type { Frame } from '../../upstream/postgres/frames.js'
import type { ClientLeg } from '../../wire/client-leg.js'
import type { Interrupt } from '../../wire/interrupt.js'
import type { WireSession } from '../../wire/session.js'
import { type LastWord, type SessionProtocol, sessionLoop } from '../../wire/session-loop.js'
import { errorMessage, fatal, protocolError } from './errors.js'
import { bind, close, describeNamed, execute, flush, parse, sync } from './extended-query.js'
import { finish } from './finish.js'
import { lastWord } from './last-word.js'
import { REQUEST } from './message-types.js'
import { readQuery } from './reads.js'
import type { SessionParts } from './session.js'
import { SessionState } from './session-state.js'
import { simpleQuery } from './simple-query.js'

/**
 * Serves one client until either side leaves.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html
 */
export function runSession(parts: SessionParts): WireSession {
  return sessionLoop(new PgProtocol(parts), parts.limits, parts.clock)
}

class PgProtocol implements SessionProtocol<Frame> {
  readonly client: ClientLeg<Frame>
  readonly interrupt: Interrupt
  left = false
  private readonly state: SessionState
  /** Type of the message that is being handled. */
  private type = 0

  constructor(private readonly parts: SessionParts) {
    this.state = new SessionState(parts)
    this.client = this.state.client
    this.interrupt = this.state.interrupt
  }

  get isLost(): boolean {
    return this.state.leg.isLost
  }

  get isFree(): boolean {
    const { leg, skipping } = this.state
    return leg.status === 'I' && !leg.begun && !leg.busy && !skipping
  }

  handle({ type, bytes, start, end }: Frame): Promise<unknown> | undefined {
    const { state } = this
    this.type = type
    if (state.skipping && type !== REQUEST.sync && type !== REQUEST.terminate) return undefined
    switch (type) {
      case REQUEST.query:
        return simpleQuery(state, readQuery(bytes, start, end))
      case REQUEST.parse:
        return parse(state, bytes, start, end)
      case REQUEST.bind:
        return bind(state, bytes, start, end)
      case REQUEST.describe:
        return describeNamed(state, bytes, start, end)
      case REQUEST.execute:
        return execute(state, bytes, start, end)
      case REQUEST.close:
        return close(state, bytes, start, end)
      case REQUEST.flush:
        return flush(state)
      case REQUEST.sync:
        return sync(state)
      case REQUEST.terminate:
        this.left = true
        state.client.end()
        return undefined
      case REQUEST.copyData:
      case REQUEST.copyDone:
      case REQUEST.copyFail:
        // Left over from a COPY that the server has ended: it passes over them too.
        return undefined
      case REQUEST.functionCall:
        return this.refuseCall()
      default:
        this.left = true
        state.client.end(errorMessage(UNKNOWN))
        return undefined
    }
  }

  async malformed(error: RangeError): Promise<void> {
    await this.state.refuse(protocolError('08P01', `The message is not well formed: ${error.message}.`))
    if (this.type === REQUEST.query) await finish(this.state)
  }

  /** An exchange is answered as it ends, see `finish`; only what grows large before goes out by itself. */
  write(): Promise<void> | undefined {
    return this.client.flushMany()
  }

  last(why: LastWord): void {
    this.client.end(errorMessage(lastWord(why, this.state)))
  }

  /** The upstream connection goes back if it is as clean as it came. */
  async leave(): Promise<void> {
    const { upstream, admission } = this.parts
    const { leg, uncommitted, interrupt } = this.state
    try {
      if (leg.isLost || leg.busy || leg.failed || leg.begun || leg.status !== 'I') upstream.destroy()
      else await upstream.release()
    } catch {
      upstream.destroy()
    } finally {
      uncommitted.undone(!leg.busy)
      await uncommitted.recorded()
      interrupt.heedNothing()
      admission.leave()
    }
  }

  private async refuseCall(): Promise<void> {
    await this.state.refuse(FUNCTION_CALL)
    await finish(this.state)
  }
}

const UNKNOWN = fatal('08P01', 'The client sent a message that this gateway does not know.')

const FUNCTION_CALL = protocolError(
  '0A000',
  'cardea: Function calls by number are not governed. Call the function in a SELECT, and large objects through SQL functions.',
)
