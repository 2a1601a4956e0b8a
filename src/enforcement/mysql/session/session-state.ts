/** What one session holds, and what every part of it does with that: answer, fail, interrupt. */
import type { EngineError } from '../../../model/executor.js'
import type { GovernedSession } from '../../../model/session.js'
import { type Packet, PacketWriter } from '../../upstream/mysql/packets.js'
import { ClientLeg } from '../../wire/client-leg.js'
import { Interrupt } from '../../wire/interrupt.js'
import { errorPacket } from './errors.js'
import { commandFraming } from './framing.js'
import { PreparedStatements } from './prepared.js'
import { deprecatesEof, okPacket } from './release.js'
import type { SessionParts } from './session.js'
import { UpstreamLeg } from './upstream-leg.js'

export class SessionState {
  readonly client: ClientLeg<Packet>
  readonly leg: UpstreamLeg
  readonly governed: GovernedSession
  readonly prepared: PreparedStatements
  readonly deprecatesEof: boolean
  readonly interrupt = new Interrupt()
  /** The connection was lost at what may have been carried out all the same; the trail has it as `unknown`. */
  inDoubt = false
  /** Of the next packet to the client. */
  private sequence = 1

  constructor(readonly parts: SessionParts) {
    const { client, rest, limits, upstream, admission, capabilities, vigil } = parts
    this.governed = admission.governed
    this.deprecatesEof = deprecatesEof(capabilities)
    this.prepared = new PreparedStatements(limits.preparedBytes)
    this.client = new ClientLeg(client, rest, commandFraming(limits.packetBytes), this.interrupt.now, vigil)
    this.leg = new UpstreamLeg(upstream, () => this.client.nudge())
  }

  /** A command that begins is not ended by what ended the one before. @param sequence of the command's last packet. */
  fresh(sequence: number): void {
    this.sequence = (sequence + 1) & 0xff
    if (!this.client.gone) this.interrupt.renew()
  }

  /** For an answer of several packets. */
  writer(): PacketWriter {
    return new PacketWriter(this.sequence)
  }

  continueFrom(sequence: number): void {
    this.sequence = sequence
  }

  /** An answer of one packet. */
  reply(payload: Buffer): void {
    const writer = this.writer()
    writer.add(payload)
    this.client.put(writer.take())
  }

  ok(): void {
    this.reply(okPacket({ affected: 0, insertId: 0n, status: 0, warnings: 0 }, this.leg.status))
  }

  fail(error: EngineError): void {
    this.reply(errorPacket(error))
  }

  /** An error of the server at a command for which no statement's obligations stand. */
  failScrubbed(error: EngineError): void {
    this.fail({ ...error, message: this.scrub(error.message) })
  }

  readonly scrub = (text: string): string => this.governed.scrub(text)
}
