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
  /** Takes what has arrived. @throws FrameError for a length below 4 or above the cap, before its bytes are collected. */
  push(chunk: Buffer): void
  /** The next whole message, if there is one; good until the next call. @throws FrameError */
  next(): Frame | undefined
  /** The type of the message that `next` would give. */
  peekType(): number | undefined
  /** Bytes that have arrived and were not given out. */
  readonly buffered: number
}

/** What arrived is no message of the protocol, or a longer one than may be. */
export class FrameError extends Error {
  constructor(
    message: string,
    /** SQLSTATE: 08P01 or 54000. */
    readonly code: string,
  ) {
    super(message)
  }
}

const HEADER = 5

/** @param maxBytes of one message, its type and length included. */
export function frameReader({ maxBytes }: { readonly maxBytes: number }): FrameReader {
  return new Frames(maxBytes)
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

  constructor(private readonly maxBytes: number) {}

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.chunks.push(chunk)
    this.buffered += chunk.length
    // Said as soon as it can be known, not when the bytes are there.
    if (this.buffered >= HEADER) this.length()
  }

  peekType(): number | undefined {
    if (this.buffered < HEADER || this.buffered < this.length()) return undefined
    return this.byte(0)
  }

  next(): Frame | undefined {
    if (this.buffered < HEADER) return undefined
    const length = this.length()
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

  /** Of the next message, with its type. */
  private length(): number {
    let length = 0
    const [first] = this.chunks
    if (first !== undefined && first.length - this.at >= HEADER) length = first.readUInt32BE(this.at + 1)
    else for (let at = 1; at < HEADER; at++) length = length * 256 + this.byte(at)
    if (length < 4) throw new FrameError('A message is shorter than its own length', '08P01')
    if (length + 1 > this.maxBytes)
      throw new FrameError(`A message is longer than ${this.maxBytes} bytes`, '54000')
    return length + 1
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
