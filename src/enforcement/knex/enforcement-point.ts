/**
 * The Knex enforcement point: turns a Knex instance into handles whose every statement goes through a
 * Governor. It decides nothing. What a handle can reach is powerless: leases instead of connections,
 * a class instead of a client, nothing of the pool, the driver or the credentials.
 */
import type { Knex } from 'knex'
import { ConfigurationError } from '../../errors.js'
import type { Dialect } from '../../model/dialect.js'
import type { Governor, Outcome } from '../../model/governor.js'
import type { Agent, Credentials } from '../../model/principal.js'
import { plainRows } from '../../model/result.js'
import type { ApprovalWish, DataSource, Submission } from '../../model/submission.js'
import { driverFor } from './drivers.js'
import { type GovernedKnex, governedHandle } from './handle.js'
import { type Host, hostOf, refuseUngovernable } from './host.js'
import type { KnexClient } from './knex-internals.js'
import { isGoverned } from './mark.js'
import { type PooledRun, runPooled } from './run-pooled.js'
import { snapshot } from './snapshot.js'

export interface KnexPoint<K extends Knex = Knex> {
  readonly dialect: Dialect
  /** A handle for one caller; handles of different callers share connections and nothing else. */
  handle(governor: Governor, caller: Caller): GovernedKnex<K>
  /** The statement as `raw(sql, bindings)` on a handle would submit it. */
  statement(sql: string, bindings: readonly unknown[]): Pick<Submission, 'statement' | 'bindings' | 'dialect'>
  /** Runs a statement of Cardea's own, ungoverned, on a connection apart from the pool; rows by column name. */
  systemQuery(sql: string, values: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** The statement as it stands, with the dialect's own placeholders. */
  native(
    statement: string,
    bindings: readonly unknown[],
  ): Pick<Submission, 'statement' | 'bindings' | 'dialect'>
  /** Has one statement governed without a handle, on a connection of the pool. */
  run(governor: Governor, submission: Submission, how: PooledRun): Promise<Outcome>
  /** Connections that are lent, that are idle, and callers that wait for one. */
  pool(): { readonly used: number; readonly idle: number; readonly waiting: number }
  /** No connection is lent afterwards. */
  close(): void
}

export interface Caller {
  readonly credentials: Credentials
  readonly agent?: Agent
  readonly session: string
  readonly dataSource: DataSource
  readonly origination: string
  readonly approval?: ApprovalWish
  /** Aborts whatever the handle has under way. */
  readonly signal?: AbortSignal
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
  const driver = driverFor(client)
  const host = hostOf(client, driver, () => open)
  host.release(await host.acquire())
  return Object.freeze({
    dialect: driver.dialect,
    handle: (governor: Governor, caller: Caller) => governedHandle<K>({ ...caller, client, host, governor }),
    statement: (sql: string, bindings: readonly unknown[]) => submitted(knex, host, sql, bindings),
    systemQuery: (sql: string, values: readonly unknown[]) => systemQuery(host, sql, values),
    native: (sql: string, bindings: readonly unknown[]) => native(host, sql, bindings),
    run: (governor: Governor, submission: Submission, how: PooledRun) =>
      runPooled(host, governor, submission, how),
    pool: () => {
      const pool = host.pool()
      return { used: pool.numUsed(), idle: pool.numFree(), waiting: pool.numPendingAcquires() }
    },
    close: () => {
      open = false
    },
  })
}

function submitted(knex: Knex, host: Host, sql: string, bindings: readonly unknown[]) {
  const client: KnexClient = knex.client
  // Given a list, even an empty one, Knex takes question marks in comments and texts for placeholders.
  const raw = bindings.length === 0 ? knex.raw(sql) : knex.raw(sql, [...bindings] as Knex.RawBinding[])
  const compiled = raw.toSQL()
  return native(host, client.positionBindings(compiled.sql), client.prepBindings(compiled.bindings))
}

function native(host: Host, sql: string, given: unknown) {
  const { sql: statement, bindings } = snapshot({ sql, bindings: given }, host.driver.rules)
  return { statement, bindings, dialect: host.driver.dialect }
}

async function systemQuery(
  host: Host,
  sql: string,
  values: readonly unknown[],
): Promise<Record<string, unknown>[]> {
  const statement = snapshot({ sql, bindings: [...values] }, host.driver.rules)
  const ran = await host.apart(raw =>
    host.driver.run({
      raw,
      statement,
      limits: { readOnly: true, signal: new AbortController().signal },
      inTransaction: false,
      cancel: () => host.cancel(raw),
    }),
  )
  return plainRows(ran.result.rows).filter((row): row is Record<string, unknown> => !Array.isArray(row))
}
