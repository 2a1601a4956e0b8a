/**
 * Messages of PostgreSQL's protocol in a stream of bytes: one type byte, four bytes of length that count themselves.
 * A message that is whole in what has arrived is handed over where it stands; only one that is split is put
 * together, once, when its last byte is there.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

/** A message: `bytes[start]` is its type, `bytes.subarray(start + 5, end)` its body. */
export interface Frame {
  readonly type: number
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

export interface FrameReader {
  /** Takes what has arrived. */
  push(chunk: Buffer): void
  /**
   * The next whole message, if there is one; good until the next call.
   *
   * @throws FrameIllegal, FrameTooLong as soon as the length has arrived, and again whenever asked.
   */
  next(): Frame | undefined
  /** The type of the message that `next` would give. */
  peekType(): number | undefined
  /** Takes what has arrived and tells every whole message of it. @throws as `next`. */
  feed(chunk: Buffer, receiver: FrameReceiver): void
  /** Takes out what has arrived and makes no whole message. */
  rest(): Buffer
  /** Bytes that have arrived and were not given out. */
  readonly buffered: number
}

export interface FrameReceiver {
  message(type: number, bytes: Buffer, start: number, end: number): void
}

export interface FrameOptions {
  /** Of one message, its type and length included. */
  readonly maxBytes: number
  /** Default true. The first message of a client has no type byte. */
  readonly typed?: boolean
}

/** What arrived is no message of the protocol. */
export class FrameIllegal extends Error {
  constructor() {
    super('A message is shorter than its own length')
  }
}

/** A longer message than may be. */
export class FrameTooLong extends Error {
  constructor(maxBytes: number) {
    super(`A message is longer than ${maxBytes} bytes`)
  }
}

const LENGTH_BYTES = 4

/**
 * @example
 * const frames = frameReader({ maxBytes: 16_777_216 })
 * socket.on('data', chunk => frames.feed(chunk, receiver))
 */
export function frameReader({ maxBytes, typed = true }: FrameOptions): FrameReader {
  return new Frames(maxBytes, typed ? 1 : 0)
}

class Frames implements FrameReader {
  buffered = 0
  /** Chunks that have not been given out whole; `at` is where the first one's rest begins. */
  private readonly chunks: Buffer[] = []
  private at = 0
  private readonly frame: { type: number; bytes: Buffer; start: number; end: number } = {
    type: 0,
    bytes: Buffer.alloc(0),
    start: 0,
    end: 0,
  }

  constructor(
    private readonly maxBytes: number,
    /** Bytes of type in front of the length. */
    private readonly lead: number,
  ) {}

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.chunks.push(chunk)
    this.buffered += chunk.length
  }

  feed(chunk: Buffer, receiver: FrameReceiver): void {
    this.push(chunk)
    for (let frame = this.next(); frame !== undefined; frame = this.next()) {
      receiver.message(frame.type, frame.bytes, frame.start, frame.end)
    }
  }

  peekType(): number | undefined {
    const length = this.length()
    return length < LENGTH_BYTES + this.lead || length > this.maxBytes || this.buffered < length
      ? undefined
      : this.byte(0)
  }

  rest(): Buffer {
    const rest = Buffer.concat(this.chunks.splice(0)).subarray(this.at)
    this.at = 0
    this.buffered = 0
    return rest
  }

  next(): Frame | undefined {
    if (this.buffered < LENGTH_BYTES + this.lead) return undefined
    const length = this.length()
    if (length < LENGTH_BYTES + this.lead) throw new FrameIllegal()
    if (length > this.maxBytes) throw new FrameTooLong(this.maxBytes)
    if (this.buffered < length) return undefined
    const first = this.joined(length)
    const { frame } = this
    frame.type = first[this.at] ?? 0
    frame.bytes = first
    frame.start = this.at
    frame.end = this.at + length
    this.at += length
    this.buffered -= length
    if (this.at === first.length) {
      this.chunks.shift()
      this.at = 0
    }
    return frame
  }

  /** Of the next message, with its type; 0 while it has not arrived. */
  private length(): number {
    const { lead } = this
    if (this.buffered < LENGTH_BYTES + lead) return 0
    const [first] = this.chunks
    if (first !== undefined && first.length - this.at >= LENGTH_BYTES + lead)
      return first.readUInt32BE(this.at + lead) + lead
    let length = 0
    for (let at = lead; at < LENGTH_BYTES + lead; at++) length = length * 256 + this.byte(at)
    return length + lead
  }

  private byte(offset: number): number {
    let at = this.at + offset
    for (const chunk of this.chunks) {
      if (at < chunk.length) return chunk[at] ?? 0
      at -= chunk.length
    }
    return 0
  }

  /** The first chunk, made to hold so many bytes: only the chunks that the message spans are put together. */
  private joined(length: number): Buffer {
    const [first] = this.chunks
    if (first !== undefined && first.length - this.at >= length) return first
    const spanned: Buffer[] = []
    for (let have = 0; have < length; ) {
      const chunk = this.chunks.shift()
      if (chunk === undefined) break
      const rest = spanned.length === 0 ? chunk.subarray(this.at) : chunk
      spanned.push(rest)
      have += rest.length
    }
    const last = spanned.at(-1)
    const size = spanned.reduce((sum, chunk) => sum + chunk.length, 0)
    const over = size - length
    this.at = 0
    // What belongs to the next message stays where it is.
    if (last !== undefined && over > 0) {
      this.chunks.unshift(last.subarray(last.length - over))
      spanned[spanned.length - 1] = last.subarray(0, last.length - over)
    }
    const whole = Buffer.concat(spanned, length)
    this.chunks.unshift(whole)
    return whole
  }
}
