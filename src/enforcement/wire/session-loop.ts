import type { Clock } from '../../util/clock.js'
import type { ClientLeg } from './client-leg.js'
import type { WireEnd } from './entrance.js'
import type { Interrupt } from './interrupt.js'
import type { IdleLimits, WireSession } from './session.js'

/** Why a session ends that the client has not ended. `illegal`: see `ClientLeg.illegal`. */
export type LastWord = WireEnd | 'broken' | 'illegal' | 'lost'

/** A protocol's part of a session. */
export interface SessionProtocol<Message> {
  readonly client: ClientLeg<Message>
  readonly interrupt: Interrupt
  /** The client has said its last. */
  readonly left: boolean
  /** The connection to the database is gone. */
  readonly isLost: boolean
  /** No transaction is open, and no exchange. */
  readonly isFree: boolean
  /**
   * One message of the client, which is good until the next is taken.
   *
   * @returns nothing where it is done at once.
   * @throws RangeError, or rejects with one, for a message that is not well formed.
   */
  handle(message: Message): Promise<unknown> | undefined
  /** The client is told that the message handled last was not well formed. */
  malformed(error: RangeError): Promise<void> | undefined
  /** Writes answers, if it is time. @returns nothing where the client takes them at once. */
  write(): Promise<void> | undefined
  /** The client is told why, and left. */
  last(why: LastWord): void
  /** Gives the connection to the database back, or closes it, and the place in the entrance. */
  leave(): Promise<void>
}

/**
 * Serves one client until either side leaves. Its messages are handled one after the other, so that every decision is
 * made in the state that the messages before have left.
 */
export function sessionLoop<Message>(
  protocol: SessionProtocol<Message>,
  limits: IdleLimits,
  clock: Clock,
): WireSession {
  const session = new Loop(protocol, limits, clock)
  return Object.freeze<WireSession>({
    ended: session.ended,
    cancel: () => session.cancel(),
    end: (why, atOnce) => session.end(why, atOnce),
  })
}

class Loop<Message> {
  readonly ended: Promise<void>
  private ending: { readonly why: WireEnd; readonly atOnce: boolean } | undefined
  private running = false
  /** How far the client had come when it was last looked at, and since when it has not moved. */
  private seen = -1
  private stillSince = 0

  constructor(
    private readonly protocol: SessionProtocol<Message>,
    private readonly limits: IdleLimits,
    private readonly clock: Clock,
  ) {
    this.ended = this.serve()
  }

  cancel(): void {
    if (this.running) this.protocol.interrupt.now()
  }

  end(why: WireEnd, atOnce: boolean): void {
    const { client, interrupt } = this.protocol
    if (this.ending?.atOnce === true) return
    this.ending = { why, atOnce }
    if (atOnce) {
      interrupt.now()
      client.hurry()
    }
    client.nudge()
  }

  private async serve(): Promise<void> {
    const { protocol, limits } = this
    const shortest = Math.min(limits.idleMs, limits.idleInTransactionMs)
    const watch = setInterval(() => this.lookIdle(), Math.max(250, shortest / 8))
    watch.unref()
    try {
      await this.loop()
    } catch {
      protocol.last('broken')
    } finally {
      clearInterval(watch)
      await protocol.leave()
    }
  }

  private async loop(): Promise<void> {
    const { protocol } = this
    const { client } = protocol
    while (!protocol.left) {
      if (this.isOver()) return
      const message = client.next()
      if (message === undefined) {
        if (this.isDone()) return
        const taking = client.flush()
        if (taking !== undefined) await taking
        await client.more()
        continue
      }
      this.running = true
      try {
        const done = protocol.handle(message)
        if (done !== undefined) await done
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        await protocol.malformed(error)
      } finally {
        this.running = false
      }
      // A client that asks without end and reads nothing waits, as it would for the server.
      const taking = protocol.write()
      if (taking !== undefined) await taking
      if (protocol.isLost) return protocol.last('lost')
    }
  }

  /** Nothing more has arrived. @returns whether that is the end. */
  private isDone(): boolean {
    const { protocol } = this
    const { illegal, gone } = protocol.client
    if (illegal !== undefined) protocol.last('illegal')
    else if (gone) return true
    else if (protocol.isLost) protocol.last('lost')
    else return false
    return true
  }

  private isOver(): boolean {
    const { ending, protocol } = this
    if (ending === undefined || (!ending.atOnce && !protocol.isFree)) return false
    protocol.last(ending.why)
    return true
  }

  /** Half a message is no word, and a client that does not take its rows holds the server up. */
  private lookIdle(): void {
    const { protocol, limits, clock } = this
    const { client } = protocol
    if (!client.waits || client.steps !== this.seen) {
      this.seen = client.steps
      this.stillSince = clock.monotonic()
      return
    }
    const limit = protocol.isFree ? limits.idleMs : limits.idleInTransactionMs
    if (clock.monotonic() - this.stillSince >= limit) this.end('idle', true)
  }
}
