import { isUtf8 } from 'node:buffer'
import type { EngineError } from '../../../model/executor.js'
import { PacketTooLong } from '../../upstream/mysql/packets.js'
import { COMMAND, Reader } from '../../upstream/mysql/wire.js'
import type { WireEnd } from '../../wire/entrance.js'
import { failure } from '../errors.js'
import { close, execute, keepLongData, resetStatement } from './execute.js'
import { prepare } from './prepare.js'
import { eofPacket } from './release.js'
import { runStatement, useDatabase } from './run-statement.js'
import type { MysqlSession, SessionParts } from './session.js'
import { SessionState } from './session-state.js'

/**
 * Serves one client until either side leaves. Its commands are handled one after the other, so that every decision is
 * made in the state that the commands before have left.
 *
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html
 */
export function runSession(parts: SessionParts): MysqlSession {
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
      this.last(BROKEN)
    } finally {
      clearInterval(watch)
      await this.leave()
    }
  }

  private async loop(): Promise<void> {
    const { client, leg } = this.state
    while (!this.left) {
      if (this.isOver()) return
      const packet = client.next()
      if (packet === undefined) {
        if (this.isDone()) return
        const taking = client.flush()
        if (taking !== undefined) await taking
        await client.more()
        continue
      }
      this.running = true
      this.state.fresh(packet.sequence)
      try {
        await this.handle(packet.bytes, packet.start, packet.end)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        this.state.fail(failure(1835, 'HY000', `The packet is not well formed: ${error.message}.`))
      } finally {
        this.running = false
      }
      if (leg.isLost) return this.last(lost(this.state))
      const taking = client.flush()
      if (taking !== undefined) await taking
    }
  }

  /** Nothing more has arrived. @returns whether that is the end. */
  private isDone(): boolean {
    const { client, leg } = this.state
    if (client.illegal !== undefined) {
      const isLong = client.illegal instanceof PacketTooLong
      this.last(failure(isLong ? 1153 : 1156, '08S01', `${client.illegal.message}.`))
      return true
    }
    if (client.gone) return true
    if (!leg.isLost) return false
    this.last(lost(this.state))
    return true
  }

  private isOver(): boolean {
    const { ending } = this
    if (ending === undefined || (this.state.leg.inTransaction && !ending.atOnce)) return false
    // Nobody has asked: the packet is the first of its exchange.
    this.state.continueFrom(0)
    this.last(farewell(ending.why))
    return true
  }

  private last(error: EngineError): void {
    this.state.fail(error)
    this.state.client.end()
  }

  private async handle(bytes: Buffer, start: number, end: number): Promise<void> {
    const { state } = this
    switch (bytes[start]) {
      case COMMAND.query:
        return this.query(bytes, start, end)
      case COMMAND.stmtPrepare: {
        const text = textOf(bytes, start, end)
        return text === undefined ? state.fail(NOT_UTF8) : prepare(state, text)
      }
      case COMMAND.stmtExecute:
        return execute(state, bytes, start, end)
      case COMMAND.stmtSendLongData:
        if (!keepLongData(state, bytes, start, end)) this.leaveWith(TOO_MUCH)
        return
      case COMMAND.stmtClose:
        return close(state, bytes, start, end)
      case COMMAND.stmtReset:
        return resetStatement(state, bytes, start, end)
      case COMMAND.ping:
        return state.ok()
      case COMMAND.initDb:
        return useDatabase(state, bytes.toString('utf8', start + 1, end))
      case COMMAND.resetConnection:
        return this.reset()
      case COMMAND.setOption:
        return new Reader(bytes, start + 1, end).int(2) === MULTI_STATEMENTS_OFF
          ? state.reply(eofPacket(0, state.leg.status))
          : state.fail(ONE_STATEMENT)
      case COMMAND.statistics:
        return state.reply(Buffer.from('Cardea'))
      case COMMAND.processKill:
        return this.kill(new Reader(bytes, start + 1, end).int(4))
      case COMMAND.quit:
        this.left = true
        state.client.end()
        return
      default:
        return state.fail(NOT_OFFERED)
    }
  }

  private async query(bytes: Buffer, start: number, end: number): Promise<void> {
    const { state } = this
    const text = textOf(bytes, start, end)
    if (text === undefined) return state.fail(NOT_UTF8)
    const [command] = state.governed.read(text)
    // The packet's bytes are the client's next ones by the time that people have approved.
    const work = { command: Buffer.from(bytes.subarray(start, end)), before: [], binary: false }
    await runStatement(state, { text, values: [], command, work })
  }

  private async reset(): Promise<void> {
    const { state } = this
    state.prepared.clear()
    if (await state.leg.reset()) state.ok()
  }

  private kill(connection: number): void {
    const { state } = this
    if (this.parts.kill(connection, false)) state.ok()
    else state.fail({ failed: true, errno: 1094, code: 'HY000', message: `Unknown thread id: ${connection}` })
  }

  private leaveWith(error: EngineError): void {
    this.left = true
    this.last(error)
  }

  /** Half a packet is no word, and a client that does not take its rows holds the server up. */
  private lookIdle(): void {
    const { client, leg } = this.state
    const { clock, limits } = this.parts
    if (!client.waits || client.steps !== this.seen) {
      this.seen = client.steps
      this.stillSince = clock.monotonic()
      return
    }
    const limit = leg.inTransaction ? limits.idleInTransactionMs : limits.idleMs
    if (clock.monotonic() - this.stillSince >= limit) this.end('idle', true)
  }

  /** The upstream connection goes back if nothing is under way; what the session holds is discarded. */
  private async leave(): Promise<void> {
    const { upstream, admission } = this.parts
    const { leg } = this.state
    try {
      if (leg.isLost || !upstream.isQuiet || leg.inTransaction) upstream.destroy()
      else await upstream.release()
    } catch {
      upstream.destroy()
    } finally {
      this.state.heedNothing()
      admission.leave()
    }
  }
}

