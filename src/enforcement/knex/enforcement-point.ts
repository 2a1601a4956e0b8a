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
import type { ApprovalWish, DataSource, Submission } from '../../model/submission.js'
import { driverFor } from './drivers.js'
import { executor } from './executor.js'
import { type GovernedKnex, governedHandle } from './handle.js'
import { type Host, hostOf, refuseUngovernable } from './host.js'
import type { KnexClient } from './knex-internals.js'
import type { Held } from './lease.js'
import { isGoverned } from './mark.js'
import { snapshot } from './snapshot.js'

export interface KnexPoint<K extends Knex = Knex> {
  readonly dialect: Dialect
  /** A handle for one caller; handles of different callers share connections and nothing else. */
  handle(governor: Governor, caller: Caller): GovernedKnex<K>
  /** The statement as `raw(sql, bindings)` on a handle would submit it. */
  statement(sql: string, bindings: readonly unknown[]): Pick<Submission, 'statement' | 'bindings' | 'dialect'>
  /** Runs a statement of Cardea's own, ungoverned, on a connection apart from the pool; rows by column name. */
  systemQuery(sql: string, values: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** Has a read of Cardea's own making governed like any caller's, on a connection of the pool. */
  read(governor: Governor, submission: Submission, signal: AbortSignal): Promise<Outcome>
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
    read: (governor: Governor, submission: Submission, signal: AbortSignal) =>
      read(host, governor, submission, signal),
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
  const statement = snapshot(
    { sql: client.positionBindings(compiled.sql), bindings: client.prepBindings(compiled.bindings) },
    host.driver.rules,
  )
  return { statement: statement.sql, bindings: statement.bindings, dialect: host.driver.dialect }
}

async function read(
  host: Host,
  governor: Governor,
  submission: Submission,
  signal: AbortSignal,
): Promise<Outcome> {
  const { statement: sql, bindings } = submission
  const held: Held = {
    raw: await host.acquire(),
    transaction: false,
    live: true,
    returned: false,
    running: new Map(),
    stopping: undefined,
  }
  const statement = snapshot({ sql, bindings: [...bindings] }, host.driver.rules)
  const work = executor({ host, held, statement, control: false, inTransaction: () => false })
  try {
    return await governor.govern(submission, work, signal)
  } finally {
    await work.close().catch(() => host.dispose(held.raw))
    await held.stopping?.catch(() => {})
    host.release(held.raw)
  }
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
  return ran.result.rows.filter((row): row is Record<string, unknown> => !Array.isArray(row))
}
