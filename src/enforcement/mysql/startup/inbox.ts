import type { Duplex } from 'node:stream'
import { type Packet, PacketReader } from '../../upstream/mysql/packets.js'
import { Hangup } from '../../wire/hangup.js'

/** As much as a client may say before it is in; tokens are long. */
const LONGEST = 65_536

/** Packets of a client that is not in yet, each read when it is asked for. */
export class Inbox {
  private readonly reader = new PacketReader(LONGEST)
  private wake: () => void = () => {}
  private left = false

  /** @param signal ends every wait. */
  constructor(
    private readonly stream: Duplex,
    private readonly signal: AbortSignal,
    private readonly gone: () => void,
  ) {
    this.reader.expect(1)
    stream.on('data', this.take).on('end', this.leave).on('close', this.leave).on('error', this.leave)
    signal.addEventListener('abort', this.leave, { once: true })
    stream.resume()
  }

  /** The next packet has to have this number. */
  expect(sequence: number): void {
    this.reader.expect(sequence)
  }

  /** @throws Hangup; RangeError for what is no packet, or is not its turn. */
  async next(): Promise<Packet> {
    for (;;) {
      const packet = this.reader.next()
      if (packet !== undefined) return packet
      if (this.left || this.signal.aborted) throw new Hangup()
      await new Promise<void>(resolve => {
        this.wake = resolve
      })
    }
  }

  /** Nothing more is read. @returns what has arrived already. */
  release(): Buffer {
    const { stream } = this
    stream.pause()
    stream.off('data', this.take).off('end', this.leave).off('close', this.leave).off('error', this.leave)
    this.signal.removeEventListener('abort', this.leave)
    return this.reader.rest()
  }

  private readonly take = (chunk: Buffer): void => {
    this.reader.push(chunk)
    // Whoever says so much before it is in is not waited for.
    if (this.reader.buffered > LONGEST + 8) this.leave()
    this.wake()
  }

  private readonly leave = (): void => {
    this.left = true
    this.gone()
    this.wake()
  }
}