/** @returns undefined for what is not UTF-8. */
function textOf(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.subarray(start + 1, end)
  return isUtf8(text) ? text.toString('utf8') : undefined
}

const MULTI_STATEMENTS_OFF = 1

const NOT_UTF8 = failure(1300, 'HY000', 'The statement is not UTF-8. Connect with the character set utf8mb4.')
const ONE_STATEMENT = failure(
  1235,
  '42000',
  'Several statements in one text are not offered. Send them one by one.',
)
const NOT_OFFERED = failure(1047, '08S01', 'This command is not offered through the gateway.')
const TOO_MUCH = failure(
  1153,
  '08S01',
  'The client has sent more of long values than a session may keep. Connect again.',
)
const LOST = failure(1159, '08S01', 'The connection to the database is lost. Connect again.')
const IN_DOUBT = failure(
  1180,
  'HY000',
  'The connection to the database was lost at a write or its commit, which may have been carried out. Connect again, and look at the data before you repeat it.',
)
const TOO_LONG = failure(
  1153,
  '08S01',
  'The database sent a row that is longer than this gateway takes. Ask for less of it, in pieces. Connect again.',
)
const BROKEN = failure(1105, 'HY000', 'The session cannot go on. Connect again.')

function lost({ inDoubt, leg: { lostFor } }: SessionState): EngineError {
  if (inDoubt) return IN_DOUBT
  return lostFor instanceof PacketTooLong ? TOO_LONG : LOST
}

function farewell(why: WireEnd): EngineError {
  switch (why) {
    case 'drain':
      return failure(1053, '08S01', 'The gateway is closing. Connect again.')
    case 'killed':
      return failure(1927, '70100', 'An operator has ended this session.')
    case 'stopped':
      return failure(1927, '70100', 'An operator has stopped this agent.')
    case 'expired':
      return failure(4031, 'HY000', 'The token has expired. Connect again with a new one.')
    case 'idle':
      return failure(4031, 'HY000', 'The session was idle for too long. Connect again.')
  }
}
