/**
 * The Knex enforcement point: turns a Knex instance into handles whose every statement goes through a
 * Governor. It decides nothing. What a handle can reach is powerless: leases instead of connections,
 * a class instead of a client, nothing of the pool, the driver or the credentials.
 */
import type { Knex } from 'knex'
import { ConfigurationError } from '../../errors.js'
import type { Governor } from '../../model/governor.js'
import type { Agent, Credentials } from '../../model/principal.js'
import type { DataSource } from '../../model/submission.js'
import { driverFor } from './drivers.js'
import { governedHandle } from './handle.js'
import { type Host, hostOf, refuseUngovernable } from './host.js'
import type { KnexClient } from './knex-internals.js'
import { isGoverned } from './mark.js'

export interface KnexPoint<K extends Knex = Knex> {
  readonly host: Host
  /** A handle for one caller; handles of different callers share connections and nothing else. */
  handle(governor: Governor, caller: Caller): K
  close(): void
}

export interface Caller {
  readonly credentials: Credentials
  readonly agent?: Agent
  readonly session: string
  readonly dataSource: DataSource
  readonly origination: string
}

/**
 * Takes a connection once, to pin its session and to learn the server's version.
 *
 * @throws ConfigurationError where the instance cannot be governed.
 */
export async function knexPoint<K extends Knex>(knex: K): Promise<KnexPoint<K>> {
  if (isGoverned(knex)) throw new ConfigurationError('This Knex instance is governed already.')
  const client: KnexClient = knex.client
  refuseUngovernable(client)
  let open = true
  const host = hostOf(client, driverFor(client), () => open)
  host.release(await host.acquire())
  return Object.freeze({
    host,
    handle: (governor: Governor, caller: Caller) => governedHandle<K>({ ...caller, client, host, governor }),
    close: () => {
      open = false
    },
  })
}
