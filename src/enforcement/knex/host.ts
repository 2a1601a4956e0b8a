import { promisify } from 'node:util'
import { CardeaError, ConfigurationError } from '../../errors.js'
import type { Driver } from './driver.js'
import type { ConnectionPool, KnexClient } from './knex-internals.js'

/** The host's side: its pool and its client, which no governed handle can reach. */
export interface Host {
  readonly driver: Driver
  /** A connection from the host's pool, pinned. */
  acquire(): Promise<object>
  release(raw: object): void
  pool(): ConnectionPool
  /** Stops the statement on a connection by the dialect's own means. */
  cancel(raw: object): Promise<void>
  /**
   * Work on a connection of its own, so that it never waits for a pool that the caller has filled; on one
   * that is lent, where the driver can share it: what a SQLite connection holds, no other may see.
   */
  apart<T>(work: (raw: object) => Promise<T>): Promise<T>
  /** Mark so that the pool destroys the connection instead of lending it again. */
  dispose(raw: object): void
}

/** @param isOpen asked before every connection is lent. */
export function hostOf(client: KnexClient, driver: Driver, isOpen: () => boolean): Host {
  const captured = capture(client)
  let latest: object | undefined
  const host: Host = {
    driver,
    pool: () => {
      if (!isOpen() || client.pool === undefined) {
        throw new CardeaError(
          'CARDEA_CLOSED',
          'The governed connection is closed. Wrap a live Knex instance.',
        )
      }
      return client.pool
    },
    acquire: async () => {
      const raw = await host.pool().acquire().promise
      latest = raw
      try {
        if (!driver.isPinned(raw)) await driver.pin(raw)
        return raw
      } catch (error) {
        host.release(raw)
        throw error
      }
    },
    release: raw => {
      client.pool?.release(raw)
    },
    cancel: async raw => {
      await captured.cancelQuery(raw)
    },
    apart: async work => {
      if (latest === undefined || !driver.isShareable(latest)) return apart(captured, host, work)
      if (!driver.isPinned(latest)) await driver.pin(latest)
      return work(latest)
    },
    dispose: raw => {
      Reflect.set(raw, '__knex__disposed', 'disposed of by Cardea')
    },
  }
  return Object.freeze(host)
}

async function apart<T>(captured: KnexClient, host: Host, work: (raw: object) => Promise<T>): Promise<T> {
  const settings: unknown = Reflect.get(captured, 'connectionSettings')
  const ownPoolOnly = typeof settings !== 'object' || settings === null || Object.keys(settings).length === 0
  const raw = ownPoolOnly ? await host.acquire() : await captured.acquireRawConnection()
  try {
    if (!ownPoolOnly) {
      await prepareAsPoolDoes(captured, raw)
      await host.driver.pin(raw)
    }
    return await work(raw)
  } finally {
    if (ownPoolOnly) host.release(raw)
    else await captured.destroyRawConnection(raw)
  }
}

/** The host may set the session up in `pool.afterCreate`, its search path for example. */
async function prepareAsPoolDoes(client: KnexClient, raw: object): Promise<void> {
  const pool: unknown = client.config['pool']
  const afterCreate: unknown =
    typeof pool === 'object' && pool !== null ? Reflect.get(pool, 'afterCreate') : undefined
  if (typeof afterCreate === 'function')
    await promisify(afterCreate as (raw: object, done: () => void) => void)(raw)
}

/**
 * The client with every method as it is now. Prototypes are shared with governed handles; a method
 * that somebody patches later must not be handed a raw connection.
 */
function capture(client: KnexClient): KnexClient {
  const captured: KnexClient = Object.create(client)
  const seen = new Set<PropertyKey>(['constructor'])
  for (let level: object | null = client; level !== null && level !== Object.prototype; ) {
    for (const name of Reflect.ownKeys(level)) {
      const value = Reflect.getOwnPropertyDescriptor(level, name)?.value
      if (seen.has(name) || typeof value !== 'function' || name === 'driver') continue
      seen.add(name)
      Object.defineProperty(captured, name, { value })
    }
    level = Reflect.getPrototypeOf(level)
  }
  return captured
}

/** @throws ConfigurationError where the instance is set up in a way that cannot be governed. */
export function refuseUngovernable(client: KnexClient): void {
  if (client.transacting === true) {
    throw new ConfigurationError('A transaction cannot be wrapped. Wrap the Knex instance that it came from.')
  }
  const connection: unknown = client.config['connection']
  if (
    typeof connection === 'object' &&
    connection !== null &&
    Reflect.get(connection, 'multipleStatements') === true
  ) {
    throw new ConfigurationError(
      'The connection allows several statements per query. Remove multipleStatements.',
    )
  }
}
