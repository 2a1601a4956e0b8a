import type { Socket } from 'node:net'
import { linger } from '../../../util/linger.js'
import { until } from '../../../util/until.js'
import type { Poolable } from '../pool.js'
import { connectionFailed } from '../refusal.js'
import type { Hears } from './answers.js'
import type { Greeting } from './greeting.js'
import { logIn } from './login.js'
import { LONGEST_PIECE, PacketReader, packet } from './packets.js'
import type { MysqlTarget } from './target.js'
import { COMMAND } from './wire.js'

const CONNECT_MS = 10_000
const CANCEL_MS = 5_000

interface Asked {
  readonly hears: Hears
  /** The number that the first packet of the answer has. */
  readonly sequence: number
}

/** One connection to the server, from its start-up to its end. Commands may be sent before earlier ones are answered. */
export class MysqlConnection implements Poolable {
  readonly thread: number
  readonly version: string
  private readonly reader: PacketReader
  private readonly asked: Asked[] = []
  private over = false
  private ended: () => void = () => {}

  private constructor(
    private readonly socket: Socket,
    greeting: Greeting,
    readonly deprecatesEof: boolean,
    readonly extendedMetadata: boolean,
    private readonly target: MysqlTarget,
    maxBytes: number,
  ) {
    this.thread = greeting.thread
    this.version = greeting.version
    this.reader = new PacketReader(maxBytes)
    socket.on('data', this.take)
    socket.on('error', error => this.close(error))
    socket.on('end', () => this.close())
    socket.on('close', () => this.close())
    socket.resume()
  }

  /**
   * @param maxBytes of one packet of the server at most.
   * @throws CardeaError CARDEA_CONNECTION_FAILED; an UpstreamRefusal where the server said why.
   */
  static async open(target: MysqlTarget, maxBytes: number, signal: AbortSignal): Promise<MysqlConnection> {
    return until([signal], CONNECT_MS, async limit => {
      const { socket, greeting, deprecatesEof, extendedMetadata } = await logIn(target, limit)
      return new MysqlConnection(socket, greeting, deprecatesEof, extendedMetadata, target, maxBytes)
    })
  }

  get isOpen(): boolean {
    return !this.over
  }

  get isMariadb(): boolean {
    return /mariadb/i.test(this.version)
  }

  /** Nothing is under way. */
  get isQuiet(): boolean {
    return this.asked.length === 0
  }

  whenEnded(ended: () => void): void {
    this.ended = ended
    if (this.over) ended()
  }

  /** @param command its byte and whatever belongs to it. */
  ask(command: Buffer, hears: Hears): void {
    if (this.over) {
      hears.closed()
      return
    }
    const pieces = Math.floor(command.length / LONGEST_PIECE) + 1
    this.asked.push({ hears, sequence: pieces })
    if (this.asked.length === 1) this.reader.expect(pieces)
    this.socket.write(packet(command))
  }

  /** A command that nobody answers. */
  tell(command: Buffer): void {
    if (!this.over) this.socket.write(packet(command))
  }

  /** What is put in between goes out in one write. */
  together(work: () => void): void {
    this.socket.cork()
    try {
      work()
    } finally {
      this.socket.uncork()
    }
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** Has the server stop what runs, over a connection made for that. */
  async cancel(): Promise<void> {
    if (this.over) return
    const none = new AbortController()
    await until([none.signal], CANCEL_MS, async limit => {
      const { socket } = await logIn(this.target, limit)
      const cut = (): void => {
        socket.destroy()
      }
      limit.addEventListener('abort', cut, { once: true })
      socket.on('error', () => {})
      const answered = new Promise<void>(resolve => {
        socket.once('data', () => resolve())
        socket.once('close', () => resolve())
      })
      socket.write(packet(Buffer.from(`${String.fromCharCode(COMMAND.query)}KILL QUERY ${this.thread}`)))
      socket.resume()
      await answered
      socket.end(packet(Buffer.from([COMMAND.quit])))
      socket.destroySoon()
      limit.removeEventListener('abort', cut)
    })
  }

  destroy(): void {
    if (!this.over && this.isQuiet && this.socket.writable)
      this.socket.write(packet(Buffer.from([COMMAND.quit])))
    this.close()
  }

  private readonly take = (chunk: Buffer): void => {
    if (this.over) return
    try {
      this.reader.push(chunk)
      for (let next = this.reader.next(); next !== undefined; next = this.reader.next()) {
        const [first] = this.asked
        // Whatever the server says unasked, it is about to leave.
        if (first === undefined) throw connectionFailed('The database spoke out of turn.')
        if (!first.hears.packet(next)) continue
        this.asked.shift()
        this.reader.expect(this.asked[0]?.sequence ?? 1)
        if (this.over) return
      }
    } catch (error) {
      this.close(error instanceof Error ? error : undefined)
      return
    }
    this.asked[0]?.hears.arrived?.()
  }

  private close(error?: Error): void {
    if (this.over) return
    this.over = true
    const { socket } = this
    // What was written goes out first; a server that does not take it is not waited for.
    socket.destroySoon()
    socket.resume()
    linger(socket)
    this.ended()
    for (const { hears } of this.asked.splice(0)) error === undefined ? hears.closed() : hears.closed(error)
  }
}
