import type { Socket } from 'node:net'
import type { Clock } from '../../util/clock.js'

/** Milliseconds after which who has not come in yet gives way to newcomers. */
const GIVE_WAY_MS = 1_000
/** Sockets beyond the places, whose clients are told that there is none for them. */
const SPARE = 64

/** What becomes of a socket that arrives. */
export interface Placed {
  /** There is no place: the client is to be told, and left. */
  readonly full: boolean
  /** To be called once the client is known: it keeps its place from here on. */
  entered(): void
}

/**
 * The sockets of a listener, as many as there are places. Whoever connects and says nothing of use keeps nobody
 * out: where all places are taken, the one that has been on its way in for longest, and for a second at least, has
 * to go.
 *
 * @example
 * const placed = crowd.take(socket)
 * if (placed === undefined) return // closed already: not even room to be told
 */
export class Crowd {
  /** Everybody, known or not. */
  private readonly inside = new Set<Socket>()
  private readonly starting = new Map<Socket, number>()
  private readonly turnedAway = new Map<Socket, number>()

  /** @param lost told for each socket that was closed for want of a place, and for each that is to be told so. */
  constructor(
    private readonly places: number,
    private readonly clock: Clock,
    private readonly lost: () => void,
  ) {}

  take(socket: Socket): Placed | undefined {
    if (this.inside.size < this.places || this.givesWay(this.starting)) {
      this.stay(socket, this.inside, this.starting)
      return { full: false, entered: () => this.starting.delete(socket) }
    }
    this.lost()
    if (this.turnedAway.size >= SPARE && !this.givesWay(this.turnedAway)) {
      socket.destroy()
      return undefined
    }
    this.stay(socket, undefined, this.turnedAway)
    return { full: true, entered() {} }
  }

  destroy(): void {
    for (const socket of [...this.inside, ...this.turnedAway.keys()]) socket.destroy()
  }

  private stay(socket: Socket, kept: Set<Socket> | undefined, since: Map<Socket, number>): void {
    kept?.add(socket)
    since.set(socket, this.clock.monotonic())
    socket.once('close', () => {
      kept?.delete(socket)
      since.delete(socket)
    })
  }

  /** @returns whether somebody has had to go. */
  private givesWay(waiting: Map<Socket, number>): boolean {
    const [oldest] = waiting
    if (oldest === undefined || this.clock.monotonic() - oldest[1] < GIVE_WAY_MS) return false
    const [socket] = oldest
    waiting.delete(socket)
    this.inside.delete(socket)
    socket.destroy()
    if (waiting === this.starting) this.lost()
    return true
  }
}
