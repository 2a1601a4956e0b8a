import { isUtf8 } from 'node:buffer'
import type { EngineError } from '../../../model/executor.js'
import { question } from '../../upstream/mysql/housekeeping.js'
import type { Packet } from '../../upstream/mysql/packets.js'
import { COMMAND, Reader } from '../../upstream/mysql/wire.js'
import type { ClientLeg } from '../../wire/client-leg.js'
import type { Interrupt } from '../../wire/interrupt.js'
import type { WireSession } from '../../wire/session.js'
import { type LastWord, type SessionProtocol, sessionLoop } from '../../wire/session-loop.js'
import { ENDED } from '../../wire/words.js'
import { readableText } from './byte-literals.js'
import { failure } from './errors.js'
import { close, execute, keepLongData, resetStatement } from './execute.js'
import { lastWord } from './last-word.js'
import { prepare } from './prepare.js'
import { eofPacket } from './release.js'
import { kill, runStatement, useDatabase } from './run-statement.js'
import type { SessionParts } from './session.js'
import { SessionState } from './session-state.js'
import { traitsOf } from './statement-run.js'

/**
 * Serves one client until either side leaves.
 *
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html
 */
export function runSession(parts: SessionParts): WireSession {
  return sessionLoop(new MysqlProtocol(parts), parts.limits, parts.clock)
}

class MysqlProtocol implements SessionProtocol<Packet> {
  readonly client: ClientLeg<Packet>
  readonly interrupt: Interrupt
  left = false
  private readonly state: SessionState
  private readonly begun: number

  constructor(private readonly parts: SessionParts) {
    this.state = new SessionState(parts)
    this.begun = parts.clock.monotonic()
    this.client = this.state.client
    this.interrupt = this.state.interrupt
  }

  get isLost(): boolean {
    return this.state.leg.isLost
  }

  get isFree(): boolean {
    return !this.state.leg.inTransaction
  }

  handle({ bytes, start, end, sequence }: Packet): Promise<void> | undefined {
    const { state } = this
    state.fresh(sequence)
    switch (bytes[start]) {
      case COMMAND.query:
        return this.query(bytes, start, end)
      case COMMAND.stmtPrepare:
        return this.prepare(bytes, start, end)
      case COMMAND.stmtExecute:
        return execute(state, bytes, start, end)
      case COMMAND.resetConnection:
        return this.reset()
      default:
        this.answer(bytes, start, end)
        return undefined
    }
  }

  malformed(error: RangeError): undefined {
    this.state.fail(failure(1835, 'HY000', `The packet is not well formed: ${error.message}.`))
  }

  /** What the client has asked for next may take its time, or need people: an answer does not wait for it. */
  write(): Promise<void> | undefined {
    return this.client.flush()
  }

  last(why: LastWord): void {
    const { state } = this
    // Nobody has asked: the packet is the first of its exchange.
    if (Object.hasOwn(ENDED, why)) state.continueFrom(0)
    state.fail(lastWord(why, state))
    state.client.end()
  }

  /** The upstream connection goes back if nothing is under way; what the session holds is discarded. */
  async leave(): Promise<void> {
    const { upstream, admission } = this.parts
    const { leg, interrupt } = this.state
    try {
      if (leg.isLost || !upstream.isQuiet || leg.inTransaction) upstream.destroy()
      else await upstream.release()
    } catch {
      upstream.destroy()
    } finally {
      interrupt.heedNothing()
      admission.leave()
    }
  }

  /** Commands that the database is not waited for. */
  private answer(bytes: Buffer, start: number, end: number): void {
    const { state } = this
    switch (bytes[start]) {
      case COMMAND.stmtSendLongData:
        if (!keepLongData(state, bytes, start, end)) this.leaveWith(TOO_MUCH)
        return
      case COMMAND.stmtClose:
        close(state, bytes, start, end)
        return
      case COMMAND.stmtReset:
        resetStatement(state, bytes, start, end)
        return
      case COMMAND.ping:
        state.ok()
        return
      case COMMAND.initDb:
        useDatabase(state, bytes.toString('utf8', start + 1, end))
        return
      case COMMAND.setOption:
        this.setOption(new Reader(bytes, start + 1, end).int(2))
        return
      case COMMAND.statistics:
        state.reply(this.statistics())
        return
      case COMMAND.processKill:
        kill(state, new Reader(bytes, start + 1, end).int(4), false)
        return
      case COMMAND.quit:
        this.left = true
        state.client.end()
        return
      default:
        state.fail(NOT_OFFERED)
    }
  }

  /** In the server's own form, of this session alone. */
  private statistics(): Buffer {
    const seconds = Math.floor((this.parts.clock.monotonic() - this.begun) / 1000)
    return Buffer.from(`Uptime: ${seconds}  Threads: 1`)
  }

  private setOption(option: number): void {
    const { state } = this
    if (option === MULTI_STATEMENTS_OFF) state.reply(eofPacket(0, state.leg.status))
    else state.fail(ONE_STATEMENT)
  }

  private query(bytes: Buffer, start: number, end: number): Promise<void> | undefined {
    const { state } = this
    const text = this.textOf(bytes, start, end)
    if (text === undefined) return undefined
    const [command] = state.governed.read(text)
    const work = { command: question(text), before: [], binary: false, ...traitsOf(text) }
    return runStatement(state, { text, values: [], command, work })
  }

  private prepare(bytes: Buffer, start: number, end: number): Promise<void> | undefined {
    const text = this.textOf(bytes, start, end)
    return text === undefined ? undefined : prepare(this.state, text)
  }

  /** @returns undefined for what is not UTF-8: the client has been told. */
  private textOf(bytes: Buffer, start: number, end: number): string | undefined {
    const text = bytes.subarray(start + 1, end)
    if (isUtf8(text)) return text.toString('utf8')
    const readable = readableText(text)
    if (readable === undefined) this.state.fail(NOT_UTF8)
    return readable
  }

  private async reset(): Promise<void> {
    const { state } = this
    state.prepared.clear()
    if (await state.leg.reset()) state.ok()
  }

  private leaveWith(error: EngineError): void {
    this.left = true
    this.state.fail(error)
    this.client.end()
  }
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
