/** The client's side of a session: its messages one at a time, and answers put together into few writes. */
import type { Duplex } from 'node:stream'
import { linger } from '../../util/linger.js'
import type { Vigil, WaitKind } from './vigil.js'

/** Bytes that are put together before they are written. */
const WRITE_BYTES = 65_536
/** Bytes that may have arrived and wait, before the client is not read from. */
const AHEAD_BYTES = 1_048_576

/** Puts a client's bytes together into messages of its protocol. */
export interface Framing<Message> {
  /** @throws RangeError for what can be no message. */
  push(chunk: Buffer): void
  /** The next whole message. @throws RangeError. */
  next(): Message | undefined
  /** Bytes that have been taken in and not given out. */
  readonly buffered: number
  /** The type of the message that `next` would give, where messages have one in front. */
  peekType?(): number | undefined
}

export class ClientLeg<Message> {
  /** The client has gone, or has sent what is no message. */
  gone = false
  /** What was wrong with its messages, where it was that. */
  illegal: Error | undefined
  private out: Buffer[] = []
  private outBytes = 0
  /** Ends the wait of `more`. */
  private resolve: () => void = () => {}
  private paused = false
  /** Counts whole messages that were taken, and writes that the client has taken: it stands still where the client does. */
  steps = 0
  private listening = false
  private stuck = 0
  /** Whose turn it is, and whether the event loop turns for that. */
  private waitsFor: WaitKind = 'client'
  private watched = false

  /** @param left called once, when the client goes. */
  constructor(
    private readonly socket: Duplex,
    rest: Buffer,
    private readonly frames: Framing<Message>,
    private readonly left: () => void,
    private readonly vigil: Vigil,
  ) {
    socket.on('data', this.arrived)
    socket.once('end', this.close)
    socket.once('close', this.close)
    socket.once('error', this.close)
    if (rest.length > 0) this.arrived(rest)
    socket.resume()
  }

  /** The next whole message, if it is there. It is good until the next call. */
  next(): Message | undefined {
    if (this.illegal !== undefined) return undefined
    try {
      const frame = this.frames.next()
      if (frame !== undefined) this.steps += 1
      if (this.paused && this.frames.buffered < AHEAD_BYTES / 2) {
        this.paused = false
        this.socket.resume()
      }
      return frame
    } catch (error) {
      this.refuse(error)
      return undefined
    }
  }

  /** See `Framing.peekType`. */
  peek(): number | undefined {
    return this.illegal === undefined ? this.frames.peekType?.() : undefined
  }

  /** Resolves when more has arrived, the client has gone, or somebody calls `nudge`. */
  more(): Promise<void> {
    if (this.gone) return Promise.resolve()
    // A message larger than what may wait must still become whole.
    if (this.paused) {
      this.paused = false
      this.socket.resume()
    }
    this.listening = true
    return new Promise(this.listen)
  }

  private readonly listen = (resolve: () => void): void => {
    this.resolve = resolve
  }

  private wake(): void {
    this.listening = false
    this.resolve()
  }

  /** Whether it is the client's turn: to say something whole, or to take what it is sent. */
  get waits(): boolean {
    return this.listening || this.stuck > 0
  }

  nudge(): void {
    this.wake()
  }

  /** Puts a message behind what waits to be written. */
  put(bytes: Buffer): void {
    this.out.push(bytes)
    this.outBytes += bytes.length
  }

  /** @returns nothing where the socket takes it at once. */
  flush(): Promise<void> | undefined {
    if (this.outBytes === 0) return undefined
    this.wait('client')
    const { out } = this
    this.out = []
    const bytes = this.outBytes
    this.outBytes = 0
    if (this.gone || !this.socket.writable) return undefined
    const [only] = out
    if (out.length === 1 && only !== undefined) return this.written(this.socket.write(only))
    if (bytes <= WRITE_BYTES) return this.written(this.socket.write(Buffer.concat(out, bytes)))
    this.socket.cork()
    let taken = true
    for (const piece of out) taken = this.socket.write(piece)
    this.socket.uncork()
    return this.written(taken)
  }

  /** Writes what waits once it is worth a write. */
  flushMany(): Promise<void> | undefined {
    return this.outBytes >= WRITE_BYTES ? this.flush() : undefined
  }

  /** Says the last word, and leaves. */
  end(last?: Buffer): void {
    if (last !== undefined) this.put(last)
    void this.flush()
    this.socket.end()
    // A client that does not take it, or does not close its own side, is not waited for.
    linger(this.socket)
  }

  /** A client that takes nothing of what it is sent is not waited for any more. */
  hurry(): void {
    linger(this.socket, () => this.stuck === 0)
  }

  private wait(kind: WaitKind): void {
    if (this.waitsFor === kind) return
    if (this.watched) this.vigil.end(this.waitsFor)
    this.waitsFor = kind
    this.watched = this.vigil.begin(kind)
  }

  private readonly arrived = (chunk: Buffer): void => {
    this.wait('server')
    try {
      this.frames.push(chunk)
    } catch (error) {
      this.refuse(error)
    }
    if (!this.paused && this.frames.buffered > AHEAD_BYTES) {
      this.paused = true
      this.socket.pause()
    }
    this.wake()
  }

  private refuse(error: unknown): void {
    this.illegal ??= error instanceof Error ? error : new Error('illegal message')
    this.socket.pause()
    this.wake()
  }

  private readonly close = (): void => {
    if (this.gone) return
    this.gone = true
    this.wake()
    this.left()
  }

  private written(taken: boolean): Promise<void> | undefined {
    if (taken || this.gone) return undefined
    this.stuck += 1
    return new Promise(resolve => {
      const go = (): void => {
        this.stuck -= 1
        this.steps += 1
        this.socket.off('drain', go)
        this.socket.off('close', go)
        resolve()
      }
      this.socket.once('drain', go)
      this.socket.once('close', go)
    })
  }
}
