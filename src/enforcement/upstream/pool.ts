import { CardeaError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import { connectionFailed, UpstreamRefusal } from './refusal.js'

export interface PoolOptions {
  /** Connections at one time, at most. A client keeps its own for as long as it stays. */
  readonly connections: number
  readonly clock: Clock
  /** Milliseconds that a connection waits for its next client; default 5 minutes. */
  readonly idleMs?: number
  /** Milliseconds after which a connection is not lent again; default 1 hour. */
  readonly ageMs?: number
}

/** As much of a connection as the pool has to know. */
export interface Poolable {
  readonly isOpen: boolean
  /** Told once, when the connection is gone. */
  whenEnded(ended: () => void): void
  /** Closes it, whatever it does. */
  destroy(): void
}

/** What a pool's connections are, to the protocol that they speak. */
export interface PoolWork<Connection, Wish> {
  open(signal: AbortSignal): Promise<Connection>
  /** Once, before it is lent for the first time. */
  opened(connection: Connection): Promise<void>
  /** Before each client: as it wants it. */
  settle(connection: Connection, wish: Wish): Promise<void>
  /** After each client. @returns whether another may have it. */
  clean(connection: Connection): Promise<boolean>
}

export interface Lent<Connection> {
  readonly connection: Connection
  /** The connection is good for nothing to the borrower afterwards. */
  giveBack(): Promise<void>
}

interface Place<Connection> {
  readonly connection: Connection
  readonly since: number
  idleSince: number
}

interface Waiter<Connection> {
  give(place: Place<Connection> | undefined): void
}

const IDLE_MS = 300_000
const AGE_MS = 3_600_000
const SWEEPS = 4
const CLEAN_MS = 10_000

/** Connections under one account, each lent to one client at a time for as long as it stays. */
export class ConnectionPool<Connection extends Poolable, Wish> {
  /** The one given back last is lent first, so that those not needed grow old. */
  private readonly resting: Place<Connection>[] = []
  private readonly waiting = new Set<Waiter<Connection>>()
  /** Connections that are open or being opened. */
  private taken = 0
  private closing = false
  private readonly sweep: NodeJS.Timeout

  constructor(
    private readonly options: PoolOptions,
    private readonly work: PoolWork<Connection, Wish>,
  ) {
    this.sweep = setInterval(() => this.dropOld(), Math.max(1_000, this.idleMs / SWEEPS))
    this.sweep.unref()
  }

  get used(): number {
    return this.taken - this.resting.length
  }

  get idle(): number {
    return this.resting.length
  }

  /** @throws CardeaError CARDEA_CONNECTION_FAILED, CARDEA_TOO_MANY_REQUESTS; an `UpstreamRefusal` where the server said why. */
  async acquire(wish: Wish, signal: AbortSignal): Promise<Lent<Connection>> {
    for (;;) {
      const rested = await this.take(signal)
      const place = rested ?? (await this.open(signal))
      const { connection } = place
      try {
        await orDestroyed(connection, signal, () => this.work.settle(connection, wish))
      } catch (error) {
        // It had died while it rested, and nobody had told yet.
        if (rested !== undefined && !signal.aborted && !(error instanceof UpstreamRefusal)) continue
        throw error
      }
      if (!signal.aborted && !this.closing) return { connection, giveBack: () => this.giveBack(place) }
      connection.destroy()
      throw this.unlent()
    }
  }

  /** Ends what is idle, and whatever is given back from here on. */
  async close(): Promise<void> {
    this.closing = true
    clearInterval(this.sweep)
    for (const { connection } of this.resting.splice(0)) connection.destroy()
    for (const { give } of [...this.waiting]) give(undefined)
  }

  /** One that rests, or undefined once there is room for another. */
  private take(signal: AbortSignal): Promise<Place<Connection> | undefined> {
    if (this.closing || signal.aborted) return Promise.reject(this.unlent())
    this.dropOld()
    const place = this.resting.pop()
    if (place !== undefined) return Promise.resolve(place)
    if (this.taken < this.options.connections) {
      this.taken++
      return Promise.resolve(undefined)
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.waiting.delete(waiter)
        signal.removeEventListener('abort', gone)
      }
      const gone = (): void => {
        leave()
        reject(this.unlent())
      }
      const waiter: Waiter<Connection> = {
        give: given => {
          leave()
          if (this.closing) reject(this.unlent())
          else resolve(given)
        },
      }
      this.waiting.add(waiter)
      signal.addEventListener('abort', gone, { once: true })
    })
  }

  /** Room for it is taken already. */
  private async open(signal: AbortSignal): Promise<Place<Connection>> {
    let connection: Connection
    try {
      connection = await this.work.open(signal)
    } catch (error) {
      this.roomLeft()
      throw error
    }
    const now = this.options.clock.monotonic()
    const place = { connection, since: now, idleSince: now }
    connection.whenEnded(() => {
      const at = this.resting.indexOf(place)
      if (at >= 0) this.resting.splice(at, 1)
      this.roomLeft()
    })
    await orDestroyed(connection, signal, () => this.work.opened(connection))
    return place
  }

  /** A connection is gone: somebody who waits may open another. */
  private roomLeft(): void {
    const [waiter] = this.waiting
    if (waiter === undefined || this.closing) this.taken--
    else waiter.give(undefined)
  }

  private async giveBack(place: Place<Connection>): Promise<void> {
    const { connection } = place
    const late = setTimeout(() => connection.destroy(), CLEAN_MS)
    const clean = await this.work.clean(connection).catch(() => false)
    clearTimeout(late)
    if (!clean || !connection.isOpen || this.closing || this.isOld(place)) {
      connection.destroy()
      return
    }
    const [waiter] = this.waiting
    place.idleSince = this.options.clock.monotonic()
    if (waiter === undefined) this.resting.push(place)
    else waiter.give(place)
  }

  private dropOld(): void {
    const { resting } = this
    const now = this.options.clock.monotonic()
    for (const place of [...resting]) {
      if (!place.connection.isOpen || now - place.idleSince >= this.idleMs || this.isOld(place)) {
        place.connection.destroy()
      }
    }
  }

  private isOld({ since }: Place<Connection>): boolean {
    return this.options.clock.monotonic() - since >= (this.options.ageMs ?? AGE_MS)
  }

  private get idleMs(): number {
    return this.options.idleMs ?? IDLE_MS
  }

  private unlent(): CardeaError {
    if (this.closing) return connectionFailed('The gateway is closing.')
    return new CardeaError(
      'CARDEA_TOO_MANY_REQUESTS',
      `All ${this.options.connections} connections to this database are lent. Close sessions that are not needed, or try again.`,
    )
  }
}

/** Whatever goes wrong, or takes longer than anybody waits: a connection in the middle of something is of no use. */
async function orDestroyed<T>(connection: Poolable, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const cut = (): void => connection.destroy()
  signal.addEventListener('abort', cut, { once: true })
  try {
    return await work()
  } catch (error) {
    connection.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', cut)
  }
}
