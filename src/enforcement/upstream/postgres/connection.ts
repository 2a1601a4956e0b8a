import type { Socket } from 'node:net'
import { linger } from '../../../util/linger.js'
import { until } from '../../../util/until.js'
import { connectionFailed } from '../refusal.js'
import { dial } from './dial.js'
import { type FrameReader, frameReader, type RowsReceiver } from './frames.js'
import { Login, PINNED, type ServerKey } from './login.js'
import { cancelRequest, cStrings, TERMINATE, TYPE } from './messages.js'
import type { PgTarget } from './target.js'
import type { PgReceiver } from './upstream.js'

const CONNECT_MS = 10_000
const CANCEL_MS = 5_000

/** One connection to the server, from its start-up to its end. */
export class PgConnection {
  readonly parameters = new Map<string, string>()
  pid = 0
  private key: ServerKey = { pid: 0, secret: Buffer.alloc(0) }
  private receiver: PgReceiver | undefined
  private readonly frames: FrameReader
  private over = false
  private ended: () => void = () => {}

  private constructor(
    private readonly socket: Socket,
    private readonly target: PgTarget,
    maxBytes: number,
  ) {
    this.frames = frameReader({ maxBytes })
    socket.on('data', this.take)
    socket.on('error', error => this.close(error))
    socket.on('end', () => this.close())
    socket.on('close', () => this.close())
  }

  /**
   * @param messageBytes of one message of the server at most.
   * @throws CardeaError CARDEA_CONNECTION_FAILED; an UpstreamRefusal where the server said why.
   */
  static async open(target: PgTarget, messageBytes: number, signal: AbortSignal): Promise<PgConnection> {
    return until([signal], CONNECT_MS, async limit => {
      const socket = await dial(target, limit)
      const connection = new PgConnection(socket, target, messageBytes)
      const cut = (): void => connection.close(connectionFailed('The database did not answer in time.'))
      limit.addEventListener('abort', cut, { once: true })
      try {
        const login = new Login(socket, target)
        connection.attach(login)
        if (limit.aborted) cut()
        connection.key = await login.ready
        connection.pid = connection.key.pid
        connection.detach()
        return connection
      } catch (error) {
        connection.destroy()
        throw error
      } finally {
        limit.removeEventListener('abort', cut)
      }
    })
  }

  get isOpen(): boolean {
    return !this.over
  }

  /** Told once, when the connection is gone. */
  whenEnded(ended: () => void): void {
    this.ended = ended
    if (this.over) ended()
  }

  attach(receiver: PgReceiver): void {
    this.receiver = receiver
    if (this.over) receiver.closed()
  }

  /** Nobody is served: whatever the server now says, other than in passing, ends the connection. */
  detach(): void {
    this.receiver = undefined
  }

  send(bytes: Buffer): boolean {
    return this.over || this.socket.write(bytes)
  }

  drained(): Promise<void> {
    const { socket } = this
    if (this.over || !socket.writableNeedDrain) return Promise.resolve()
    return new Promise(resolve => {
      const done = (): void => {
        socket.off('drain', done)
        socket.off('close', done)
        resolve()
      }
      socket.once('drain', done)
      socket.once('close', done)
    })
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  async cancel(): Promise<void> {
    if (this.over) return
    const none = new AbortController()
    await until([none.signal], CANCEL_MS, async limit => {
      const socket = await dial(this.target, limit)
      const cut = (): void => {
        socket.destroy()
      }
      limit.addEventListener('abort', cut, { once: true })
      socket.on('error', () => {})
      // The server closes once it has signalled the process.
      const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
      socket.resume()
      socket.end(cancelRequest(this.key.pid, this.key.secret))
      await closed
      limit.removeEventListener('abort', cut)
    })
  }

  destroy(): void {
    if (!this.over && this.socket.writable) this.socket.write(TERMINATE)
    this.close()
  }

  message(type: number, bytes: Buffer, start: number, end: number): void {
    if (this.over) return
    if (type === TYPE.parameterStatus) this.note(cStrings(bytes, start + 5, end))
    if (this.over) return
    if (this.receiver !== undefined) this.receiver.message(type, bytes, start, end)
    else if (!isInPassing(type)) this.destroy()
  }

  /** As the receiver would hear of them; once the connection is over they are dropped as messages are. */
  get rows(): RowsReceiver | undefined {
    return this.over ? undefined : this.receiver?.rows
  }

  arrived(): void {
    if (!this.over) this.receiver?.arrived()
  }

  private readonly take = (chunk: Buffer): void => {
    if (this.over) return
    try {
      this.frames.feed(chunk, this)
    } catch (error) {
      this.close(error instanceof Error ? error : undefined)
      return
    }
    this.arrived()
  }

  private note([name, value]: readonly string[]): void {
    if (name === undefined || value === undefined) return
    this.parameters.set(name, value)
    const pinned = Object.hasOwn(PINNED, name) ? PINNED[name] : undefined
    if (pinned !== undefined && pinned !== value) {
      this.close(
        connectionFailed('The database no longer reads texts as Cardea does: a pinned setting was changed.'),
      )
    }
  }

  private close(error?: Error): void {
    if (this.over) return
    this.over = true
    const { receiver, socket } = this
    // What was written goes out first; a server that does not take it is not waited for.
    socket.destroySoon()
    socket.resume()
    linger(socket)
    this.receiver = undefined
    this.ended()
    if (error === undefined) receiver?.closed()
    else receiver?.closed(error)
  }
}

/** What the server may say while it serves nobody. */
function isInPassing(type: number): boolean {
  return type === TYPE.notice || type === TYPE.notification || type === TYPE.parameterStatus
}
