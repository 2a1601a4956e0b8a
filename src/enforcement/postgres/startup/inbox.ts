import type { Duplex } from 'node:stream'
import {
  type Frame,
  type FrameLimits,
  type FrameReader,
  frameReader,
} from '../../upstream/postgres/frames.js'
import { Hangup } from '../../wire/hangup.js'

const AHEAD_BYTES = 65_536

/**
 * Messages of a client that is not in yet, each read when it is asked for: nothing more is taken from the socket than
 * arrives together with it.
 */
export class Inbox {
  private frames: FrameReader

  /** @param signal ends every wait. */
  constructor(
    private readonly stream: Duplex,
    private readonly signal: AbortSignal,
    limits: FrameLimits,
  ) {
    this.frames = frameReader(limits)
  }

  /** The first bytes, as they arrive. */
  async some(): Promise<Buffer> {
    for (;;) {
      const chunk = this.stream.read() as Buffer | null
      if (chunk !== null) return chunk
      await this.readable()
    }
  }

  take(chunk: Buffer): void {
    this.frames.push(chunk)
  }

  /** @throws Hangup; FrameIllegal, FrameTooLong. */
  async next(): Promise<Frame> {
    for (;;) {
      const frame = this.frames.next()
      if (frame !== undefined) return frame
      this.frames.push(await this.some())
    }
  }

  /** From here on the client sends other messages. */
  expect(limits: FrameLimits): void {
    const frames = frameReader(limits)
    frames.push(this.frames.rest())
    this.frames = frames
  }

  /** Whether anything has arrived behind the last message. */
  get hasMore(): boolean {
    return this.frames.buffered > 0 || this.stream.readableLength > 0
  }

  /**
   * Keeps what comes while nobody asks, up to some bytes, so that a client that leaves is noticed.
   *
   * @returns what ends it.
   */
  watch(gone: () => void): () => void {
    const { stream, frames } = this
    const take = (chunk: Buffer): void => {
      frames.push(chunk)
      if (frames.buffered > AHEAD_BYTES) stream.pause()
    }
    stream.on('data', take).once('end', gone).resume()
    return () => {
      stream.pause().off('data', take).off('end', gone)
    }
  }

  rest(): Buffer {
    return this.frames.rest()
  }

  private readable(): Promise<void> {
    const { stream, signal } = this
    if (signal.aborted || stream.destroyed || stream.readableEnded) return Promise.reject(new Hangup())
    return new Promise((resolve, reject) => {
      const done = (): void => {
        stream.off('readable', ready)
        for (const event of ['end', 'close', 'error']) stream.off(event, gone)
        signal.removeEventListener('abort', gone)
      }
      const ready = (): void => {
        done()
        resolve()
      }
      const gone = (): void => {
        done()
        reject(new Hangup())
      }
      stream.on('readable', ready)
      for (const event of ['end', 'close', 'error']) stream.on(event, gone)
      signal.addEventListener('abort', gone)
    })
  }
}
