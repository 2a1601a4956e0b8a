import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Credentials, Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import { linger } from '../../util/linger.js'
import { until } from '../../util/until.js'
import type { WireAdmission, WireEnd, WireEntrance, WirePoint, WireVisitor } from './entrance.js'
import { Expiry } from './expiry.js'
import { Hangup } from './hangup.js'
import type { WireSession } from './session.js'

/** What a listener knows of a client that connects. */
export interface Arrival {
  /** There is no place: the client is told so, and left. */
  readonly full?: boolean
  /** Told once, when it is known who the client is. */
  entered?(): void
}

export interface VisitOptions<Upstreams> {
  readonly entrance: WireEntrance<Upstreams>
  readonly clock: Clock
  /** Milliseconds that a client may take up to its credentials, and then that its connection to the database may. Default 10 s. */
  readonly startMs?: number
}

export type Newcomer = Omit<WireVisitor, 'point' | 'origination'>

/** A protocol's part of a visit. */
export interface VisitProtocol<Upstreams, Upstream> {
  readonly point: WirePoint
  /** Everything up to who the client is. @returns undefined where it wanted no session, and has had its answer. */
  start(): Promise<Entering<Upstreams, Upstream> | undefined>
  /** What a client hears last that is not let in; undefined where it hears nothing. */
  farewell(error: unknown): Buffer | undefined
  /** The error that stands for the gateway's wish to end what has not begun. */
  ended(why: WireEnd): Error
}

/** A client that is known, on its way in. */
export interface Entering<Upstreams, Upstream> {
  readonly newcomer: Newcomer
  /** The connection to the database that its session will use. */
  acquire(admission: WireAdmission<Upstreams>, signal: AbortSignal): Promise<Upstream>
  /** It is told that it is in. From here on the session answers for admission and connection. */
  open(admission: WireAdmission<Upstreams>, upstream: Upstream): WireSession
}

const START_MS = 10_000
const KEEP_ALIVE_MS = 30_000

/** One client from its first byte until its session is over. */
export class Visit<Upstreams, Upstream extends { release(): Promise<void> }> {
  /** The socket, or TLS over it: where a farewell has to go to. */
  stream: Duplex
  private readonly gone = new AbortController()
  private readonly expiry: Expiry
  private slow: NodeJS.Timeout | undefined
  private session: WireSession | undefined
  /** What the gateway wanted before there was a session. */
  private wanted: WireEnd | undefined

  constructor(
    readonly socket: Socket,
    readonly arrival: Arrival,
    private readonly options: VisitOptions<Upstreams>,
  ) {
    this.stream = socket
    this.expiry = new Expiry(options.clock)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    socket.on('error', () => {})
    socket.once('close', this.left)
  }

  /** Aborts when the client has gone before it was in, or is too slow. */
  get signal(): AbortSignal {
    return this.gone.signal
  }

  /** The client has gone. */
  readonly left = (): void => this.gone.abort()

  /** Never rejects. */
  async serve(protocol: VisitProtocol<Upstreams, Upstream>): Promise<void> {
    this.slow = setTimeout(this.left, this.startMs)
    try {
      const entering = await protocol.start()
      clearTimeout(this.slow)
      if (entering !== undefined) await this.enter(entering, protocol.point)
    } catch (error) {
      this.leave(this.wanted === undefined ? error : protocol.ended(this.wanted), protocol)
    } finally {
      clearTimeout(this.slow)
      this.expiry.stop()
      this.socket.off('close', this.left)
    }
  }

  /** @param name the user that the client names. @throws as `WireEntrance.identify` does. */
  async identify(credentials: Credentials, point: WirePoint, name: string): Promise<Principal | null> {
    const address = this.socket.remoteAddress ?? 'unknown'
    const principal = await this.options.entrance.identify(credentials, { point, address, name })
    // The time that a provider takes is not the client's.
    this.slow?.refresh()
    return principal
  }

  private async enter(entering: Entering<Upstreams, Upstream>, point: WirePoint): Promise<void> {
    const { newcomer } = entering
    if (this.gone.signal.aborted) throw new Hangup()
    const { remoteAddress = 'unknown', remotePort = 0 } = this.socket
    const admission = this.options.entrance.admit(
      { ...newcomer, point, origination: `${remoteAddress}:${remotePort}` },
      { end: (why, atOnce) => this.end(why, atOnce) },
    )
    this.arrival.entered?.()
    let upstream: Upstream
    try {
      upstream = await this.acquire(admission, entering)
    } catch (error) {
      admission.leave()
      throw error
    }
    this.expiry.at(newcomer.principal.expiresAt, () => this.end('expired', false))
    this.session = entering.open(admission, upstream)
    await this.session.ended
  }

  private async acquire(
    admission: WireAdmission<Upstreams>,
    entering: Entering<Upstreams, Upstream>,
  ): Promise<Upstream> {
    const upstream = await until([this.gone.signal], this.startMs, signal =>
      entering.acquire(admission, signal),
    )
    if (!this.gone.signal.aborted) return upstream
    await upstream.release()
    throw new Hangup()
  }

  private end(why: WireEnd, atOnce: boolean): void {
    if (this.session !== undefined) {
      this.session.end(why, atOnce)
      return
    }
    this.wanted = why
    this.gone.abort()
  }

  /** The client is told what it has to know, and is not waited for. */
  private leave(error: unknown, protocol: VisitProtocol<Upstreams, Upstream>): void {
    const { stream, socket } = this
    const last = error instanceof Hangup ? undefined : protocol.farewell(error)
    if (last === undefined || stream.destroyed || !stream.writable) {
      socket.destroy()
      return
    }
    linger(socket)
    stream.end(last)
    stream.resume()
  }

  private get startMs(): number {
    return this.options.startMs ?? START_MS
  }
}
