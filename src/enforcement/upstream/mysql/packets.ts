/**
 * Packets of MySQL's protocol: three bytes of length, one of sequence, and the payload. A payload of 2^24 - 1 bytes or
 * more comes in pieces, which are one packet here.
 *
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
 */

/** The longest payload of one piece. */
export const LONGEST_PIECE = 0xff_ffff
const HEADER = 4

export class PacketTooLong extends RangeError {
  constructor(maxBytes: number) {
    super(`The packet is longer than ${maxBytes} bytes`)
  }
}

export class PacketIllegal extends RangeError {}

/** A payload `bytes[start..end)`, good until the next call. */
export interface Packet {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Sequence number of its last piece. */
  readonly sequence: number
}

export class PacketReader {
  private bytes: Buffer = EMPTY
  private at = 0
  /** Pieces of a packet that goes on. */
  private pieces: Buffer[] = []
  private pieceBytes = 0
  /** The number that the next piece must have; undefined: any. */
  private expected: number | undefined

  /** @param maxBytes of one payload, whole. */
  constructor(private readonly maxBytes: number) {}

  get buffered(): number {
    return this.bytes.length - this.at + this.pieceBytes
  }

  push(chunk: Buffer): void {
    this.bytes = this.at >= this.bytes.length ? chunk : Buffer.concat([this.bytes.subarray(this.at), chunk])
    this.at = 0
  }

  /** The next packet has to have this number: another is a sign that the two ends are not in step. */
  expect(sequence: number): void {
    this.expected = sequence & 0xff
  }

  /** What has been taken in and not given out. */
  rest(): Buffer {
    const rest = this.bytes.subarray(this.at)
    this.bytes = EMPTY
    this.at = 0
    return rest
  }

  /**
   * @returns undefined while it is not whole.
   * @throws PacketTooLong, as soon as a header says so; PacketIllegal for a number out of step.
   */
  next(): Packet | undefined {
    for (;;) {
      const { bytes, at } = this
      if (bytes.length - at < HEADER) return undefined
      const length = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)
      const sequence = bytes[at + 3] ?? 0
      if (this.pieceBytes + length > this.maxBytes) throw new PacketTooLong(this.maxBytes)
      if (this.expected !== undefined && sequence !== this.expected)
        throw new PacketIllegal('The packet has a number that is not its turn')
      const start = at + HEADER
      const end = start + length
      if (bytes.length < end) return undefined
      this.at = end
      if (this.expected !== undefined) this.expected = (sequence + 1) & 0xff
      if (length < LONGEST_PIECE && this.pieces.length === 0) return { bytes, start, end, sequence }
      this.pieces.push(bytes.subarray(start, end))
      this.pieceBytes += length
      if (length === LONGEST_PIECE) {
        // Its number is checked even where the first was free.
        this.expected ??= (sequence + 1) & 0xff
        continue
      }
      const whole = Buffer.concat(this.pieces, this.pieceBytes)
      this.pieces = []
      this.pieceBytes = 0
      return { bytes: whole, start: 0, end: whole.length, sequence }
    }
  }
}

const EMPTY = Buffer.alloc(0)

/** Writes packets with numbers that follow each other. */
export class PacketWriter {
  private parts: Buffer[] = []
  private size = 0

  /** @param sequence of the next packet. */
  constructor(public sequence = 0) {}

  get length(): number {
    return this.size
  }

  /** In as many pieces as it takes. */
  add(payload: Buffer): void {
    let from = 0
    for (;;) {
      const length = Math.min(payload.length - from, LONGEST_PIECE)
      const head = Buffer.allocUnsafe(HEADER)
      head.writeUIntLE(length, 0, 3)
      head[3] = this.sequence
      this.sequence = (this.sequence + 1) & 0xff
      this.parts.push(head, payload.subarray(from, from + length))
      this.size += HEADER + length
      from += length
      if (length < LONGEST_PIECE) return
    }
  }

  /** What has been added since the last call. */
  take(): Buffer {
    const bytes = Buffer.concat(this.parts, this.size)
    this.parts = []
    this.size = 0
    return bytes
  }
}

/** One payload as packets. */
export function packet(payload: Buffer, sequence = 0): Buffer {
  const writer = new PacketWriter(sequence)
  writer.add(payload)
  return writer.take()
}
