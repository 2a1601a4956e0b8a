import { type Packet, PacketReader } from '../../upstream/mysql/packets.js'
import type { Framing } from '../../wire/client-leg.js'

/** A client's commands: each begins anew with number 0. */
export function commandFraming(maxBytes: number): Framing<Packet> {
  const reader = new PacketReader(maxBytes)
  reader.expect(0)
  return {
    push: chunk => reader.push(chunk),
    next() {
      const packet = reader.next()
      if (packet !== undefined) reader.expect(0)
      return packet
    },
    get buffered() {
      return reader.buffered
    },
  }
}
