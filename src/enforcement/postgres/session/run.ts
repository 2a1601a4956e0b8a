import type { EngineError } from '../../../model/executor.js'
import { FrameTooLong } from '../../upstream/postgres/frames.js'
import type { WireEnd } from '../../wire/entrance.js'
import { engineError, errorMessage, protocolError } from './errors.js'
import { bind, close, describeNamed, execute, flush, parse, sync } from './extended-query.js'
import { finish } from './finish.js'
import { REQUEST } from './message-types.js'
import { readQuery } from './reads.js'
import type { PgSession, SessionParts } from './session.js'
import { SessionState } from './session-state.js'
import { simpleQuery } from './simple-query.js'

/**
 * Serves one client until either side leaves. Its messages are handled one after the other, so that every decision
 * is made in the state that the messages before have left.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html
 */
export function runSession(parts: SessionParts): PgSession {
  const session = new Session(parts)
  return Object.freeze({
    ended: session.ended,
    cancel: () => session.cancel(),
    end: (why: WireEnd, atOnce: boolean) => session.end(why, atOnce),
  })
}

class Session {
  readonly ended: Promise<void>
  private readonly state: SessionState
  private ending: { readonly why: WireEnd; readonly atOnce: boolean } | undefined
  private left = false
  private running = false
  /** How far the client had come when it was last looked at, and since when it has not moved. */
  private seen = -1
  private stillSince = 0

  constructor(private readonly parts: SessionParts) {
    this.state = new SessionState(parts)
    this.ended = this.serve()
  }

  cancel(): void {
    if (this.running) this.state.interrupt()
  }

  end(why: WireEnd, atOnce: boolean): void {
    if (this.ending?.atOnce === true) return
    this.ending = { why, atOnce }
    if (atOnce) {
      this.state.interrupt()
      this.state.client.hurry()
    }
    this.state.client.nudge()
  }

  private async serve(): Promise<void> {
    const { limits } = this.parts
    const shortest = Math.min(limits.idleMs, limits.idleInTransactionMs)
    const watch = setInterval(() => this.lookIdle(), Math.max(250, shortest / 8))
    watch.unref()
    try {
      await this.loop()
    } catch {
      this.state.client.end(errorMessage(BROKEN))
    } finally {
      clearInterval(watch)
      await this.leave()
    }
  }

  private async loop(): Promise<void> {
    const { client, leg } = this.state
    while (!this.left) {
      if (this.isOver()) return
      const frame = client.next()
      if (frame === undefined) {
        if (this.isDone()) return
        const taking = client.flush()
        if (taking !== undefined) await taking
        await client.more()
        continue
      }
      const { type, bytes, start, end } = frame
      this.running = true
      try {
        const done = this.handle(type, bytes, start, end)
        if (done !== undefined) await done
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        await this.state.refuse(protocolError('08P01', `The message is not well formed: ${error.message}.`))
        if (type === REQUEST.query) await finish(this.state)
      } finally {
        this.running = false
      }
      // A client that asks without end and reads nothing waits, as it would for the server.
      const taking = client.flushMany()
      if (taking !== undefined) await taking
      if (leg.isLost) return client.end(errorMessage(lost(this.state)))
    }
  }

  /** Nothing more has arrived. @returns whether that is the end. */
  private isDone(): boolean {
    const { client, leg } = this.state
    if (client.illegal !== undefined) {
      client.end(errorMessage(illegal(client.illegal)))
      return true
    }
    if (client.gone) return true
    if (leg.isLost) {
      client.end(errorMessage(lost(this.state)))
      return true
    }
    return false
  }

  private isOver(): boolean {
    const { ending } = this
    const { leg, client, skipping } = this.state
    if (ending === undefined) return false
    const idle = leg.status === 'I' && !leg.begun && !leg.busy && !skipping
    if (!idle && !ending.atOnce) return false
    client.end(errorMessage(farewell(ending.why)))
    return true
  }

  private handle(type: number, bytes: Buffer, start: number, end: number): Promise<unknown> | undefined {
    const { state } = this
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

  private async refuseCall(): Promise<void> {
    await this.state.refuse(FUNCTION_CALL)
    await finish(this.state)
  }

  /** Half a message is no word, and a client that does not take its rows holds the server up. */
  private lookIdle(): void {
    const { client, leg } = this.state
    const { clock, limits } = this.parts
    if (!client.waits || client.steps !== this.seen) {
      this.seen = client.steps
      this.stillSince = clock.monotonic()
      return
    }
    const isFree = leg.status === 'I' && !leg.begun && !leg.busy
    const limit = isFree ? limits.idleMs : limits.idleInTransactionMs
    if (clock.monotonic() - this.stillSince >= limit) this.end('idle', true)
  }

  /** The upstream connection goes back if it is as clean as it came. */
  private async leave(): Promise<void> {
    const { upstream, admission } = this.parts
    const { leg, uncommitted } = this.state
    try {
      if (leg.isLost || leg.busy || leg.failed || leg.begun || leg.status !== 'I') upstream.destroy()
      else await upstream.release()
    } catch {
      upstream.destroy()
    } finally {
      uncommitted.undone(!leg.busy)
      await uncommitted.recorded()
      this.state.heedNothing()
      admission.leave()
    }
  }
}

function fatal(code: string, message: string) {
  return { failed: true as const, severity: 'FATAL', code, message: `cardea: ${message}` }
}

const LOST = fatal('08006', 'The connection to the database is lost. Connect again.')
const IN_DOUBT = fatal(
  '08007',
  'The connection to the database was lost at a write or its commit, which may have been carried out. Connect again, and look at the data before you repeat it.',
)
/** The server's own last words where it has ended the connection by itself: drivers know them. */
const SERVER_ENDS: Readonly<Record<string, string>> = Object.freeze({
  '57P01': 'terminating connection due to administrator command',
  '57P02': 'terminating connection because of crash of another server process',
  '57P05': 'terminating connection due to idle-session timeout',
  '25P03': 'terminating connection due to idle-in-transaction timeout',
})

function lost({ inDoubt, leg: { failure, lostFor } }: SessionState): EngineError {
  if (inDoubt) return IN_DOUBT
  if (lostFor instanceof FrameTooLong) return TOO_LONG
  const { code = '' } = failure === undefined ? {} : engineError(failure)
  const message = Object.hasOwn(SERVER_ENDS, code) ? SERVER_ENDS[code] : undefined
  return message === undefined ? LOST : { failed: true, severity: 'FATAL', code, message }
}
const TOO_LONG = fatal(
  '54000',
  'The database sent a row that is longer than this gateway takes. Ask for less of it, in pieces. Connect again.',
)
const BROKEN = fatal('XX000', 'The session cannot go on. Connect again.')
const UNKNOWN = fatal('08P01', 'The client sent a message that this gateway does not know.')

const FUNCTION_CALL = protocolError(
  '0A000',
  'cardea: Function calls by number are not governed. Call the function in a SELECT, and large objects through SQL functions.',
)

function illegal(error: Error) {
  return fatal(error instanceof FrameTooLong ? '54000' : '08P01', `${error.message}.`)
}

function farewell(why: WireEnd) {
  switch (why) {
    case 'drain':
      return fatal('57P01', 'The gateway is closing. Connect again.')
    case 'killed':
      return fatal('57P01', 'An operator has ended this session.')
    case 'stopped':
      return fatal('57P01', 'An operator has stopped this agent.')
    case 'expired':
      return fatal('57P01', 'The token has expired. Connect again with a new one.')
    case 'idle':
      return fatal('57P05', 'The session was idle for too long. Connect again.')
  }
}
