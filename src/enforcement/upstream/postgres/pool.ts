import { CardeaError } from '../../../errors.js'
import type { Clock } from '../../../util/clock.js'
import { PgConnection } from './connection.js'
import { discard, freshState, settle } from './housekeeping.js'
import { Loan } from './loan.js'
import { connectionFailed, UpstreamRefusal } from './refusal.js'
import type { PgTarget } from './target.js'
import type { PgUpstream, PgUpstreams } from './upstream.js'

export interface PgUpstreamsOptions {
  readonly target: PgTarget
  /** Connections at one time, at most. A client keeps its own for as long as it stays. */
  readonly connections: number
  /** Bytes of one message of the server at most; a longer one ends the connection. */
  readonly messageBytes: number
  readonly clock: Clock
  /** Milliseconds that a connection waits for its next client; default 5 minutes. */
  readonly idleMs?: number
  /** Milliseconds after which a connection is not lent again; default 1 hour. */
  readonly ageMs?: number
}

/**
 * Connections under one account, each lent to one client at a time for as long as it stays.
 *
 * @example
 * const upstreams = pgUpstreams({ target: pgTarget(url), connections: 20, messageBytes: 67_108_864, clock })
 * const upstream = await upstreams.acquire(new Map([['timezone', 'UTC']]), signal)
 */
export function pgUpstreams(options: PgUpstreamsOptions): PgUpstreams {
  return new Pool(options)
}

interface Place {
  readonly connection: PgConnection
  readonly fresh: string
  readonly since: number
  idleSince: number
}

interface Waiter {
  give(place: Place | undefined): void
}

const IDLE_MS = 300_000
const AGE_MS = 3_600_000
const SWEEPS = 4
const DISCARD_MS = 10_000

class Pool implements PgUpstreams {
  /** The one given back last is lent first, so that those not needed grow old. */
  private readonly resting: Place[] = []
  private readonly waiting = new Set<Waiter>()
  /** Connections that are open or being opened. */
  private taken = 0
  /** Undefined until a server has been asked. */
  private watched: boolean | undefined
  private closing = false
  private readonly sweep: NodeJS.Timeout

  constructor(private readonly options: PgUpstreamsOptions) {
    this.sweep = setInterval(() => this.dropOld(), Math.max(1_000, this.idleMs / SWEEPS))
    this.sweep.unref()
  }

  get used(): number {
    return this.taken - this.resting.length
  }

  get idle(): number {
    return this.resting.length
  }

  async acquire(settings: ReadonlyMap<string, string>, signal: AbortSignal): Promise<PgUpstream> {
    for (;;) {
      const rested = await this.take(signal)
      const place = rested ?? (await this.open(signal))
      const { connection } = place
      try {
        await orDestroyed(connection, signal, () => settle(connection, settings, this.watched === true))
      } catch (error) {
        // It had died while it rested, and nobody had told yet.
        if (rested !== undefined && !signal.aborted && !(error instanceof UpstreamRefusal)) continue
        throw error
      }
      if (!signal.aborted && !this.closing) return new Loan(connection, () => this.giveBack(place))
      connection.destroy()
      throw this.unlent()
    }
  }

  async close(): Promise<void> {
    this.closing = true
    clearInterval(this.sweep)
    for (const { connection } of this.resting.splice(0)) connection.destroy()
    for (const { give } of [...this.waiting]) give(undefined)
  }

  /** One that rests, or undefined once there is room for another. */
  private take(signal: AbortSignal): Promise<Place | undefined> {
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
      const waiter: Waiter = {
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
  private async open(signal: AbortSignal): Promise<Place> {
    const { target, messageBytes, clock } = this.options
    let connection: PgConnection
    try {
      connection = await PgConnection.open(target, messageBytes, signal)
    } catch (error) {
      this.roomLeft()
      throw error
    }
    const now = clock.monotonic()
    let place: Place | undefined
    connection.whenEnded(() => {
      const at = place === undefined ? -1 : this.resting.indexOf(place)
      if (at >= 0) this.resting.splice(at, 1)
      this.roomLeft()
    })
    const fresh = await orDestroyed(connection, signal, () => freshState(connection))
    place = { connection, fresh, since: now, idleSince: now }
    this.watched ??= await orDestroyed(connection, signal, () => isWatched(connection))
    return place
  }

  /** A connection is gone: somebody who waits may open another. */
  private roomLeft(): void {
    const [waiter] = this.waiting
    if (waiter === undefined || this.closing) this.taken--
    else waiter.give(undefined)
  }

  private async giveBack(place: Place): Promise<void> {
    const { connection, fresh } = place
    const late = setTimeout(() => connection.destroy(), DISCARD_MS)
    const clean = await discard(connection, fresh).catch(() => false)
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

  private isOld({ since }: Place): boolean {
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

async function isWatched(connection: PgConnection): Promise<boolean> {
  try {
    await settle(connection, new Map(), true)
    return true
  } catch (error) {
    if (error instanceof UpstreamRefusal && connection.isOpen) return false
    throw error
  }
}

/** Whatever goes wrong, or takes longer than anybody waits: a connection in the middle of something is of no use. */
async function orDestroyed<T>(
  connection: PgConnection,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
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
