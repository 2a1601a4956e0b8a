/**
 * Cuts what arrives on a socket into the messages of PostgreSQL's protocol. A message that arrived whole is told
 * as a range of the chunk that it came in; one that did not is put together once, when all of it is there.
 *
 * @see https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-MESSAGE-CONCEPTS
 */

/** One whole message: `bytes[start]` is where it begins, `bytes[end - 1]` its last byte. */
export interface Frame {
  /** 0 where messages carry no type: the start-up packet. */
  readonly type: number
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** Who is told each message, at once and in order. The range is good for as long as the bytes are kept. */
export interface FrameReceiver {
  message(type: number, bytes: Buffer, start: number, end: number): void
  /** So many DataRow messages back to back, which are most of what a server sends. Absent: each is told as a message. */
  readonly rows?: RowsReceiver | undefined
}

export type RowsReceiver = (bytes: Buffer, start: number, end: number, count: number) => void

export interface FrameReader {
  /** Takes a chunk; nothing is copied. */
  push(chunk: Buffer): void
  /**
   * The next whole message, if it has arrived. The object is the same each time.
   *
   * @throws FrameIllegal, FrameTooLong as soon as the message's length is known, and from then on.
   */
  next(): Frame | undefined
  /** The type of the message that `next` would give; undefined where it is not whole yet, or not legal. */
  peekType(): number | undefined
  /**
   * Takes a chunk and tells every message that is whole by it.
   *
   * @throws as `next`.
   */
  feed(chunk: Buffer, receiver: FrameReceiver): void
  /** Bytes that have arrived and are not part of a message that was told. */
  readonly buffered: number
  /** Takes those bytes out. */
  rest(): Buffer
}

export interface FrameLimits {
  /** Bytes of one message at most, its type included. */
  readonly maxBytes: number
  /** Whether messages begin with a type. Default true; false for what a client sends before it is known. */
  readonly typed?: boolean
}

/** A message with a length that no message has. */
export class FrameIllegal extends Error {
  override readonly name = 'FrameIllegal'
  constructor() {
    super('A message is shorter than its own length')
  }
}

/** A message above the limit. Nothing of it has been collected. */
export class FrameTooLong extends Error {
  override readonly name = 'FrameTooLong'
  constructor(limit: number) {
    super(`A message is longer than ${limit} bytes`)
  }
}

/**
 * @example
 * const frames = frameReader({ maxBytes: 16_777_216 })
 * socket.on('data', chunk => frames.feed(chunk, { message: (type, bytes, start, end) => … }))
 */
export function frameReader({ maxBytes, typed = true }: FrameLimits): FrameReader {
  return new Reader(maxBytes, typed ? 1 : 0)
}

const NOTHING = Buffer.alloc(0)
const LENGTH_BYTES = 4
const DATA_ROW = 0x44
/** Of a DataRow without columns, its type left out. */
const SHORTEST_ROW = 6
/** Read pieces that are kept in the list before it is shortened. */
const SPENT = 1_024

class Reader implements FrameReader {
  buffered = 0
  /** The piece that is read from, from `at` on; the others follow from `first` on. */
  private piece: Buffer = NOTHING
  private at = 0
  private readonly pieces: Buffer[] = []
  private first = 0
  /** Bytes of the message that is next, once its length has arrived. */
  private size = 0
  private readonly frame: { type: number; bytes: Buffer; start: number; end: number } = {
    type: 0,
    bytes: NOTHING,
    start: 0,
    end: 0,
  }

  constructor(
    private readonly maxBytes: number,
    private readonly typeBytes: 0 | 1,
  ) {}

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.buffered += chunk.length
    if (this.at < this.piece.length) {
      this.pieces.push(chunk)
      return
    }
    this.piece = chunk
    this.at = 0
  }

  next(): Frame | undefined {
    const size = this.measure()
    if (size === 0 || size > this.buffered) return undefined
    const { frame } = this
    const end = this.at + size
    if (end <= this.piece.length) {
      frame.bytes = this.piece
      frame.start = this.at
      frame.end = end
      this.skip(size)
    } else {
      frame.bytes = this.take(size)
      frame.start = 0
      frame.end = size
    }
    frame.type = this.typeBytes === 0 ? 0 : (frame.bytes[frame.start] ?? 0)
    this.size = 0
    return frame
  }

  peekType(): number | undefined {
    let size: number
    try {
      size = this.measure()
    } catch {
      return undefined
    }
    return size === 0 || size > this.buffered ? undefined : this.byte(0)
  }

  feed(chunk: Buffer, receiver: FrameReceiver): void {
    this.push(chunk)
    for (let frame = this.next(); frame !== undefined; frame = this.next()) {
      const { rows } = receiver
      if (rows !== undefined && frame.type === DATA_ROW) this.tellRows(rows, frame)
      else receiver.message(frame.type, frame.bytes, frame.start, frame.end)
    }
  }

  rest(): Buffer {
    this.size = 0
    return this.take(this.buffered)
  }

  /** Bytes of the message that is next; 0 while its length has not arrived. */
  private measure(): number {
    if (this.size > 0) return this.size
    const { typeBytes, piece, at } = this
    if (this.buffered < typeBytes + LENGTH_BYTES) return 0
    const whole = at + typeBytes + LENGTH_BYTES <= piece.length
    const length = whole ? piece.readUInt32BE(at + typeBytes) : this.splitLength()
    if (length < LENGTH_BYTES) throw new FrameIllegal()
    if (length + typeBytes > this.maxBytes) throw new FrameTooLong(this.maxBytes)
    this.size = length + typeBytes
    return this.size
  }

  /** The row, and those behind it that lie whole in the same piece. */
  private tellRows(rows: RowsReceiver, { bytes, start, end }: Frame): void {
    let last = end
    let count = 1
    if (bytes === this.piece) {
      while (last + 1 + LENGTH_BYTES <= bytes.length && bytes[last] === DATA_ROW) {
        const length = bytes.readUInt32BE(last + 1)
        // What is wrong with it is said when it is next.
        if (length < SHORTEST_ROW || 1 + length > this.maxBytes || last + 1 + length > bytes.length) break
        last += 1 + length
        count++
      }
      if (last > end) this.skip(last - end)
    }
    rows(bytes, start, last, count)
  }

  private splitLength(): number {
    let length = 0
    for (let at = 0; at < LENGTH_BYTES; at++) length = length * 256 + this.byte(this.typeBytes + at)
    return length
  }

  /** The byte that many places behind the next one. */
  private byte(offset: number): number {
    let place = this.at + offset
    let piece: Buffer | undefined = this.piece
    for (let next = this.first; piece !== undefined && place >= piece.length; next++) {
      place -= piece.length
      piece = this.pieces[next]
    }
    return piece?.[place] ?? 0
  }

  /** The next bytes as one: copied once, unless one piece holds them. */
  private take(size: number): Buffer {
    const parts: Buffer[] = []
    let missing = size
    while (missing > 0) {
      const part = this.piece.subarray(this.at, this.at + missing)
      parts.push(part)
      missing -= part.length
      this.skip(part.length)
    }
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, size)
  }

  /** Goes on by that many bytes of the piece that is read from. */
  private skip(bytes: number): void {
    this.buffered -= bytes
    this.at += bytes
    if (this.at < this.piece.length) return
    this.at = 0
    this.piece = this.pieces[this.first] ?? NOTHING
    if (this.first < this.pieces.length) this.first++
    if (this.first < this.pieces.length && this.first < SPENT) return
    this.pieces.splice(0, this.first)
    this.first = 0
  }
}
