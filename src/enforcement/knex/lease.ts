/**
 * Leases: what Knex holds instead of connections. A lease is an empty object; the connection stays in
 * a map that only enforcement reads, and the lease is dead once it has been given back.
 */
import { CardeaError, SurfaceRefusedError } from '../../errors.js'
import type { Host } from './host.js'
import type { ConnectionPool } from './knex-internals.js'
import { Turns } from './turns.js'

/** What enforcement knows about a lent connection. */
export interface Held {
  readonly raw: object
  /** Knex has begun a transaction on it, as far as its own statements tell. */
  transaction: boolean
  live: boolean
  /** Back in the host's pool: somebody else's. Between this and `live` it waits for its last statements. */
  returned: boolean
  /** Statements at work on it, each with the means to give it up. */
  readonly running: Map<Promise<unknown>, AbortController>
  /** Set once a statement is being stopped at the server. */
  stopping: Promise<void> | undefined
  /** Whose statement the connection is at. */
  readonly turns: Turns
}

export function holding(raw: object): Held {
  return {
    raw,
    transaction: false,
    live: true,
    returned: false,
    running: new Map(),
    stopping: undefined,
    turns: new Turns(),
  }
}

export interface Leases {
  readonly pool: ConnectionPool
  /** @throws SurfaceRefusedError unless this handle holds the lease now. */
  held(lease: unknown): Held
  inTransaction(held: Held): boolean
}

export function leases(host: Host): Leases {
  const held = new WeakMap<object, Held>()
  const lend = (raw: object): object => {
    const record = holding(raw)
    const lease = leaseFor(host, record)
    held.set(lease, record)
    return lease
  }
  const inTransaction = (record: Held) => host.driver.inTransaction(record.raw) ?? record.transaction
  return {
    pool: leasePool(host, lend, lease => {
      const record = held.get(lease)
      if (record?.live !== true) return false
      record.live = false
      void giveBack(host, record, inTransaction)
      return true
    }),
    inTransaction,
    held: lease => {
      const record = typeof lease === 'object' && lease !== null ? held.get(lease) : undefined
      if (record?.live === true) return record
      throw new SurfaceRefusedError(
        'The connection is not one that this handle holds. Leave connections to Knex, or use a transaction.',
      )
    },
  }
}

/**
 * Waits until the connection is quiet and leaves no transaction behind. Knex gives back connections with
 * a statement still on its way (SQLite's foreign-key setting after a transaction), so those are let run;
 * on a connection that it has marked as unusable, after a timeout, they are given up.
 */
async function giveBack(host: Host, held: Held, inTransaction: (held: Held) => boolean): Promise<void> {
  if (held.running.size > 0) {
    if (Reflect.get(held.raw, '__knex__disposed')) abandon(held, 'The connection was given up.')
    await Promise.allSettled(held.running.keys())
  }
  if (inTransaction(held)) {
    await host.driver.control(held.raw, 'ROLLBACK').catch(() => host.dispose(held.raw))
  }
  held.returned = true
  host.release(held.raw)
}

/** Gives up every statement on the connection; those already at the server are stopped there. */
export function abandon(held: Held, why: string): void {
  for (const controller of held.running.values()) {
    controller.abort(new CardeaError('CARDEA_ABANDONED', why))
  }
}

function leaseFor(host: Host, held: Held): object {
  const lease = { __knexUid: Reflect.get(held.raw, '__knexUid') }
  // Knex marks connections that must not be used again. The mark passes; what it is made of does not.
  Object.defineProperty(lease, '__knex__disposed', {
    get: () => (Reflect.get(held.raw, '__knex__disposed') ? 'disposed' : undefined),
    set: () => {
      if (held.live) host.dispose(held.raw)
    },
  })
  return lease
}

function leasePool(
  host: Host,
  lend: (raw: object) => object,
  release: (lease: object) => boolean,
): ConnectionPool {
  return new LeasePool(
    async () => lend(await host.acquire()),
    release,
    () => host.pool(),
  )
}

/** A class, because Knex's `withUserParams` copies plain objects and shares instances. */
class LeasePool implements ConnectionPool {
  readonly #acquire: () => Promise<object>
  readonly #release: (lease: object) => boolean
  readonly #counts: () => ConnectionPool

  constructor(
    acquire: () => Promise<object>,
    release: (lease: object) => boolean,
    counts: () => ConnectionPool,
  ) {
    this.#acquire = acquire
    this.#release = release
    this.#counts = counts
    Object.freeze(this)
  }

  acquire(): { promise: Promise<object> } {
    return { promise: this.#acquire() }
  }

  release(lease: object): boolean {
    return this.#release(lease)
  }

  /** The pool is the host's: a handle can only let go of it. */
  async destroy(): Promise<void> {}

  numFree(): number {
    return this.#counts().numFree()
  }

  numUsed(): number {
    return this.#counts().numUsed()
  }

  numPendingAcquires(): number {
    return this.#counts().numPendingAcquires()
  }
}
